"""bfloat16 is arithmetic only: weights, optimiser and losses stay in float32."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from outlearn.training import Loss, predict, train
from tests.training.fitting import (
    CONFIDENCE,
    NAIVE,
    ONE_PIECE,
    RECIPE,
    UNWEIGHED,
    classifier,
    soft_labels,
    texts,
    weights,
)

HALF = RECIPE.model_copy(update={"precision": "bfloat16"})


@pytest.mark.parametrize("loss", [NAIVE, CONFIDENCE])
@pytest.mark.parametrize("kind", ["gpt2", "llama", "bert"])
def test_bfloat16_trains_close_to_float32(kind: str, loss: Loss) -> None:
    found = [
        train(
            classifier(kind),
            texts(kind),
            soft_labels(),
            weights=UNWEIGHED,
            loss=loss,
            recipe=recipe,
            seed=0,
            placement=ONE_PIECE,
        )
        for recipe in (RECIPE, HALF)
    ]
    assert not np.array_equal(*found)
    assert_close(torch.tensor(found[1]), torch.tensor(found[0]), atol=0.05, rtol=0.05)


def test_weights_moments_and_losses_stay_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    from outlearn.training import loop

    kept: list[torch.optim.AdamW] = []

    def spy(*given: object) -> torch.optim.Optimizer:
        kept.append(made(*given))  # type: ignore[arg-type]
        return kept[-1]

    made = loop.optimiser_of
    monkeypatch.setattr(loop, "optimiser_of", spy)
    seen: set[torch.dtype] = set()

    def per_example(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        seen.update({logits.dtype, targets.dtype})
        return NAIVE.per_example(logits, targets)

    model = classifier()
    inside: set[torch.dtype] = set()
    model.backbone.h[0].mlp.c_fc.register_forward_hook(lambda _, __, made: inside.add(made.dtype))
    losses = train(
        model,
        texts(),
        soft_labels(),
        weights=UNWEIGHED,
        loss=Loss(per_example=per_example),
        recipe=HALF,
        seed=0,
        placement=ONE_PIECE,
    )
    assert inside == {torch.bfloat16}
    assert seen == {torch.float32}
    assert losses.dtype == np.float32
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    assert {value.dtype for state in kept[0].state.values() for value in state.values()} == {torch.float32}


def test_updates_too_small_for_bfloat16_weights_do_not_vanish() -> None:
    recipe = HALF.model_copy(update={"learning_rate": 1e-6})
    model = classifier()
    before = weights(model)
    train(
        model,
        texts(),
        soft_labels(),
        weights=UNWEIGHED,
        loss=NAIVE,
        recipe=recipe,
        seed=0,
        placement=ONE_PIECE,
    )
    name = "backbone.h.0.mlp.c_fc.weight"
    after = weights(model)[name]
    assert bool((after != before[name]).float().mean() > 0.9)
    # Were the weights themselves bfloat16, hardly any would have moved: that is what the test is about.
    moved = after.to(torch.bfloat16) != before[name].to(torch.bfloat16)
    assert bool(moved.float().mean() < 0.05)


def test_predictions_in_bfloat16_are_near_and_sum_to_one() -> None:
    model = classifier()
    exact, near = (predict(model, texts(), recipe=r, placement=ONE_PIECE) for r in (RECIPE, HALF))
    assert not np.array_equal(exact, near)
    assert_close(torch.from_numpy(near), torch.from_numpy(exact), atol=0.02, rtol=0)
    assert_close(torch.from_numpy(near.sum(1)), torch.ones(len(near), dtype=torch.float64))
