"""Probes whose steps are alike, trained as one program of tensors.

    for each step:
        1. read each batch of features once for all the heads that see it
        2. logits of those heads on it: one product of matrices
        3. targets head by head (a loss may look at its whole batch), then losses and their slopes along the
           logits, at once for all heads that share a loss
        4. slopes along the weights: one product of matrices; clipped head by head; one step of AdamW

A stack of k heads with c classes is a `Probe` with k * c logits, so the optimiser is the one that `train`
uses. Sums are taken in another order than there, so numbers agree to rounding and not to the bit.

Letters in shapes: m rows of the matrix, n examples, b of a batch, h hidden units, c classes, k heads,
o orders of examples, s steps.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from outlearn.models import Features, Probe
from outlearn.training.batching import batches, num_steps
from outlearn.training.loop import CHECK_EVERY
from outlearn.training.losses import Loss
from outlearn.training.optimiser import adamw, learning_rate_at
from outlearn.training.placement import Placement
from outlearn.training.recipe import Recipe
from outlearn.training.shared_losses import Lessons, batch_losses, check_finite, lessons_of


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A probe to be trained from zeros: what `train` would be given."""

    features: Features
    labels: Float[np.ndarray, "n c"]
    weights: Float[np.ndarray, " n"]
    loss: Loss
    recipe: Recipe
    seed: int

    name: str = ""
    """For error messages."""

    @property
    def order(self) -> tuple[int, bytes]:
        """Return what decides which rows it sees when, beside the recipe."""
        return self.seed, self.features.rows.tobytes()


@dataclass(frozen=True, slots=True, eq=False)
class TrainedHead:
    """A probe after its training."""

    weight: Float32[Tensor, "c h"]
    bias: Float32[Tensor, " c"]
    losses: Float[np.ndarray, " s"]


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    """What is read of the matrix, and by whom."""

    values: Float[Tensor, "m h"]

    rows: Int64[Tensor, "o n"]
    """Row of the matrix of each example, for each order."""

    logits: tuple[slice, ...]
    """The logits of the heads of each order, which lie next to each other."""

    buffer: Float32[Tensor, "o b h"]


def train_aligned(heads: Sequence[Head], *, placement: Placement) -> list[TrainedHead]:
    """Return these heads trained: of one matrix, recipe and number of examples, sorted by order.

    Raises:
        TrainingError: If a loss or a gradient is not finite; the head is named.
    """
    recipe, (num_examples, num_classes) = heads[0].recipe, heads[0].labels.shape
    total = num_steps(num_examples, batch_size=recipe.batch_size, epochs=recipe.epochs)
    reading, lessons = _reading(heads, placement.device), lessons_of(heads, placement.device)
    orders = [len(list(same)) for _, same in groupby(heads, key=lambda head: head.order)]
    order = torch.from_numpy(np.repeat(np.arange(len(orders)), orders)).to(placement.device)[lessons.place]
    names = [f"head {head.name or number}" for number, head in enumerate(heads)]
    stack = Probe(reading.values.shape[1], num_classes=len(heads) * num_classes).to(placement.device)
    weight, bias = stack.head.weight, stack.head.bias
    weight.grad, bias.grad = torch.zeros_like(weight), torch.zeros_like(bias)
    optimiser = adamw(stack, recipe)
    losses = torch.zeros(total, len(heads), device=placement.device)
    for step, batch in enumerate(_batches(heads)):
        chosen = batch.to(placement.device)
        seen = _read(reading, chosen)
        logits = _logits(reading, seen, stack).view(len(heads), num_classes, -1)
        slopes, batch_losses = _slopes(lessons, chosen[order], logits, progress=step / total)
        _weight_slopes(reading, seen, slopes.flatten(0, 1), stack)
        norms = _clip(stack, num_heads=len(heads), clip_norm=recipe.clip_norm)
        # Adds 0, unless the gradient is not finite: as in `train`.
        losses[step] = batch_losses + 0 * norms
        for group in optimiser.param_groups:
            group["lr"] = learning_rate_at(step, num_steps=total, recipe=recipe)
        optimiser.step()
        if (step + 1) % CHECK_EVERY == 0 or step + 1 == total:
            check_finite(losses[: step + 1], names)
        placement.on_step(step + 1, total)
    weights = weight.detach().view(len(heads), num_classes, -1)
    biases = bias.detach().view(len(heads), num_classes)
    found = losses.T.contiguous().cpu().numpy()
    return [TrainedHead(*trained) for trained in zip(weights, biases, found, strict=True)]


def _reading(heads: Sequence[Head], device: torch.device) -> _Reading:
    orders = [list(same) for _, same in groupby(heads, key=lambda head: head.order)]
    num_classes, features = heads[0].labels.shape[1], [same[0].features for same in orders]
    ends = np.cumsum([num_classes * len(same) for same in orders]).tolist()
    values = features[0].values
    width = values.shape[1]
    return _Reading(
        # On the CPU it stays mapped from its file; elsewhere it is worth its memory.
        values=values.to(device),
        rows=torch.from_numpy(np.stack([one.rows for one in features])).to(device),
        logits=tuple(map(slice, [0, *ends[:-1]], ends)),
        buffer=torch.empty(len(orders), heads[0].recipe.batch_size, width, device=device),
    )


def _batches(heads: Sequence[Head]) -> Iterator[Int64[Tensor, "o b"]]:
    """Yield every step's examples, a row for each order."""
    recipe, seeds = heads[0].recipe, [seed for (seed, _), _ in groupby(heads, key=lambda head: head.order)]
    steps = [
        batches(len(heads[0].features), batch_size=recipe.batch_size, epochs=recipe.epochs, seed=seed)
        for seed in seeds
    ]
    for chosen in zip(*steps, strict=True):
        yield torch.from_numpy(np.stack(chosen))


def _read(reading: _Reading, chosen: Int64[Tensor, "o b"]) -> list[Float32[Tensor, "b h"]]:
    """Return each order's batch of features, in a buffer that the next step writes over."""
    rows = reading.rows.gather(1, chosen)
    seen = list(reading.buffer[:, : chosen.shape[1]])
    for into, asked in zip(seen, rows, strict=True):
        if reading.values.dtype == into.dtype:
            torch.index_select(reading.values, 0, asked, out=into)
        else:
            into.copy_(reading.values.index_select(0, asked))
    return seen


@torch.no_grad()
def _logits(reading: _Reading, seen: list[Tensor], stack: Probe) -> Float32[Tensor, "kc b"]:
    weight, bias = stack.head.weight, stack.head.bias
    logits = weight.new_empty(len(weight), len(seen[0]))
    for own, batch in zip(reading.logits, seen, strict=True):
        torch.addmm(bias[own, None], weight[own], batch.T, out=logits[own])
    return logits


def _slopes(
    lessons: Lessons, chosen: Int64[Tensor, "k b"], logits: Float32[Tensor, "k c b"], *, progress: float
) -> tuple[Float32[Tensor, "k c b"], Float32[Tensor, " k"]]:
    """Return the slopes of each head's mean loss along its logits, and that loss."""
    scores = logits.index_select(0, lessons.place).transpose(1, 2).contiguous().requires_grad_()
    losses = batch_losses(lessons, chosen, scores, progress=progress)
    (slopes,) = torch.autograd.grad(losses.sum(), scores)
    slopes = slopes.index_select(0, lessons.back).transpose(1, 2).contiguous()
    return slopes, losses.detach()[lessons.back]


@torch.no_grad()
def _weight_slopes(
    reading: _Reading, seen: list[Tensor], slopes: Float32[Tensor, "kc b"], stack: Probe
) -> None:
    """Write the gradient of the stack's weights and biases."""
    assert stack.head.weight.grad is not None
    assert stack.head.bias.grad is not None
    for own, batch in zip(reading.logits, seen, strict=True):
        torch.mm(slopes[own], batch, out=stack.head.weight.grad[own])
    torch.sum(slopes, dim=1, out=stack.head.bias.grad)


def _clip(stack: Probe, *, num_heads: int, clip_norm: float) -> Float32[Tensor, " k"]:
    """Scale each head's gradient down to the largest norm, as `clip_grad_norm_` does; return the norms."""
    slopes = [value.grad.view(num_heads, -1) for value in stack.parameters() if value.grad is not None]
    norms = torch.stack([torch.linalg.vector_norm(slope, dim=1) for slope in slopes])
    whole: Tensor = torch.linalg.vector_norm(norms, dim=0)
    factors = (clip_norm / (whole + 1e-6)).clamp(max=1.0)
    for slope in slopes:
        slope.mul_(factors[:, None])
    return whole
