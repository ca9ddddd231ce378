"""Heads that train side by side become what each becomes alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from outlearn.core import TrainingError, generator
from outlearn.methods import Method
from outlearn.models import Features, Probe
from outlearn.training import (
    Head,
    Loss,
    Placement,
    Recipe,
    TrainedHead,
    can_share,
    cross_entropy,
    train,
    train_heads,
)
from tests.every_method import methods_of_one_fit

METHODS = methods_of_one_fit()
CPU = Placement()
RECIPE = Recipe(learning_rate=3e-2, epochs=4, batch_size=16, schedule="constant")
NUM_ROWS, WIDTH, NUM_EXAMPLES = 90, 12, 70  # the last batch of an epoch is short
VALUES = torch.from_numpy(generator(0, "values").standard_normal((NUM_ROWS, WIDTH)).astype(np.float32))


def head(
    *,
    loss: Loss,
    seed: int = 0,
    recipe: Recipe = RECIPE,
    num_classes: int = 2,
    num_examples: int = NUM_EXAMPLES,
    values: torch.Tensor = VALUES,
) -> Head:
    drawn = generator(seed, "head", num_classes)
    return Head(
        features=Features(values, rows=drawn.permutation(NUM_ROWS)[:num_examples]),
        labels=drawn.dirichlet(np.ones(num_classes), size=num_examples),
        weights=drawn.uniform(0.5, 2.0, size=num_examples),
        loss=loss,
        recipe=recipe,
        seed=seed,
    )


def alone(given: Head, *, placement: Placement = CPU) -> TrainedHead:
    probe = Probe(WIDTH, num_classes=given.labels.shape[1])
    losses = train(
        probe,
        given.features,
        given.labels,
        weights=given.weights,
        loss=given.loss,
        recipe=given.recipe,
        seed=given.seed,
        placement=placement,
    )
    return TrainedHead(probe.head.weight.detach(), probe.head.bias.detach(), losses)


def probabilities(trained: TrainedHead) -> np.ndarray:
    said: np.ndarray = (VALUES @ trained.weight.T + trained.bias).double().softmax(-1).numpy()
    return said


def assert_alike(found: TrainedHead, expected: TrainedHead) -> None:
    np.testing.assert_allclose(found.losses, expected.losses, atol=1e-5)
    np.testing.assert_allclose(probabilities(found), probabilities(expected), atol=1e-5)


def shared_losses() -> dict[str, tuple[Loss, Recipe]]:
    """Return what each method minimises and by which recipe, where heads can share it."""
    found = {}
    for name, method in METHODS.items():
        (parts,) = method.parts
        recipe = parts.settings(RECIPE)
        if can_share(parts.loss, recipe):
            found[name] = (parts.loss, recipe)
    return found


@pytest.mark.parametrize("num_classes", [2, 3])
def test_every_method_of_one_fit_trains_side_by_side_as_it_does_alone(num_classes: int) -> None:
    heads = [
        head(loss=loss, seed=seed, recipe=recipe, num_classes=num_classes)
        for loss, recipe in shared_losses().values()
        for seed in range(3)
    ]
    assert len(heads) >= 60
    for found, given in zip(train_heads(heads, placement=CPU), heads, strict=True):
        assert_alike(found, alone(given))


def test_side_by_side_is_deterministic_to_the_bit() -> None:
    heads = [head(loss=loss, seed=seed) for loss, _ in shared_losses().values() for seed in range(2)]
    first, second = train_heads(heads, placement=CPU), train_heads(heads, placement=CPU)
    for one, other in zip(first, second, strict=True):
        assert torch.equal(one.weight, other.weight)
        assert np.array_equal(one.losses, other.losses)


def test_a_head_is_the_same_whoever_trains_beside_it() -> None:
    heads = [head(loss=loss, seed=seed) for loss, _ in shared_losses().values() for seed in range(2)]
    together = train_heads(heads, placement=CPU)
    for place in range(0, len(heads), 7):
        assert_alike(train_heads([heads[place]], placement=CPU)[0], together[place])


def test_heads_of_different_recipes_sizes_and_classes_can_be_given_at_once() -> None:
    plain = Loss(per_example=cross_entropy)
    decayed = RECIPE.model_copy(update={"weight_decay": 0.5, "clip_norm": 0.05, "schedule": "cosine"})
    warmed = RECIPE.model_copy(update={"warmup_frac": 0.3, "schedule": "linear", "batch_size": 100})
    heads = [
        head(loss=plain),
        head(loss=plain, num_classes=4),
        head(loss=plain, recipe=decayed),
        head(loss=plain, recipe=warmed, seed=1),
        head(loss=plain, num_examples=33, seed=2),
        head(loss=plain, seed=3),
    ]
    for found, given in zip(train_heads(heads, placement=CPU), heads, strict=True):
        assert_alike(found, alone(given))


def test_a_head_agrees_with_one_that_was_trained_in_micro_batches() -> None:
    given = head(loss=METHODS["confidence"].parts[0].loss)
    (found,) = train_heads([given], placement=CPU)
    assert_alike(found, alone(given, placement=replace(CPU, train_tokens=5)))


def test_features_of_half_precision_are_read_in_single() -> None:
    values = VALUES.bfloat16()
    given = head(loss=Loss(per_example=cross_entropy), values=values)
    (found,) = train_heads([given], placement=CPU)
    assert_alike(found, alone(given))


def test_heads_that_read_more_than_is_allowed_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    heads = [head(loss=Loss(per_example=cross_entropy), seed=seed) for seed in range(5)]
    expected = train_heads(heads, placement=CPU)
    monkeypatch.setattr("outlearn.training.heads.MOST_READ", 2 * 4 * WIDTH * RECIPE.batch_size)
    seen: list[tuple[int, int]] = []
    placement = replace(CPU, on_step=lambda done, total: seen.append((done, total)))
    for found, one in zip(train_heads(heads, placement=placement), expected, strict=True):
        assert_alike(found, one)
    steps = 3 * 4 * 5  # blocks, epochs, batches
    assert seen == [(done, steps) for done in range(1, steps + 1)]


def test_a_head_whose_loss_is_not_finite_is_named() -> None:
    def broken(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return cross_entropy(logits, targets) / 0

    good, bad = head(loss=Loss(per_example=cross_entropy)), head(loss=Loss(per_example=broken))
    with pytest.raises(TrainingError, match="head the bad one: the loss of step 0"):
        train_heads([good, replace(bad, name="the bad one")], placement=CPU)


def test_what_must_train_alone_is_refused() -> None:
    plain = Loss(per_example=cross_entropy)
    for refused in (
        head(loss=plain, recipe=RECIPE.model_copy(update={"dropout": 0.1})),
        head(loss=plain, recipe=RECIPE.model_copy(update={"ema_decay": 0.9})),
        head(loss=plain, recipe=RECIPE.model_copy(update={"optimiser": "adafactor"})),
        head(loss=replace(plain, reads="votes")),
        head(loss=replace(plain, state=(torch.zeros(1),))),
    ):
        assert not can_share(refused.loss, refused.recipe)
        with pytest.raises(ValueError, match="must be trained alone"):
            train_heads([refused], placement=CPU)
    with pytest.raises(ValueError, match="reads another matrix"):
        train_heads([head(loss=plain), head(loss=plain, values=VALUES.clone())], placement=CPU)


def test_the_methods_of_one_fit_are_found() -> None:
    assert {"naive", "confidence", "harden", "entropy_confidence"} <= METHODS.keys()
    assert all(isinstance(method, Method) for method in METHODS.values())
