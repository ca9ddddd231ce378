"""Small classifiers whose steps are alike, trained as one stack of weights.

A small model's step is bound by how many operations it takes, not by their size. So k students take each step
together: one forward pass, one backward pass of the sum of their losses, which gives each student its own
gradient, clipped student by student, and one step of AdamW. Each has its own order of examples, labels,
weights, loss and start.

Each becomes what `train` would make of it alone, but for rounding: its texts are padded to its longest, and
not to the batch's. What it becomes does not depend on who trains beside it: only students with the same
longest text share a stack, and on a CPU with one thread each student's numbers are the same to the bit.

Letters in shapes: k students, n examples of each, b of a batch, t tokens of the longest, c classes, s steps.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from outlearn.models import Classifier, Stack, Tokens, can_stack
from outlearn.training.batching import batches, num_steps, pad
from outlearn.training.heads import can_share
from outlearn.training.loop import CHECK_EVERY
from outlearn.training.losses import Loss
from outlearn.training.optimiser import adamw, learning_rate_at
from outlearn.training.placement import Placement
from outlearn.training.recipe import Recipe
from outlearn.training.shared_losses import batch_losses, check_finite, lessons_of

WORTH = {"cpu": 2**18, "elsewhere": 2**22}
"""Hidden units of all tokens of a step beyond which a larger one is no faster: they leave a CPU's caches."""

LEAST_BESIDE = 6
"""Students without which a stack is not worth its while: larger ones are bound by arithmetic alone."""

LEAST_FILLED = 0.6
"""Share of a padded batch that must be real tokens on average, for a stack to pay."""


@dataclass(frozen=True, slots=True, eq=False)
class Pupil:
    """A classifier at the start of its training: what `train` would be given."""

    model: Classifier
    inputs: Tokens
    labels: Float[np.ndarray, "n c"]
    weights: Float[np.ndarray, " n"]
    loss: Loss
    recipe: Recipe
    seed: int

    name: str = ""
    """For error messages."""

    @property
    def longest(self) -> int:
        """Return the tokens of its longest text."""
        return int(self.inputs.lengths.max())


def most_beside(pupil: Pupil, placement: Placement) -> int:
    """Return how many such students should take their steps together; 1 if it is better trained alone.

    That depends on the student itself, and never on who else there is.
    """
    recipe = pupil.recipe
    in_step = pupil.longest * min(recipe.batch_size, len(pupil.inputs))
    apart = (
        not can_stack(pupil.model)
        or not can_share(pupil.loss, recipe)
        or recipe.precision != "float32"
        or placement.gradient_checkpointing
        or in_step > placement.train_tokens
        or pupil.inputs.lengths.mean() < LEAST_FILLED * pupil.longest
    )
    worth = WORTH["cpu" if placement.device.type == "cpu" else "elsewhere"]
    most = worth // (in_step * pupil.model.head.in_features)
    return 1 if apart or most < LEAST_BESIDE else most


def stacks_of(pupils: Sequence[Pupil], placement: Placement) -> Iterator[list[int]]:
    """Yield the places of students of one architecture that should take their steps together."""
    alike: dict[tuple[Recipe, int, int, int], list[int]] = {}
    for place, pupil in enumerate(pupils):
        alike.setdefault((pupil.recipe, *pupil.labels.shape, pupil.longest), []).append(place)
    for places in alike.values():
        most = min(most_beside(pupils[place], placement) for place in places)
        num_stacks = -(-len(places) // most)
        ends = [len(places) * one // num_stacks for one in range(num_stacks + 1)]
        yield from (places[start:end] for start, end in pairwise(ends))


def train_stack(pupils: Sequence[Pupil], *, placement: Placement) -> list[Float[np.ndarray, " s"]]:
    """Fine-tune these students in place and return the losses of each, in nats.

    Args:
        pupils: Of one architecture, recipe, number of examples and length of the longest text.
        placement: Device and progress. Nothing is observed or checkpointed.

    Raises:
        TrainingError: If a loss or a gradient is not finite; the student is named.
    """
    if (
        len(pupils) == 1
    ):  # torch adds up along the only row of a matrix in another order than along one of many
        beside = replace(pupils[0], model=copy.deepcopy(pupils[0].model))
        return train_stack([pupils[0], beside], placement=placement)[:1]
    recipe, num_examples, device = pupils[0].recipe, len(pupils[0].inputs), placement.device
    total = num_steps(num_examples, batch_size=recipe.batch_size, epochs=recipe.epochs)
    stack = Stack([pupil.model for pupil in pupils]).to(device).train()
    lessons, optimiser = lessons_of(pupils, device), adamw(stack, recipe, stacked_axes=1)
    everything = np.arange(num_examples)
    texts = [pad(pupil.inputs, everything, device=device) for pupil in pupils]
    ids, lengths = torch.cat([one.ids for one in texts]), torch.cat([one.lengths for one in texts])
    names = [pupil.name or f"student {place}" for place, pupil in enumerate(pupils)]
    losses = torch.zeros(total, len(pupils), device=device)
    for step, batch in enumerate(_batches(pupils)):
        chosen = batch.to(device, non_blocking=True)
        rows = (chosen + lessons.starts[:, None]).flatten()
        optimiser.zero_grad(set_to_none=True)
        scores = stack(ids[rows], lengths[rows])[lessons.place]
        found = batch_losses(lessons, chosen[lessons.place], scores, progress=step / total)[lessons.back]
        torch.autograd.backward(found.sum())
        norms = _clip(stack, clip_norm=recipe.clip_norm)
        # Adds 0, unless the gradient is not finite: as in `train`.
        losses[step] = found.detach() + 0 * norms
        for group in optimiser.param_groups:
            group["lr"] = learning_rate_at(step, num_steps=total, recipe=recipe)
        optimiser.step()
        if (step + 1) % CHECK_EVERY == 0 or step + 1 == total:
            check_finite(losses[: step + 1], names)
        placement.on_step(step + 1, total)
    stack.give_back([pupil.model for pupil in pupils])
    return list(losses.T.contiguous().cpu().numpy())


def _batches(pupils: Sequence[Pupil]) -> Iterator[Int64[Tensor, "k b"]]:
    """Yield every step's examples, a row for each student."""
    recipe, num_examples = pupils[0].recipe, len(pupils[0].inputs)
    orders = [
        batches(num_examples, batch_size=recipe.batch_size, epochs=recipe.epochs, seed=pupil.seed)
        for pupil in pupils
    ]
    for chosen in zip(*orders, strict=True):
        yield torch.from_numpy(np.stack(chosen))


def _clip(stack: Stack, *, clip_norm: float) -> Float32[Tensor, " k"]:
    """Scale each student's gradient down to the largest norm, as `clip_grad_norm_` does; return the norms."""
    slopes = [value.grad.view(stack.num_models, -1) for value in stack.parameters() if value.grad is not None]
    norms = torch.stack([torch.linalg.vector_norm(slope, dim=1) for slope in slopes])
    whole: Tensor = torch.linalg.vector_norm(norms, dim=0)
    factors = (clip_norm / (whole + 1e-6)).clamp(max=1.0)
    for slope in slopes:
        slope.mul_(factors[:, None])
    return whole
