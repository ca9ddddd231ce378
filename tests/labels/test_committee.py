"""Several teachers: simple rules by hand, and Dawid and Skene's model where the confusion is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlearn.labels.committee import logit_mean_vote, majority_vote, mean_vote
from outlearn.labels.dawid_skene import confusion_channel, dawid_skene
from outlearn.labels.distributions import hardened

RULES = (mean_vote, logit_mean_vote, majority_vote, lambda votes: dawid_skene(votes).probabilities)


def _votes(seed: int, *, confusions: np.ndarray, shares: np.ndarray, num_examples: int) -> tuple:
    """Return gold and hard votes of teachers with these confusion matrices."""
    drawn = np.random.default_rng(seed)
    num_classes = len(shares)
    gold = drawn.choice(num_classes, p=shares, size=num_examples)
    chances = confusions[:, gold].cumsum(axis=2)  # k n c
    said = (drawn.random((len(confusions), num_examples, 1)) > chances).sum(axis=2).clip(max=num_classes - 1)
    return gold, np.eye(num_classes)[said].transpose(1, 0, 2)


def test_means_and_majorities_are_those_of_hand_worked_votes() -> None:
    votes = np.array([[[0.9, 0.1], [0.4, 0.6], [0.4, 0.6]], [[0.8, 0.2], [0.5, 0.5], [0.2, 0.8]]])
    assert mean_vote(votes) == pytest.approx(np.array([[1.7 / 3, 1.3 / 3], [0.5, 0.5]]))
    odds = (9 * (4 / 6) ** 2) ** (1 / 3)
    assert logit_mean_vote(votes)[0] == pytest.approx([odds / (1 + odds), 1 / (1 + odds)])
    assert majority_vote(votes).tolist() == [[0, 1], [0.5, 0.5]]


def test_no_teacher_can_veto_a_class_for_good() -> None:
    votes = np.array([[[1.0, 0.0], [0.0, 1.0]]])
    assert logit_mean_vote(votes) == pytest.approx(np.array([[0.5, 0.5]]))


def test_votes_in_thirds_still_tie() -> None:
    third = np.full(3, 1 / 3)
    votes = np.stack([third, third, third, [1, 0, 0], [0, 1, 0], [0, 0, 1]])[None]
    assert majority_vote(votes).tolist() == [[1 / 3, 1 / 3, 1 / 3]]


def test_a_known_confusion_is_recovered_and_beats_the_majority() -> None:
    """One teacher is good, two are poor in different ways: the majority follows the poor ones."""
    confusions = np.array(
        [
            [[0.95, 0.05], [0.1, 0.9]],
            [[0.6, 0.4], [0.3, 0.7]],
            [[0.65, 0.35], [0.4, 0.6]],
            [[0.85, 0.15], [0.35, 0.65]],
        ]
    )
    shares = np.array([0.6, 0.4])
    gold, votes = _votes(0, confusions=confusions, shares=shares, num_examples=20_000)
    found = dawid_skene(votes)
    assert found.confusions == pytest.approx(confusions, abs=0.05)
    assert found.prior == pytest.approx(shares, abs=0.05)
    right = (found.probabilities.argmax(axis=1) == gold).mean()
    assert right > (majority_vote(votes).argmax(axis=1) == gold).mean() + 0.03


def test_three_classes_are_recovered_too() -> None:
    confusions = np.array([np.full((3, 3), (1 - skill) / 2) for skill in (0.9, 0.7, 0.6, 0.8)])
    for matrix, skill in zip(confusions, (0.9, 0.7, 0.6, 0.8), strict=True):
        np.fill_diagonal(matrix, skill)
    gold, votes = _votes(1, confusions=confusions, shares=np.array([0.5, 0.3, 0.2]), num_examples=8000)
    found = dawid_skene(votes)
    assert found.confusions == pytest.approx(confusions, abs=0.05)
    assert (found.probabilities.argmax(axis=1) == gold).mean() > 0.92


def test_a_channel_for_three_classes_beats_labels_and_prior() -> None:
    drawn = np.random.default_rng(0)
    confusion = np.array([[[0.8, 0.1, 0.1], [0.5, 0.4, 0.1], [0.1, 0.1, 0.8]]])
    gold, votes = _votes(2, confusions=confusion, shares=np.full(3, 1 / 3), num_examples=6000)
    logits = 1.5 * (1.5 * np.eye(3)[gold] + drawn.normal(size=(6000, 3)))  # calibrated
    prior = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    found = confusion_channel(votes[:, 0], prior=prior)
    right = (found.probabilities.argmax(axis=1) == gold).mean()
    assert right > max((votes[:, 0].argmax(1) == gold).mean(), (prior.argmax(1) == gold).mean()) + 0.03
    assert found.confusions == pytest.approx(confusion, abs=0.06)
    assert (np.diff(found.objectives) >= -1e-6).all()


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    num_teachers=st.integers(1, 4),
    num_classes=st.integers(2, 4),
    rule=st.sampled_from(RULES),
)
def test_rows_sum_to_one_and_rows_teachers_and_classes_may_come_in_any_order(
    seed: int, num_teachers: int, num_classes: int, rule: object
) -> None:
    assert callable(rule)
    drawn = np.random.default_rng(seed)
    votes = drawn.dirichlet(np.ones(num_classes), size=(30, num_teachers))
    rows, teachers = drawn.permutation(30), drawn.permutation(num_teachers)
    classes = drawn.permutation(num_classes)
    found = rule(votes)
    assert np.allclose(found.sum(axis=1), 1, atol=1e-12)
    assert np.allclose(rule(votes[rows]), found[rows], atol=1e-5)
    assert np.allclose(rule(votes[:, teachers]), found, atol=1e-5)
    assert np.allclose(rule(votes[:, :, classes]), found[:, classes], atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), num_classes=st.integers(2, 4))
def test_em_never_goes_downhill(seed: int, num_classes: int) -> None:
    votes = np.random.default_rng(seed).dirichlet(np.ones(num_classes), size=(40, 3))
    found = dawid_skene(votes)
    assert (np.diff(found.objectives) >= -1e-6).all()
    assert np.allclose(found.confusions.sum(axis=2), 1)


def test_teachers_that_all_agree_are_believed() -> None:
    votes = np.repeat(np.eye(2)[np.arange(20) % 2][:, None], 3, axis=1)
    assert (dawid_skene(votes).probabilities.argmax(axis=1) == np.arange(20) % 2).all()
    alike = np.full((5, 2, 3), 1 / 3)
    assert dawid_skene(alike).probabilities == pytest.approx(np.full((5, 3), 1 / 3))


def test_hardened_labels_share_what_ties() -> None:
    assert hardened(np.array([[0.2, 0.4, 0.4], [0.1, 0.2, 0.7]])).tolist() == [[0, 0.5, 0.5], [0, 0, 1]]
