"""What a model can read besides texts: features of a frozen model, and two views of each text."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from outlearn.models import Features, Probe, Tokens
from outlearn.training import (
    Loss,
    Pairs,
    Placement,
    Recipe,
    batch,
    batches,
    cross_entropy,
    learning_rate_at,
    num_steps,
    predict,
    subset,
    train,
)
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

CPU = torch.device("cpu")
WIDTH = 5
PROBING = Recipe(learning_rate=0.05, epochs=30, batch_size=8, schedule="constant", weight_decay=0.1)


def _features() -> Features:
    """Return features of the 20 texts, scattered over a matrix whose other rows must not be read."""
    drawn = np.random.default_rng(3)
    rows = drawn.permutation(50)[:NUM_EXAMPLES]
    values = np.full((50, WIDTH), np.nan, dtype=np.float32)
    values[rows] = drawn.standard_normal((NUM_EXAMPLES, WIDTH))
    return Features(torch.from_numpy(values), rows=rows.astype(np.int64))


def _fit(
    model: nn.Module,
    inputs: Features | Pairs,
    *,
    recipe: Recipe = PROBING,
    loss: Loss = NAIVE,
    placement: Placement = ONE_PIECE,
) -> np.ndarray:
    return train(
        model,
        inputs,
        soft_labels(),
        weights=UNWEIGHED,
        loss=loss,
        recipe=recipe,
        seed=4,
        placement=placement,
    )


# --- features -----------------------------------------------------------------------------------------------


def _softmax(scores: np.ndarray) -> np.ndarray:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    found: np.ndarray = shifted / shifted.sum(axis=1, keepdims=True)
    return found


def test_a_probe_is_logistic_regression_by_adamw_worked_out_in_numpy() -> None:
    """In float64, with AdamW's formulas written out; the bias is not decayed."""
    features = _features()
    read = features.values.numpy()[features.rows].astype(np.float64)
    values = [np.zeros((2, WIDTH)), np.zeros(2)]
    moments = [(np.zeros_like(value), np.zeros_like(value)) for value in values]
    expected = []
    total = num_steps(NUM_EXAMPLES, batch_size=8, epochs=30)
    for step, rows in enumerate(batches(NUM_EXAMPLES, batch_size=8, epochs=30, seed=4)):
        said = _softmax(read[rows] @ values[0].T + values[1])
        expected.append(-(soft_labels()[rows] * np.log(said)).sum(axis=1).mean())
        error = (said - soft_labels()[rows]) / len(rows)
        gradients = [error.T @ read[rows], error.sum(axis=0)]
        norm = np.sqrt(sum((gradient**2).sum() for gradient in gradients))
        rate = learning_rate_at(step, num_steps=total, recipe=PROBING)
        for place, decay in enumerate((PROBING.weight_decay, 0.0)):
            gradient = gradients[place] * min(1.0, PROBING.clip_norm / norm)
            first = 0.9 * moments[place][0] + 0.1 * gradient
            second = 0.999 * moments[place][1] + 0.001 * gradient**2
            moments[place] = (first, second)
            scale = np.sqrt(second / (1 - 0.999 ** (step + 1))) + 1e-8
            values[place] = values[place] * (1 - rate * decay)
            values[place] -= rate * first / (1 - 0.9 ** (step + 1)) / scale
    probe = Probe(WIDTH, num_classes=2)
    losses = _fit(probe, features)
    np.testing.assert_allclose(losses, expected, atol=1e-5)
    np.testing.assert_allclose(probe.head.weight.detach(), values[0], atol=1e-4)
    np.testing.assert_allclose(probe.head.bias.detach(), values[1], atol=1e-4)
    said = predict(probe, features, recipe=PROBING, placement=ONE_PIECE)
    np.testing.assert_allclose(said, _softmax(read @ values[0].T + values[1]), atol=1e-4)


def test_where_features_stand_in_their_matrix_does_not_matter() -> None:
    features = _features()
    dense = Features(
        features.values[torch.from_numpy(features.rows)], rows=np.arange(NUM_EXAMPLES, dtype=np.int64)
    )
    assert np.array_equal(
        _fit(Probe(WIDTH, num_classes=2), features), _fit(Probe(WIDTH, num_classes=2), dense)
    )


@pytest.mark.parametrize("loss", [NAIVE, CONFIDENCE])
@pytest.mark.parametrize("train_tokens", [1, 3])
def test_micro_batches_leave_a_probe_as_it_is(loss: Loss, train_tokens: int) -> None:
    whole = _fit(Probe(WIDTH, num_classes=2), _features(), loss=loss)
    cut = _fit(
        Probe(WIDTH, num_classes=2), _features(), loss=loss, placement=Placement(train_tokens=train_tokens)
    )
    np.testing.assert_allclose(cut, whole, atol=1e-5)


@pytest.mark.parametrize("die_after", [1, 50, 90])
def test_a_probe_that_was_killed_ends_with_the_same_bits(die_after: int, tmp_path: Path) -> None:
    recipe = PROBING.model_copy(update={"dropout": 0.2, "ema_decay": 0.9})
    whole, resumed = Probe(WIDTH, num_classes=2), Probe(WIDTH, num_classes=2)
    losses = _fit(whole, _features(), recipe=recipe, loss=CONFIDENCE)
    with pytest.raises(Killed):
        _fit(
            Probe(WIDTH, num_classes=2),
            _features(),
            recipe=recipe,
            loss=CONFIDENCE,
            placement=dying(tmp_path, after=die_after),
        )
    again = _fit(resumed, _features(), recipe=recipe, loss=CONFIDENCE, placement=dying(tmp_path, after=0))
    assert np.array_equal(losses, again)
    assert_same_weights(whole, resumed)


def test_asking_for_checkpointing_does_a_probe_no_harm() -> None:
    placement = replace(ONE_PIECE, gradient_checkpointing=True)
    asked = _fit(Probe(WIDTH, num_classes=2), _features(), placement=placement)
    assert np.array_equal(asked, _fit(Probe(WIDTH, num_classes=2), _features()))


# --- two views of each text ---------------------------------------------------------------------------------


def _backwards() -> Tokens:
    """Return the texts with their lengths in the opposite order: the second view is another text."""
    return replace(texts(), lengths=texts().lengths[::-1], starts=texts().starts[::-1])


class _Both(nn.Module):
    """Adds the logits of both views."""

    def __init__(self) -> None:
        super().__init__()
        self.classifier = classifier()

    def forward(self, *read: Tensor) -> Tensor:
        logits: Tensor = self.classifier(*read[:2]) + self.classifier(*read[2:])
        return logits


PAIRS = Pairs(texts(), _backwards())


def test_a_pair_is_as_long_as_both_its_texts() -> None:
    assert len(PAIRS) == NUM_EXAMPLES
    assert PAIRS.lengths.tolist() == (texts().lengths + texts().lengths[::-1]).tolist()


def test_views_of_one_text_stay_together() -> None:
    rows = np.array([7, 0, 12])
    chosen = subset(PAIRS, rows)
    assert len(chosen) == 3
    for read in (batch(PAIRS, rows, device=CPU), batch(chosen, np.arange(3), device=CPU)):
        ids, lengths, other_ids, other_lengths = read
        for place, row in enumerate(rows.tolist()):
            assert ids[place, : lengths[place]].tolist() == texts().row(row).tolist()
            other = texts().row(NUM_EXAMPLES - 1 - row).tolist()
            assert other_ids[place, : other_lengths[place]].tolist() == other


@pytest.mark.parametrize("loss", [NAIVE, CONFIDENCE])
@pytest.mark.parametrize("train_tokens", [1, 40])
def test_the_gradient_of_pairs_does_not_depend_on_the_micro_batch(loss: Loss, train_tokens: int) -> None:
    recipe = RECIPE.model_copy(update={"epochs": 1, "batch_size": NUM_EXAMPLES, "clip_norm": 1e9})
    whole, cut = _Both(), _Both()
    _fit(whole, PAIRS, recipe=recipe, loss=loss)
    _fit(cut, PAIRS, recipe=recipe, loss=loss, placement=Placement(train_tokens=train_tokens))
    expected = gradients(whole.classifier)
    for name, gradient in gradients(cut.classifier).items():
        assert_close(gradient, expected[name], atol=1e-6, rtol=1e-4)


def test_each_label_stays_with_its_own_pair() -> None:
    labels = np.stack([(1 + np.arange(NUM_EXAMPLES)) / 100, 1 - (1 + np.arange(NUM_EXAMPLES)) / 100], axis=1)
    model = _Both()
    with torch.no_grad():
        alone = model(*batch(PAIRS, np.arange(NUM_EXAMPLES), device=CPU))
    seen: list[tuple[Tensor, Tensor]] = []

    def look(logits: Tensor, weak: Tensor, progress: float) -> Tensor:
        seen.append((logits, weak))
        return weak

    train(
        model,
        PAIRS,
        labels,
        weights=UNWEIGHED,
        loss=Loss(per_example=cross_entropy, retarget=look),
        recipe=RECIPE.model_copy(update={"epochs": 1, "batch_size": NUM_EXAMPLES}),
        seed=0,
        placement=Placement(train_tokens=30),
    )
    ((logits, weak),) = seen
    rows = (weak[:, 0] * 100 - 1).round().long()
    assert sorted(rows.tolist()) == list(range(NUM_EXAMPLES))
    assert_close(logits, alone[rows], atol=1e-5, rtol=1e-4)
