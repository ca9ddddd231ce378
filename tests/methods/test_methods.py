"""The built-in methods, and what a student is given."""

import dataclasses
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import outlearn.methods
from outlearn.core import DataError, SpecError
from outlearn.labels import LabelSet, label_set
from outlearn.methods import Method, Student, fit, methods
from outlearn.methods.one_fit import keep_labels
from outlearn.methods.trial import labels_of, run_trial, soft_labels
from outlearn.training import Loss, Placement, cross_entropy, train
from tests.training.fitting import NUM_EXAMPLES, RECIPE, UNWEIGHED, classifier, texts, weights
from tests.training.fitting import soft_labels as soft_array

torch.set_num_threads(1)
HERE = Placement()
IDS = tuple(f"example {row}" for row in range(NUM_EXAMPLES))


def _student(placement: Placement = HERE) -> Student:
    return Student(
        model=classifier(),
        inputs=texts(),
        rows={name: row for row, name in enumerate(IDS)},
        recipe=RECIPE,
        seed=0,
        placement=placement,
        load=classifier,
        num_classes=2,
        losses=np.zeros(0, dtype=np.float32),
    )


def _labels() -> LabelSet:
    return label_set(IDS, soft_array(), classes=("no", "yes"), source="test")


NAIVE = Loss(per_example=cross_entropy)


# --- built-in methods ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("quota", ["prior", "half"])
def test_confidence_without_weight_is_naive_to_the_bit(quota: str) -> None:
    labels = soft_labels(2)
    for placement in (HERE, Placement(train_tokens=20)):
        naive = run_trial(methods["naive"](), labels, placement=placement)
        confidence = run_trial(
            methods["confidence"](max_weight=0.0, quota=quota), labels, placement=placement
        )
        assert confidence.weights == naive.weights
        assert np.array_equal(confidence.losses, naive.losses)


def test_confidence_begins_as_naive_and_then_goes_its_own_way() -> None:
    naive = run_trial(methods["naive"](), soft_labels(2), placement=HERE)
    confidence = run_trial(methods["confidence"](), soft_labels(2), placement=HERE)
    assert confidence.losses[0] == naive.losses[0]
    assert not np.allclose(confidence.losses[2:], naive.losses[2:], rtol=1e-3)


def test_the_two_quotas_agree_on_undecided_labels_and_differ_on_lopsided_ones() -> None:
    def trained(quota: str, labels: LabelSet) -> str:
        return run_trial(methods["confidence"](quota=quota), labels, placement=HERE).weights

    undecided = labels_of(np.full((26, 2), 0.5))
    assert trained("half", undecided) == trained("prior", undecided)
    lopsided = labels_of(np.tile([0.2, 0.8], (26, 1)))
    assert trained("half", lopsided) != trained("prior", lopsided)


@pytest.mark.parametrize("name", ["max_weight", "ramp_frac"])
@pytest.mark.parametrize("value", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_parameter_out_of_its_range_is_refused(name: str, value: float) -> None:
    with pytest.raises(SpecError, match=rf"confidence: {name} must be in \[0, 1\], got"):
        methods["confidence"](**{name: value})


@pytest.mark.parametrize("name", methods.names())
def test_every_method_names_its_paper_and_its_section(name: str) -> None:
    reference = methods[name]().reference
    assert all("sec." in one or "app." in one for one in reference.split("; "))


# --- fit ----------------------------------------------------------------------------------------------------


def test_a_student_has_no_field_that_could_hold_gold_or_test_texts() -> None:
    assert {field.name for field in dataclasses.fields(Student)} == {
        "model",
        "inputs",
        "rows",
        "recipe",
        "seed",
        "placement",
        "load",
        "num_classes",
        "losses",
        "prior",
        "contrast",
    }


def test_labels_find_their_texts_by_id_whatever_the_order() -> None:
    """Labels 3 and 1 of the set, in that order, are texts 3 and 1 trained on with just these labels."""
    labels = _labels().only([IDS[3], IDS[1]])
    student = fit(_student(), labels, loss=NAIVE)
    plain = classifier()
    tokens = replace(texts(), lengths=texts().lengths[[3, 1]], starts=texts().starts[[3, 1]])
    seed = outlearn.methods.student.derive(0, "fit")
    losses = train(
        plain,
        tokens,
        soft_array()[[3, 1]],
        weights=UNWEIGHED[:2],
        loss=NAIVE,
        recipe=RECIPE,
        seed=seed,
        placement=HERE,
    )
    assert np.array_equal(student.losses, losses)
    assert all(torch.equal(value, weights(plain)[name]) for name, value in weights(student.model).items())


def test_a_label_on_a_text_the_student_may_not_read_is_refused() -> None:
    labels = label_set(["example 0", "test 1"], np.full((2, 2), 0.5), classes=("no", "yes"), source="test")
    with pytest.raises(
        DataError, match=r"1 of 2 labels are on examples that the student may not read, first 'test 1'"
    ):
        fit(_student(), labels, loss=NAIVE)


def test_labels_of_other_classes_than_the_student_has_logits_are_refused() -> None:
    labels = label_set(IDS, np.full((NUM_EXAMPLES, 3), 1 / 3), classes=("a", "b", "c"), source="test")
    with pytest.raises(DataError, match=r"labels of 3 classes \(a, b, c\) cannot train .* 2 logits"):
        fit(_student(), labels, loss=NAIVE)


def test_losses_of_a_second_fit_follow_those_of_the_first() -> None:
    first = fit(_student(), _labels(), loss=NAIVE)
    second = fit(first, _labels(), loss=NAIVE)
    assert second.losses[: len(first.losses)].tolist() == first.losses.tolist()
    assert len(second.losses) == 2 * len(first.losses)


def test_a_second_fit_does_not_take_the_checkpoint_of_the_first_for_its_own(tmp_path: Path) -> None:
    def twice(placement: Placement) -> Student:
        return fit(fit(_student(placement), _labels(), loss=NAIVE), _labels(), loss=NAIVE)

    plain = weights(twice(HERE).model)
    kept = weights(twice(Placement(scratch=tmp_path, checkpoint_every_s=0.0)).model)
    assert all(torch.equal(value, kept[name]) for name, value in plain.items())


def test_the_seed_of_the_order_is_the_students_whatever_method_and_labels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from outlearn.methods import student as module

    seeds: list[object] = []

    def spy(*given: object, **named: object) -> np.ndarray:
        seeds.append(named["seed"])
        return np.zeros(1, dtype=np.float32)

    monkeypatch.setattr(module, "train", spy)
    made_all = [methods[name]() for name in methods.names()]
    trained = [
        made
        for made in made_all
        if isinstance(made, Method) and made.parts and made.parts[0].prepare is keep_labels
    ]
    assert len(trained) > 10
    for made in trained:
        made.transfer(_student(), _labels())
        made.transfer(_student(), _labels().only(IDS[:3]))
        made.transfer(replace(_student(), seed=1), _labels())
    per_method = [seeds[start : start + 3] for start in range(0, len(seeds), 3)]
    assert all(found == per_method[0] for found in per_method)
    assert per_method[0][0] == per_method[0][1] != per_method[0][2]


def test_a_name_the_package_lacks_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'chek_method'"):
        _ = outlearn.methods.chek_method
