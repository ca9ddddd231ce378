"""Examples that count more than others, and units of the read-out that are dropped."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from outlearn.models import Classifier
from outlearn.training import Loss, Placement, Recipe, batches, cross_entropy, pad, predict, subset, train
from tests.training.fitting import (
    CONFIDENCE,
    NAIVE,
    NUM_EXAMPLES,
    ONE_PIECE,
    RECIPE,
    UNWEIGHED,
    Killed,
    assert_same_weights,
    classifier,
    dying,
    gradients,
    soft_labels,
    texts,
)

COUNTS = 1 + np.arange(NUM_EXAMPLES) % 3
DROPPING = RECIPE.model_copy(update={"dropout": 0.25})


def _whole(num_examples: int) -> Recipe:
    """Return the recipe of one step on all examples."""
    return RECIPE.model_copy(update={"epochs": 1, "batch_size": num_examples, "clip_norm": 1e9})


def _one_step(rows: np.ndarray, counts: np.ndarray, placement: Placement = ONE_PIECE) -> Classifier:
    """Return the model after one step on these examples, all in one batch."""
    model = classifier()
    train(
        model,
        subset(texts(), rows),
        soft_labels()[rows],
        weights=counts,
        loss=NAIVE,
        recipe=_whole(len(rows)),
        seed=0,
        placement=placement,
    )
    return model


def _fit(
    model: nn.Module,
    *,
    recipe: Recipe,
    loss: Loss = NAIVE,
    seed: int = 0,
    counts: np.ndarray = UNWEIGHED,
    placement: Placement = ONE_PIECE,
) -> np.ndarray:
    return train(
        model,
        texts(),
        soft_labels(),
        weights=counts,
        loss=loss,
        recipe=recipe,
        seed=seed,
        placement=placement,
    )


def _assert_same_gradients(one: Classifier, other: Classifier) -> None:
    expected = gradients(one)
    for name, gradient in gradients(other).items():
        assert_close(gradient, expected[name], atol=1e-6, rtol=1e-4)


# --- weights ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("train_tokens", [25, 10**6])
def test_an_example_of_weight_three_counts_as_three_of_it(train_tokens: int) -> None:
    every = np.arange(NUM_EXAMPLES)
    weighed = _one_step(every, COUNTS.astype(float), Placement(train_tokens=train_tokens))
    repeated = np.repeat(every, COUNTS)
    _assert_same_gradients(weighed, _one_step(repeated, np.ones(len(repeated))))


def test_an_example_of_weight_zero_is_as_if_it_were_not_there() -> None:
    kept = np.arange(0, NUM_EXAMPLES, 2)
    weighed = _one_step(np.arange(NUM_EXAMPLES), (np.arange(NUM_EXAMPLES) % 2 == 0).astype(float))
    _assert_same_gradients(weighed, _one_step(kept, np.ones(len(kept))))


def test_weights_matter_relative_to_each_other_alone() -> None:
    one, other = classifier(), classifier()
    first = _fit(one, recipe=RECIPE, counts=COUNTS.astype(float))
    assert np.array_equal(first, _fit(other, recipe=RECIPE, counts=COUNTS * 4.0))
    assert_same_weights(one, other)
    assert not np.array_equal(first, _fit(classifier(), recipe=RECIPE))


def test_equal_weights_leave_the_plain_mean_to_the_bit() -> None:
    seen: list[Tensor] = []

    def per_example(logits: Tensor, targets: Tensor) -> Tensor:
        seen.append(cross_entropy(logits, targets))
        return seen[-1]

    losses = _fit(classifier(), recipe=RECIPE, loss=Loss(per_example=per_example), counts=UNWEIGHED * 2.5)
    plain = [(each.detach().sum() / len(each)).item() for each in seen]
    assert losses.tolist() == plain


# --- dropout ------------------------------------------------------------------------------------------------


class _Watched(nn.Module):
    """A classifier that notes which factors its read-out was multiplied with."""

    def __init__(self) -> None:
        super().__init__()
        self.classifier = classifier()
        self.head = self.classifier.head
        self.num_classes = 2
        self.seen: list[Tensor] = []
        self.without = 0

    def forward(self, *read: Tensor, **more: Any) -> Tensor:
        if "keep" in more:
            self.seen.append(more["keep"])
        else:
            self.without += 1
        logits: Tensor = self.classifier(*read, **more)
        return logits


def _factors(*, recipe: Recipe = DROPPING, seed: int = 0) -> list[Tensor]:
    model = _Watched()
    _fit(model, recipe=recipe, seed=seed)
    return model.seen


@pytest.mark.parametrize("loss", [NAIVE, CONFIDENCE])
@pytest.mark.parametrize("train_tokens", [1, 25, 97])
def test_what_is_dropped_does_not_depend_on_the_micro_batch(loss: Loss, train_tokens: int) -> None:
    recipe = _whole(NUM_EXAMPLES).model_copy(update={"dropout": 0.25})
    whole, cut = classifier(), classifier()
    _fit(whole, recipe=recipe, loss=loss)
    _fit(cut, recipe=recipe, loss=loss, placement=Placement(train_tokens=train_tokens))
    _assert_same_gradients(whole, cut)


def test_a_quarter_of_the_units_is_dropped_and_the_rest_makes_up_for_it() -> None:
    factors = torch.cat(_factors())
    assert factors.unique().tolist() == pytest.approx([0, 4 / 3])
    assert (factors == 0).float().mean() == pytest.approx(0.25, abs=0.04)


def test_every_step_drops_others_and_the_seed_says_which() -> None:
    one, same, other = _factors(), _factors(), _factors(seed=1)
    assert all(map(torch.equal, one, same))
    assert not torch.equal(one[0], one[1])
    assert not torch.equal(one[0], other[0])


def _order_of_reading() -> np.ndarray:
    """Return the rows of the only batch of seed 0 in the order that the model reads them in."""
    (rows,) = batches(NUM_EXAMPLES, batch_size=NUM_EXAMPLES, epochs=1, seed=0)
    return rows[np.argsort(texts().lengths[rows], kind="stable")]


def test_the_first_loss_is_that_of_the_read_out_times_its_factors() -> None:
    model = _Watched()
    losses = _fit(model, recipe=_whole(NUM_EXAMPLES).model_copy(update={"dropout": 0.25}), loss=NAIVE)
    # The batch was shuffled, and then sorted by length: the factors are those of the sorted rows.
    (factors,) = model.seen
    plain = classifier()
    rows = _order_of_reading()
    padded = pad(texts(), rows, device=torch.device("cpu"))
    with torch.no_grad():
        logits = plain.head(plain.features(padded.ids, padded.lengths) * factors)
        expected = cross_entropy(logits, torch.tensor(soft_labels()[rows], dtype=torch.float32)).mean()
    assert losses[0] == pytest.approx(expected.item(), rel=1e-5)


def test_predictions_and_training_without_dropout_drop_nothing() -> None:
    model = _Watched()
    predict(model, texts(), recipe=DROPPING, placement=ONE_PIECE)
    assert (len(model.seen), model.without) == (0, 1)
    _fit(model, recipe=RECIPE)
    assert len(model.seen) == 0


@pytest.mark.parametrize("die_after", [1, 4])
def test_a_run_with_dropout_and_weights_that_was_killed_ends_with_the_same_bits(
    die_after: int, tmp_path: Path
) -> None:
    def fitted(model: Classifier, placement: Placement) -> np.ndarray:
        placement = replace(placement, train_tokens=40)
        counts = COUNTS.astype(float)
        return _fit(model, recipe=DROPPING, loss=CONFIDENCE, counts=counts, placement=placement)

    whole, resumed = classifier(), classifier()
    losses = fitted(whole, Placement())
    with pytest.raises(Killed):
        fitted(classifier(), dying(tmp_path, after=die_after))
    assert np.array_equal(losses, fitted(resumed, dying(tmp_path, after=0)))
    assert_same_weights(whole, resumed)
