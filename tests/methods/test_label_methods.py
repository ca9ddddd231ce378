"""Methods that change the labels: each keeps every promise, and at zero strength is naive to the bit."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from outlearn.core import SpecError, UsageError
from outlearn.labels import LabelSet
from outlearn.methods import Method, check_method, methods
from outlearn.methods.confidence_threshold import confidence_threshold
from outlearn.methods.confidence_weighted import confidence_weighted
from outlearn.methods.em_posterior import em_posterior
from outlearn.methods.epiplexity_smoothing import epiplexity_smoothing
from outlearn.methods.harden import harden
from outlearn.methods.knn import filter_knn, relabel_knn
from outlearn.methods.label_noise import label_noise
from outlearn.methods.logistic import filter_logistic, relabel_logistic
from outlearn.methods.mdl_curriculum import mdl_curriculum
from outlearn.methods.naive import naive
from outlearn.methods.out_of_fold import out_of_fold
from outlearn.methods.overlap_composite import overlap_composite
from outlearn.methods.seed_ensemble import seed_ensemble
from outlearn.methods.strong_to_strong import strong_to_strong
from outlearn.methods.trial import RECIPE, Outcome, labels_of, run_trial, soft_labels
from outlearn.training import Placement

torch.set_num_threads(1)
HERE = Placement()

FULL: dict[str, Callable[[], Method]] = {
    "confidence_threshold": lambda: confidence_threshold(frac=0.4),
    "confidence_weighted": confidence_weighted,
    "mdl_curriculum": lambda: mdl_curriculum(first_epochs=1, then_epochs=1),
    "label_noise": lambda: label_noise(frac=0.3),
    "harden": harden,
    "relabel_knn": lambda: relabel_knn(k=5, blend=0.8),
    "filter_knn": lambda: filter_knn(k=5),
    "relabel_logistic": relabel_logistic,
    "filter_logistic": filter_logistic,
    "overlap_composite": lambda: overlap_composite(k=5),
    "em_posterior": lambda: em_posterior(rounds=0),
    "em_posterior by prompt": lambda: em_posterior(rounds=1, prior="prompt"),
    "epiplexity_smoothing": epiplexity_smoothing,
    "out_of_fold": out_of_fold,
    "strong_to_strong": lambda: strong_to_strong(rounds=1),
    "seed_ensemble": lambda: seed_ensemble(members=2),
}

ZERO: dict[str, Callable[[], Method]] = {
    "confidence_threshold": lambda: confidence_threshold(frac=1.0),
    "confidence_weighted": lambda: confidence_weighted(strength=0.0),
    "mdl_curriculum": lambda: mdl_curriculum(first_epochs=0, then_epochs=RECIPE.epochs, then_rate=1.0),
    "label_noise": lambda: label_noise(frac=0.0),
    "harden": lambda: harden(blend=0.0),
    "relabel_knn": lambda: relabel_knn(blend=0.0),
    "filter_knn": lambda: filter_knn(frac=0.0),
    "relabel_logistic": lambda: relabel_logistic(blend=0.0),
    "filter_logistic": lambda: filter_logistic(frac=0.0),
    "overlap_composite": lambda: overlap_composite(frac=1.0),
    "em_posterior": lambda: em_posterior(blend=0.0),
    "epiplexity_smoothing": lambda: epiplexity_smoothing(frac=0.0, blend=0.0),
    "out_of_fold, nothing blended in": lambda: out_of_fold(blend=0.0),
    "out_of_fold, no rounds": lambda: out_of_fold(rounds=0),
    "strong_to_strong, nothing blended in": lambda: strong_to_strong(blend=0.0),
    "strong_to_strong, no rounds": lambda: strong_to_strong(rounds=0),
    "seed_ensemble": lambda: seed_ensemble(members=1),
}


DEFAULTS = {
    *("confidence_weighted", "harden", "relabel_logistic", "filter_logistic", "epiplexity_smoothing"),
    "out_of_fold",
}
"""Tried with every registered method in tests/methods/test_check.py."""


@pytest.mark.parametrize("name", sorted(FULL.keys() - DEFAULTS))
def test_with_parameters_of_its_own_every_method_keeps_every_promise(name: str) -> None:
    check_method(FULL[name]())


@cache
def _naive() -> Outcome:
    return run_trial(naive(), soft_labels(2), placement=HERE)


@pytest.mark.parametrize("name", ZERO)
def test_at_zero_strength_every_method_is_naive_to_the_bit(name: str) -> None:
    expected = _naive()
    found = run_trial(ZERO[name](), soft_labels(2), placement=HERE)
    assert np.array_equal(found.losses, expected.losses)
    assert np.array_equal(found.probabilities, expected.probabilities)
    assert found.weights == expected.weights


@pytest.mark.parametrize("name", FULL)
def test_at_full_strength_none_is(name: str) -> None:
    expected = _naive()
    assert run_trial(FULL[name](), soft_labels(2), placement=HERE).weights != expected.weights


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: confidence_threshold(frac=0.0), "confidence_threshold: frac must be above 0 and at most 1"),
        (lambda: confidence_threshold(frac=float("nan")), "confidence_threshold: frac must be above 0"),
        (lambda: confidence_weighted(strength=1.1), r"confidence_weighted: strength must be in \[0, 1\]"),
        (lambda: mdl_curriculum(frac=1.5), "mdl_curriculum: frac must be above 0 and at most 1"),
        (lambda: mdl_curriculum(first_epochs=-1), "mdl_curriculum: first_epochs must be at least 0, got -1"),
        (lambda: mdl_curriculum(then_epochs=0), "mdl_curriculum: then_epochs must be at least 1, got 0"),
        (lambda: mdl_curriculum(then_rate=0.0), "mdl_curriculum: then_rate must be above 0"),
        (lambda: label_noise(frac=-0.1), r"label_noise: frac must be in \[0, 1\]"),
        (lambda: harden(blend=2.0), r"harden: blend must be in \[0, 1\]"),
        (lambda: relabel_knn(k=0), "relabel_knn: k must be at least 1, got 0"),
        (lambda: relabel_knn(blend=-1.0), r"relabel_knn: blend must be in \[0, 1\]"),
        (lambda: filter_knn(frac=1.0), r"filter_knn: frac must be in \[0, 0\.99\]"),
        (lambda: relabel_logistic(folds=1), "relabel_logistic: folds must be at least 2, got 1"),
        (lambda: filter_logistic(l2=-1.0), r"filter_logistic: l2 must be in"),
        (lambda: overlap_composite(frac=0.0), "overlap_composite: frac must be above 0"),
        (lambda: em_posterior(rounds=-1), "em_posterior: rounds must be at least 0, got -1"),
        (lambda: epiplexity_smoothing(convexity=0.0), "epiplexity_smoothing: convexity must be in"),
        (lambda: out_of_fold(folds=1), "out_of_fold: folds must be at least 2, got 1"),
        (lambda: strong_to_strong(rounds=-2), "strong_to_strong: rounds must be at least 0, got -2"),
        (lambda: seed_ensemble(members=0), "seed_ensemble: members must be at least 1, got 0"),
    ],
)
def test_a_parameter_out_of_its_range_is_refused(make: Callable[[], Method], says: str) -> None:
    with pytest.raises(SpecError, match=says):
        make()


# --- what is particular to each -----------------------------------------------------------------------------


def _trained_on(method: Method, labels: LabelSet, monkeypatch: pytest.MonkeyPatch) -> list[LabelSet]:
    """Return every label set that the method fits a student to, in turn."""
    import outlearn.methods.one_fit as single
    import outlearn.methods.student as home

    seen: list[LabelSet] = []
    real = home.fit

    def spy(student: object, labels: LabelSet, **named: object) -> object:
        seen.append(labels)
        return real(student, labels, **named)  # type: ignore[arg-type]

    for module in (single, *_modules(method)):
        if hasattr(module, "fit"):
            monkeypatch.setattr(module, "fit", spy)
    run_trial(method, labels, placement=HERE)
    return seen


def _modules(method: Method) -> list[object]:
    import sys

    return [sys.modules[method.transfer.__module__]]


def test_thresholding_keeps_the_surest_tenth_of_each_class(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = soft_labels(2)
    (kept,) = _trained_on(confidence_threshold(frac=0.1), labels, monkeypatch)
    positive = labels.probabilities[:, 1]
    for member, sureness in ((positive > 0.5, positive), (positive < 0.5, 1 - positive)):
        wanted = int(np.ceil(0.1 * member.sum()))
        surest = np.argsort(np.where(member, -sureness, 0))[:wanted]
        assert {labels.ids[row] for row in surest} == {
            name for name, inside in zip(labels.ids, member, strict=True) if inside and name in kept.ids
        }


def test_calibration_is_asked_for_as_the_parameter_says() -> None:
    assert confidence_threshold().calibration == "temperature"
    assert confidence_weighted(calibration="isotonic").calibration == "isotonic"
    assert mdl_curriculum().calibration == "none"
    assert em_posterior(prior="prompt").needs_prior
    assert not em_posterior().needs_prior


def test_the_curriculum_begins_with_the_surest_half_and_goes_on_with_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    labels = soft_labels(2)
    first, then = _trained_on(mdl_curriculum(), labels, monkeypatch)
    assert [len(first.ids), len(then.ids)] == [13, 26]
    left = labels.only([name for name in labels.ids if name not in set(first.ids)])
    assert first.probabilities.max(axis=1).min() >= left.probabilities.max(axis=1).max()
    trained = run_trial(mdl_curriculum(), labels, placement=HERE)
    assert len(trained.losses) == 2 * 2 + 3 * 4


def test_a_tenth_is_dropped_by_either_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    for make in (filter_knn, filter_logistic):
        (kept,) = _trained_on(make(frac=0.1), soft_labels(2), monkeypatch)
        assert len(kept.ids) == 24


def test_no_fold_answers_for_what_it_was_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = soft_labels(2)
    seen = _trained_on(out_of_fold(folds=3), labels, monkeypatch)
    assert [len(part.ids) for part in seen[:3]] in ([17, 17, 18], [17, 18, 17], [18, 17, 17])
    counts = {name: sum(name in part.ids for part in seen[:3]) for name in labels.ids}
    assert set(counts.values()) == {2}
    assert seen[3].ids == labels.ids
    assert not np.array_equal(seen[3].probabilities, labels.probabilities)


def test_an_out_of_fold_label_does_not_depend_on_the_teachers_own(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = soft_labels(2)
    changed = labels.probabilities.copy()
    changed[3] = changed[3, ::-1]
    before = _trained_on(out_of_fold(), labels, monkeypatch)[-1]
    after = _trained_on(out_of_fold(), labels_of(changed), monkeypatch)[-1]
    assert np.array_equal(after.probabilities[3], before.probabilities[3])
    assert not np.array_equal(after.probabilities, before.probabilities)


def test_strong_to_strong_trains_each_student_on_what_the_last_one_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second, last = _trained_on(strong_to_strong(rounds=2), soft_labels(2), monkeypatch)
    assert np.array_equal(first.probabilities, soft_labels(2).probabilities)
    assert not np.array_equal(second.probabilities, first.probabilities)
    assert not np.array_equal(last.probabilities, second.probabilities)


def test_an_ensemble_answers_by_the_mean_of_its_members_logits() -> None:
    from outlearn.core import ModelError
    from outlearn.models import Probe
    from outlearn.models.ensemble import Ensemble

    members = [Probe(4, num_classes=3), Probe(4, num_classes=3)]
    drawn = torch.Generator().manual_seed(0)
    for member in members:
        torch.nn.init.normal_(member.head.weight, generator=drawn)
    read = torch.randn(5, 4, generator=drawn)
    both = Ensemble(members)
    assert torch.allclose(both(read), (members[0](read) + members[1](read)) / 2)
    assert torch.equal(Ensemble(members[:1])(read), members[0](read))
    assert both.num_classes == 3
    with pytest.raises(ModelError, match=r"same number of logits, got \[2, 3\]"):
        Ensemble([Probe(4, num_classes=2), members[0]])
    with pytest.raises(ModelError, match=r"one or more members"):
        Ensemble([])


def test_an_ensembles_losses_are_those_of_all_its_members() -> None:
    single = run_trial(naive(), soft_labels(2), placement=HERE)
    three = run_trial(seed_ensemble(members=3), soft_labels(2), placement=HERE)
    assert len(three.losses) == 3 * len(single.losses)
    assert np.array_equal(three.losses[: len(single.losses)], single.losses)


def test_a_student_that_cannot_be_asked_is_told_to_use_features() -> None:
    made = em_posterior(prior="prompt")
    mute = replace(made, transfer=lambda student, labels: made.transfer(replace(student, prior=()), labels))
    with pytest.raises(UsageError, match="use prior = 'features'"):
        run_trial(mute, soft_labels(2), placement=HERE)


def test_every_one_of_them_is_registered_by_name() -> None:
    for name in {key.split()[0].rstrip(",") for key in FULL}:
        assert name in methods
