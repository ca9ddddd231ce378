"""What goes on beside the steps: averaged weights, a loss that learns, and looks at the model on the way."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.testing import assert_close

from outlearn.training import Loss, Placement, Recipe, cross_entropy, points, predict, train
from tests.training.fitting import (
    CONFIDENCE,
    NAIVE,
    NUM_EXAMPLES,
    RECIPE,
    UNWEIGHED,
    Killed,
    assert_same_weights,
    classifier,
    dying,
    soft_labels,
    texts,
    weights,
)

NUM_STEPS = 6
DECAY = 0.7
AVERAGED = RECIPE.model_copy(update={"ema_decay": DECAY})
DECAYED = RECIPE.model_copy(update={"weight_decay": 0.01})
"""It moves the whole vocabulary, so that all of it can be watched in training."""
HERE = Placement(train_tokens=40)
LABELS = soft_labels()


def _fit(
    model: nn.Module,
    *,
    recipe: Recipe = RECIPE,
    loss: Loss = NAIVE,
    labels: np.ndarray = LABELS,
    placement: Placement = HERE,
) -> np.ndarray:
    return train(
        model,
        texts(),
        labels,
        weights=UNWEIGHED,
        loss=loss,
        recipe=recipe,
        seed=2,
        placement=replace(placement, train_tokens=40),
    )


# --- averaged weights ---------------------------------------------------------------------------------------


def _trail(recipe: Recipe) -> tuple[list[dict[str, Tensor]], dict[str, Tensor]]:
    """Return the weights before the first step and after every step, and those that training leaves."""
    model = classifier()
    trail = [weights(model)]
    _fit(model, recipe=recipe, placement=Placement(on_step=lambda *_: trail.append(weights(model))))
    return trail, weights(model)


def test_the_weights_left_are_the_average_worked_out_by_hand() -> None:
    trail, left = _trail(DECAYED.model_copy(update={"ema_decay": DECAY}))
    assert len(trail) == NUM_STEPS + 1
    for name, value in left.items():
        mean = trail[0][name].double()
        for after in trail[1:]:
            mean = DECAY * mean + (1 - DECAY) * after[name].double()
        assert_close(value.double(), mean, atol=1e-6, rtol=1e-5)


def test_averaging_changes_nothing_on_the_way() -> None:
    averaged, left = _trail(DECAYED.model_copy(update={"ema_decay": DECAY}))
    plain, last = _trail(DECAYED)
    for one, other in zip(averaged, plain, strict=True):
        assert all(torch.equal(value, other[name]) for name, value in one.items())
    assert all(torch.equal(value, plain[-1][name]) for name, value in last.items())
    assert not torch.equal(left["head.weight"], last["head.weight"])


@pytest.mark.parametrize("die_after", range(1, NUM_STEPS + 1))
def test_a_run_with_an_average_killed_after_any_step_ends_with_the_same_bits(
    die_after: int, tmp_path: Path
) -> None:
    whole, resumed = classifier(), classifier()
    losses = _fit(whole, recipe=AVERAGED)
    with pytest.raises(Killed):
        _fit(classifier(), recipe=AVERAGED, placement=dying(tmp_path, after=die_after))
    assert np.array_equal(losses, _fit(resumed, recipe=AVERAGED, placement=dying(tmp_path, after=0)))
    assert_same_weights(whole, resumed)


# --- losses that learn --------------------------------------------------------------------------------------


def _learning() -> Loss:
    """Return a loss that pulls towards the classes' shares among all guesses so far."""
    shares = torch.full((2,), 0.5)

    def retarget(logits: Tensor, weak: Tensor, progress: float) -> Tensor:
        shares.lerp_(logits.softmax(-1).mean(0), 0.3)
        return 0.5 * weak + 0.5 * shares

    return Loss(per_example=cross_entropy, retarget=retarget, state=(shares,))


@pytest.mark.parametrize("die_after", range(1, NUM_STEPS + 1))
def test_what_a_loss_has_learnt_survives_a_kill(die_after: int, tmp_path: Path) -> None:
    whole, resumed = classifier(), classifier()
    learnt, relearnt = _learning(), _learning()
    losses = _fit(whole, loss=learnt)
    with pytest.raises(Killed):
        _fit(classifier(), loss=_learning(), placement=dying(tmp_path, after=die_after))
    assert np.array_equal(losses, _fit(resumed, loss=relearnt, placement=dying(tmp_path, after=0)))
    assert_same_weights(whole, resumed)
    assert torch.equal(learnt.state[0], relearnt.state[0])
    assert learnt.state[0].tolist() != [0.5, 0.5]


def test_averages_and_a_learning_loss_are_not_taken_for_one_another(tmp_path: Path) -> None:
    whole, resumed = classifier(), classifier()
    losses = _fit(whole, recipe=AVERAGED, loss=_learning())
    with pytest.raises(Killed):
        _fit(classifier(), recipe=AVERAGED, loss=_learning(), placement=dying(tmp_path, after=3))
    again = _fit(resumed, recipe=AVERAGED, loss=_learning(), placement=dying(tmp_path, after=0))
    assert np.array_equal(losses, again)
    assert_same_weights(whole, resumed)


def test_votes_of_several_teachers_reach_the_loss_with_their_own_texts() -> None:
    """A loss that takes their mean is naive on the mean."""
    one = LABELS
    votes = np.stack([one**2 / (one**2).sum(1, keepdims=True), one, one[:, ::-1]], axis=1)
    mean = Loss(per_example=cross_entropy, retarget=lambda logits, said, progress: said.mean(1))
    losses = _fit(classifier(), labels=votes, loss=mean)
    np.testing.assert_allclose(losses, _fit(classifier(), labels=votes.mean(1)), atol=1e-6)


# --- looks on the way ---------------------------------------------------------------------------------------


@given(st.integers(1, 3000), st.integers(1, 60))
def test_points_are_evenly_spaced_and_the_last_step_is_one_of_them(total: int, num_points: int) -> None:
    found = sorted(points(total, num_points=num_points))
    assert found[-1] == total
    assert found[0] >= 1
    if num_points >= total:
        assert found == list(range(1, total + 1))
    else:
        assert len(found) == num_points
        assert set(np.diff([0, *found]).tolist()) <= {total // num_points, -(-total // num_points)}


def test_no_points_are_none() -> None:
    assert points(100, num_points=0) == frozenset()


def _watching(seen: list[tuple[int, np.ndarray]], *, num_points: int, recipe: Recipe = RECIPE) -> Placement:
    def observe(model: nn.Module, step: int) -> None:
        seen.append((step, predict(model, texts(), recipe=recipe, placement=HERE)))

    return Placement(num_points=num_points, observe=observe)


@pytest.mark.parametrize("recipe", [RECIPE, AVERAGED, RECIPE.model_copy(update={"dropout": 0.3})])
def test_training_is_the_same_whether_the_model_is_looked_at_or_not(recipe: Recipe) -> None:
    seen: list[tuple[int, np.ndarray]] = []
    looked_at, alone = classifier(), classifier()
    losses = _fit(alone, recipe=recipe, loss=CONFIDENCE)
    watching = _watching(seen, num_points=3, recipe=recipe)
    assert np.array_equal(losses, _fit(looked_at, recipe=recipe, loss=CONFIDENCE, placement=watching))
    assert_same_weights(alone, looked_at)
    assert [step for step, _ in seen] == [2, 4, 6]
    assert looked_at.training


@pytest.mark.parametrize("recipe", [RECIPE, AVERAGED])
def test_the_last_look_sees_the_model_that_training_leaves(recipe: Recipe) -> None:
    seen: list[tuple[int, np.ndarray]] = []
    model = classifier()
    _fit(model, recipe=recipe, placement=_watching(seen, num_points=2, recipe=recipe))
    assert np.array_equal(seen[-1][1], predict(model, texts(), recipe=recipe, placement=HERE))
    assert seen[0][1].shape == (NUM_EXAMPLES, 2)
    assert not np.array_equal(seen[0][1], seen[-1][1])


def test_a_run_that_was_killed_sees_on_its_two_ways_what_one_way_sees(tmp_path: Path) -> None:
    whole: list[tuple[int, np.ndarray]] = []
    _fit(classifier(), recipe=AVERAGED, placement=_watching(whole, num_points=3))
    seen: list[tuple[int, np.ndarray]] = []
    watching = _watching(seen, num_points=3)
    looks = {"num_points": watching.num_points, "observe": watching.observe}
    with pytest.raises(Killed):
        _fit(classifier(), recipe=AVERAGED, placement=replace(dying(tmp_path, after=4), **looks))
    _fit(classifier(), recipe=AVERAGED, placement=replace(dying(tmp_path, after=0), **looks))
    assert [step for step, _ in seen] == [step for step, _ in whole] == [2, 4, 6]
    assert all(np.array_equal(one, other) for (_, one), (_, other) in zip(seen, whole, strict=True))
