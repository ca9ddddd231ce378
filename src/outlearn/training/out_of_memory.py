"""Memory that turns out too small: less is held at a time, and the same work is done again.

How many tokens a micro-batch may hold follows from measured memory (see `memory`). Other programs take memory
too, so it can run out all the same. Then what was begun is dropped, half as many tokens are allowed, and the
work is repeated with the same numbers: how a batch is cut is placement. Any other error is raised as it is.

Letters in shapes: b examples of a batch, n examples, p examples of a piece.
"""

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor, nn

from outlearn.core import TrainingError
from outlearn.training.allocator import give_back_at_once
from outlearn.training.batching import micro_batches

Found = TypeVar("Found")

SAID_BY = ("can't allocate memory", "MPS backend out of memory", "CUBLAS_STATUS_ALLOC_FAILED")
"""What errors say that are no `torch.OutOfMemoryError` and mean the same: those of the CPU's allocator, of
Apple's GPUs and of a library of NVIDIA's that finds no room to work in."""

LESS = (
    "gradient checkpointing (--gradient-checkpointing), bfloat16 (precision), LoRA (track), a smaller"
    ' optimiser (optimiser = "adafactor") and shorter texts (max_tokens) need less'
)
"""What to do."""


@dataclass(slots=True)
class Budget:
    """How many tokens a micro-batch may hold; halved for good whenever they do not fit."""

    tokens: int

    def halve(self, lengths: Int64[np.ndarray, " b"], *, error: Exception) -> None:
        """Allow half of what was tried on texts of these lengths, but never less than the longest of them.

        Raises:
            TrainingError: If no more than the longest was tried.
        """
        tried, longest = min(self.tokens, len(lengths) * int(lengths.max())), int(lengths.max())
        if tried <= longest:
            raise TrainingError(
                f"memory does not hold what one example of {longest} tokens needs"
                f" ({_first_line(error)}); {LESS}"
            ) from error
        self.tokens = max(tried // 2, longest)


def until_it_fits(
    work: Callable[[int], Found],
    budget: Budget,
    *,
    lengths: Int64[np.ndarray, " b"],
    model: nn.Module,
    state: tuple[Tensor, ...],
) -> Found:
    """Return what the work gives, done again with half as many tokens at a time for as long as need be.

    The gradient of work that was not finished is dropped, and the state is put back.

    Args:
        work: Works out a step's gradient, of at most so many tokens at a time.
        budget: How many; what is found here stays.
        lengths: Of the texts of the step.
        model: Where the gradient goes, which holds none before.
        state: What the work may change beside it.

    Raises:
        TrainingError: If memory does not hold the longest text alone.
    """
    before = [value.clone() for value in state]
    while True:
        try:
            return work(budget.tokens)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            budget.halve(lengths, error=error)
        # Only here, where the error and the tensors that its traceback held are gone.
        model.zero_grad(set_to_none=True)
        for value, own in zip(state, before, strict=True):
            value.copy_(own)
        _release()


def pieces_that_fit(
    work: Callable[[np.ndarray], Found], *, lengths: Int64[np.ndarray, " n"], max_tokens: int
) -> Iterator[tuple[Int64[np.ndarray, " p"], Found]]:
    """Yield pieces of similar length, and what the work gave for each; what is left is cut anew if need be.

    Args:
        work: Reads the examples of a piece and changes nothing.
        lengths: Of all examples.
        max_tokens: The most tokens of a piece; a single longer example is one all the same.

    Raises:
        TrainingError: If memory does not hold the longest example alone.
    """
    budget = Budget(max_tokens)
    left = micro_batches(np.arange(len(lengths)), lengths=lengths, max_tokens=max_tokens)
    while left:
        piece = left[0]
        try:
            found = work(piece)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            budget.halve(lengths[piece], error=error)
        else:
            yield piece, found
            left = left[1:]
            continue
        _release()
        rows = np.concatenate(left)
        left = [rows[cut] for cut in micro_batches(rows, lengths=lengths, max_tokens=budget.tokens)]


def is_out_of_memory(error: Exception) -> bool:
    """Return whether an error says that there is no memory left, of whichever device."""
    return isinstance(error, torch.OutOfMemoryError) or any(said in str(error) for said in SAID_BY)


def _release() -> None:
    """Give what nobody holds any more back to the device."""
    gc.collect()
    give_back_at_once()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
