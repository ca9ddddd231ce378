"""What a method can do with a student besides fitting it: begin anew, ask it, read its features."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from outlearn.core import UsageError
from outlearn.labels import LabelSet, label_set, with_votes
from outlearn.methods import Student, ask, fit, fresh, read_features
from outlearn.models import Features, Probe
from outlearn.training import Loss, Pairs, Placement, cross_entropy, hidden_states, predict
from tests.training.fitting import (
    NAIVE,
    NUM_EXAMPLES,
    RECIPE,
    assert_same_weights,
    classifier,
    soft_labels,
    texts,
)

HERE = Placement()
IDS = tuple(f"example {row}" for row in range(NUM_EXAMPLES))
LABELS = label_set(IDS, soft_labels(), classes=("no", "yes"), source="test")
BACKWARDS = LABELS.only(IDS[:4:-2])


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


def _rows(labels: LabelSet) -> list[int]:
    return [IDS.index(name) for name in labels.ids]


def test_a_fresh_student_is_untrained_and_trains_as_the_first_did() -> None:
    trained = fit(_student(), LABELS, loss=NAIVE)
    again = fresh(trained)
    assert_same_weights(again.model, classifier())
    assert len(again.losses) == 0
    assert np.array_equal(fit(again, LABELS, loss=NAIVE).losses, trained.losses)


def test_a_student_that_begins_again_sees_the_examples_in_another_order() -> None:
    found = [fit(fresh(_student(), again=k), LABELS, loss=NAIVE).losses.tolist() for k in (0, 1, 2, 1)]
    assert found[1] == found[3]
    assert len({tuple(losses) for losses in found}) == 3


def test_two_fresh_students_do_not_take_each_others_checkpoint(tmp_path: Path) -> None:
    def both(placement: Placement) -> list[list[float]]:
        student = _student(placement)
        fits = [fit(fresh(student, again=k), LABELS, loss=NAIVE) for k in (0, 1)]
        others = LABELS.relabelled(LABELS.hard(), source="test")
        fits.append(fit(fresh(student), others, loss=NAIVE))
        fits.append(fit(fresh(student), LABELS.weighed(np.arange(1.0, 21.0), source="test"), loss=NAIVE))
        return [one.losses.tolist() for one in fits]

    assert both(HERE) == both(Placement(scratch=tmp_path, checkpoint_every_s=0.0))


def test_a_student_is_asked_about_the_labelled_texts_in_the_labels_order() -> None:
    student = fit(_student(), LABELS, loss=NAIVE)
    weighed = BACKWARDS.weighed(np.arange(1.0, 1 + len(BACKWARDS.ids)), source="test")
    said = ask(student, weighed)
    expected = predict(student.model, texts(), recipe=RECIPE, placement=HERE)[_rows(BACKWARDS)]
    assert said.ids == BACKWARDS.ids
    np.testing.assert_allclose(said.probabilities, expected, atol=1e-6)
    assert np.array_equal(said.weights, weighed.weights)


def test_features_are_what_the_head_reads_in_the_labels_order() -> None:
    student = _student()
    expected = hidden_states(classifier(), texts(), recipe=RECIPE, placement=HERE)
    np.testing.assert_allclose(
        read_features(student, BACKWARDS), expected[_rows(BACKWARDS)], atol=1e-5, rtol=1e-4
    )


def test_features_of_a_probe_are_its_inputs() -> None:
    values = torch.arange(3.0 * NUM_EXAMPLES).reshape(NUM_EXAMPLES, 3)
    order = np.arange(NUM_EXAMPLES)[::-1].astype(np.int64)
    student = replace(_student(), model=Probe(3, num_classes=2), inputs=Features(values, rows=order))
    found = read_features(student, BACKWARDS)
    assert found.tolist() == values[order[_rows(BACKWARDS)].copy()].tolist()


def test_pairs_of_texts_have_no_features() -> None:
    with pytest.raises(UsageError, match="features are read of texts, not of Pairs"):
        read_features(replace(_student(), inputs=Pairs(texts(), texts())), LABELS)


def test_asking_is_no_step_of_training_and_nobody_looks() -> None:
    def never(*_: object) -> None:
        raise AssertionError

    student = _student(Placement(on_step=never, observe=never, num_points=2))
    ask(student, LABELS)
    read_features(student, LABELS)


def test_steps_of_a_second_fit_are_looked_at_as_further_steps() -> None:
    seen: list[int] = []
    student = _student(Placement(num_points=2, observe=lambda _, step: seen.append(step)))
    fit(fit(student, LABELS, loss=NAIVE), LABELS, loss=NAIVE)
    assert seen == [3, 6, 9, 12]


def test_weights_and_votes_of_labels_reach_the_training() -> None:
    plain = fit(_student(), LABELS, loss=NAIVE).losses
    weighed = LABELS.weighed(np.arange(1.0, 1 + NUM_EXAMPLES), source="test")
    assert not np.array_equal(fit(_student(), weighed, loss=NAIVE).losses, plain)
    voted = with_votes(LABELS, np.stack([LABELS.hard(), LABELS.probabilities], axis=1))
    second = Loss(per_example=cross_entropy, retarget=lambda _, said, __: said[:, 1], reads="votes")
    np.testing.assert_allclose(fit(_student(), voted, loss=second).losses, plain, atol=1e-6)
