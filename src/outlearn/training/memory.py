"""What a training run will hold in memory, and how many tokens of it a micro-batch may have.

    weights + gradients + optimiser + activations

The first three follow from the parameters. Activations are measured, not guessed: the longest example goes
forward and backward twice and three times side by side, and the bytes alive are noted whenever there is
something new. Each of these numbers grows linearly with the tokens, so together they say what any micro-batch
of examples no longer than that holds at its worst moment, with or without gradient checkpointing.

How the answer is used is placement: it may only make micro-batches smaller than asked for.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64
from torch import nn

from outlearn.core import TrainingError
from outlearn.models import free_bytes
from outlearn.training.allocator import gaps, give_back_at_once
from outlearn.training.batching import batch
from outlearn.training.inputs import Inputs, joined, num_texts
from outlearn.training.meter import Meter
from outlearn.training.out_of_memory import LESS, Budget, until_it_fits
from outlearn.training.placement import Placement
from outlearn.training.precision import autocast
from outlearn.training.recipe import Recipe
from outlearn.training.vocabulary import RowsInUse

USED = 0.9
"""Share of the free memory that is planned with: allocators cannot use all of it."""

FEW_TOKENS = 512
"""Micro-batches of fewer cost more time than memory that is given back at once."""


@dataclass(frozen=True, slots=True)
class Activations:
    """Bytes that a forward and backward pass holds beside weights and gradients."""

    lines: tuple[tuple[float, float], ...]
    """(bytes, bytes a token) at the moments that matter: the worst of them counts."""

    def bytes_of(self, tokens: int) -> int:
        """Return what a micro-batch of so many padded tokens holds at its worst moment."""
        return round(max(fixed + rate * tokens for fixed, rate in self.lines))

    def tokens_in(self, num_bytes: float) -> float:
        """Return the most padded tokens for which so many bytes are enough; below 0 if none are."""
        fits = [(num_bytes - fixed) / rate for fixed, rate in self.lines if rate > 0]
        flat = max((fixed for fixed, rate in self.lines if rate <= 0), default=0.0)
        return -1.0 if flat > num_bytes else min(fits, default=float("inf"))


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that a training run holds."""

    weights: int
    """With the rows of an embedding that no text uses, and of which nothing else is held."""

    gradients: int

    optimiser: int
    """With the averaged weights, where there are any."""

    activations: Activations

    longest: int
    """Padded tokens of the longest example."""

    def total(self, tokens: int) -> int:
        """Return the most that is held at a time, micro-batches being of so many padded tokens at most."""
        return self.weights + self.gradients + self.optimiser + self.activations.bytes_of(tokens)


def planned_tokens(model: nn.Module, inputs: Inputs, *, recipe: Recipe, placement: Placement) -> int:
    """Return the most padded tokens of a micro-batch: what was asked for, or less if memory is short.

    Raises:
        TrainingError: If the longest example does not fit alone.
    """
    return tokens_that_fit(memory_of(model, inputs, recipe=recipe, placement=placement), placement)


def memory_of(model: nn.Module, inputs: Inputs, *, recipe: Recipe, placement: Placement) -> Memory:
    """Return what training the model on these inputs holds; the model is as before, without gradients.

    Args:
        model: In train mode on its device, with gradient checkpointing on if it is to be.
        inputs: What it reads.
        recipe: Its optimiser, precision and average.
        placement: The device.

    Raises:
        TrainingError: If not even the longest example goes through.
    """
    trainable = [value for value in model.parameters() if value.requires_grad]
    gradients = sum(value.nbytes for value in trainable)
    average = gradients if recipe.ema_decay else 0
    unused = sum(table.whole[0].weight.nbytes for table in _tables(model))
    return Memory(
        weights=sum(value.nbytes for value in (*model.parameters(), *model.buffers())) + unused,
        gradients=gradients,
        optimiser=sum(_moments(value, recipe) for value in trainable) + average,
        activations=_activations(model, inputs, recipe=recipe, placement=placement),
        longest=int(inputs.lengths.max()),
    )


def tokens_that_fit(memory: Memory, placement: Placement) -> int:
    """Return as `planned_tokens` does."""
    beside, longest = memory.gradients + memory.optimiser, memory.longest
    room = USED * free_bytes(placement.device) / placement.sharers
    fitting = memory.activations.tokens_in(room / gaps(placement.device) - beside)
    if fitting >= min(placement.train_tokens, max(longest, FEW_TOKENS)):
        return int(min(placement.train_tokens, max(fitting, longest)))
    give_back_at_once()
    free = free_bytes(placement.device)
    alone = memory.activations.bytes_of(longest)
    if beside + alone > free:
        raise TrainingError(
            f"training needs {_in_words(beside + alone)} beside the weights"
            f" ({_in_words(memory.gradients)} for gradients, {_in_words(memory.optimiser)} for the optimiser,"
            f" {_in_words(alone)} for the activations of one example of {longest} tokens), and"
            f" {placement.device} has"
            f" {_in_words(free)} left; {LESS}"
        )
    fitting = memory.activations.tokens_in(USED * free / placement.sharers - beside)
    return int(min(placement.train_tokens, max(fitting, longest)))


def _moments(value: nn.Parameter, recipe: Recipe) -> int:
    """Return the bytes that the optimiser keeps for a parameter."""
    if recipe.optimiser == "adamw":
        return 2 * value.nbytes
    if value.ndim < 2:
        return value.nbytes
    return value.nbytes // value.shape[-1] + value.nbytes // value.shape[-2]


_measured: dict[object, tuple[int, Activations]] = {}
"""What was measured, and with how many tokens an example, by the shapes of the model and all else that
decides: many students of a grid are alike."""

ROWS_ALIKE = 1024
"""Rows of a vocabulary by which models may differ and be taken for alike."""

ALIKE = 1.25
"""How many times longer the example may be that was measured: it holds no less, and hardly more."""


def _activations(model: nn.Module, inputs: Inputs, *, recipe: Recipe, placement: Placement) -> Activations:
    longest = int(inputs.lengths.max())
    # How many rows of the vocabulary are in use differs from text to text, and matters little.
    few = {id(table.weight): ROWS_ALIKE for table in _tables(model)}
    shapes = tuple(
        (len(value) // few.get(id(value), 1), *value.shape[1:], value.requires_grad) if value.ndim else ()
        for value in model.parameters()
    )
    how = (placement.device, placement.gradient_checkpointing, recipe.precision, torch.get_num_threads())
    key = (type(model), type(inputs), num_texts(inputs), shapes, how)
    tokens, _ = _measured.get(key, (0, None))
    if not longest <= tokens <= ALIKE * longest:
        row = int(inputs.lengths.argmax())

        def measure(tokens: int) -> Activations:
            def alive(number: int) -> np.ndarray:
                return _alive(model, inputs, np.full(number, row), recipe=recipe, device=placement.device)

            if tokens < 3 * longest:  # there was no memory for that many
                return Activations(((0.0, float(alive(1).max()) / longest),))
            # Not of one: nothing is laid out for a batch there, and other operations do the same.
            return Activations(_upper(alive(2), alive(3), tokens=longest))

        found = until_it_fits(
            measure, Budget(3 * longest), lengths=np.full(3, longest), model=model, state=()
        )
        _measured[key] = (longest, found)
    return _measured[key][1]


def _tables(model: nn.Module) -> list[RowsInUse]:
    return [module for module in model.modules() if isinstance(module, RowsInUse)]


def _alive(
    model: nn.Module, inputs: Inputs, rows: np.ndarray, *, recipe: Recipe, device: torch.device
) -> Float64[np.ndarray, " o"]:
    """Return the bytes alive whenever something is made forward and backward; no gradient is left."""
    hooks = [
        # Gradients have their place already when the next micro-batch comes: only new ones are added to it.
        value.register_post_accumulate_grad_hook(_drop)  # type: ignore[no-untyped-call]
        for value in model.parameters()
        if value.requires_grad
    ]
    read = batch(inputs, rows, device=device)
    try:
        with Meter((*model.parameters(), *model.buffers(), *read)) as meter:
            with autocast(recipe, device):
                logits = model(*read)
            torch.autograd.backward(joined(inputs, logits.float()).square().sum())
    finally:
        for hook in hooks:
            hook.remove()
    return np.array(meter.alive, dtype=np.float64)


def _drop(value: torch.Tensor) -> None:
    value.grad = None


def _upper(
    two: Float64[np.ndarray, " o"], three: Float64[np.ndarray, " p"], *, tokens: int
) -> tuple[tuple[float, float], ...]:
    """Return the lines, of bytes by tokens, that are the highest somewhere.

    Args:
        two: Bytes alive with two examples side by side.
        three: The same with three.
        tokens: Of each example.
    """
    if len(two) != len(three):  # what is done depends on the texts: the worst moments are taken for the same
        two, three = two.max(keepdims=True), three.max(keepdims=True)
    rates = (three - two) / tokens
    lines = zip((two - 2 * rates * tokens).tolist(), rates.tolist(), strict=True)
    kept: list[tuple[float, float]] = []
    for fixed, rate in sorted(lines, key=lambda line: line[1]):
        while kept and kept[-1][0] <= fixed:
            kept.pop()  # it begins below and rises no faster
        kept.append((fixed, rate))
    return tuple(kept)


def _in_words(num_bytes: int) -> str:
    return f"{num_bytes / 2**30:.2f} GiB" if num_bytes >= 2**30 else f"{num_bytes / 2**20:.0f} MiB"
