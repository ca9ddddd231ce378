"""Many probes of the same features: which of them train side by side, and what they become.

Heads that see the same number of examples by the same recipe take their steps together, as one program of
tensors (see `side_by_side`); each becomes what `train` would make of it alone, but for rounding.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from outlearn.training.batching import num_steps
from outlearn.training.losses import Loss
from outlearn.training.placement import Placement
from outlearn.training.recipe import Recipe
from outlearn.training.side_by_side import Head, TrainedHead, train_aligned

MOST_READ = 256 * 2**20
"""Bytes of features that a step reads; heads beyond that train after the others."""


def can_share(loss: Loss, recipe: Recipe) -> bool:
    """Return whether `train_heads` trains a head by this loss and recipe.

    It does not where what the head reads, what the loss learns or what becomes of the weights is the head's
    own affair: with dropout, a loss with a state, the votes of several teachers, or averaged weights; nor
    with Adafactor, whose steps depend on the size of a whole tensor.
    """
    alone = recipe.dropout or recipe.ema_decay or loss.state or recipe.optimiser != "adamw"
    return not alone and loss.reads == "probabilities"


def train_heads(heads: Sequence[Head], *, placement: Placement) -> list[TrainedHead]:
    """Return every head trained, in the order given.

    Args:
        heads: Of one matrix of features: all hold the same `values`.
        placement: Device and progress. Nothing is observed or checkpointed, and all fits in memory.

    Raises:
        ValueError: If a head cannot share its training (see `can_share`) or reads another matrix.
        TrainingError: If a loss or a gradient is not finite; the head is named.
    """
    for head in heads:
        if not can_share(head.loss, head.recipe):
            raise ValueError(f"head {head.name!r} must be trained alone, by train(); ask can_share first")
        if head.features.values is not heads[0].features.values:
            raise ValueError(f"head {head.name!r} reads another matrix; give heads of one matrix at a time")
    blocks = [block for places in _aligned(heads) for block in _blocks(heads, places)]
    firsts = [heads[block[0]] for block in blocks]
    steps = [
        num_steps(len(one.features), batch_size=one.recipe.batch_size, epochs=one.recipe.epochs)
        for one in firsts
    ]
    trained: dict[int, TrainedHead] = {}
    for turn, block in enumerate(blocks):

        def on_step(step: int, _: int, *, before: int = sum(steps[:turn])) -> None:
            placement.on_step(before + step, sum(steps))

        found = train_aligned(
            [heads[place] for place in block], placement=replace(placement, on_step=on_step)
        )
        trained.update(zip(block, found, strict=True))
    return [trained[place] for place in range(len(heads))]


def _aligned(heads: Sequence[Head]) -> list[list[int]]:
    """Return the places of heads whose steps are alike; those that see the same batches are neighbours."""
    found: dict[tuple[Recipe, int, int], dict[tuple[int, bytes], list[int]]] = {}
    for place, head in enumerate(heads):
        orders = found.setdefault((head.recipe, *head.labels.shape), {})
        orders.setdefault(head.order, []).append(place)
    return [[place for order in orders.values() for place in order] for orders in found.values()]


def _blocks(heads: Sequence[Head], places: list[int]) -> Iterator[list[int]]:
    """Yield the places in pieces that read no more than is allowed at each step."""
    width = heads[places[0]].features.values.shape[1]
    most = max(1, MOST_READ // (4 * width * heads[places[0]].recipe.batch_size))
    orders = [list(same) for _, same in groupby(places, key=lambda place: heads[place].order)]
    for start in range(0, len(orders), most):
        yield [place for order in orders[start : start + most] for place in order]
