"""Which examples a step sees, and how they are cut to fit the device.

The *batch* is meaning: its members follow from the seed alone. The *micro-batch* is placement: a batch is
sorted by length and cut under a budget of padded tokens, which changes memory and padding but not the
gradient.

Letters in shapes: b examples, t tokens.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from outlearn.core import generator
from outlearn.models import Features, Tokens
from outlearn.training.inputs import Inputs, Options, Orders, Pairs, Read, Scored, texts_of

PADDING = 0
"""The id that stands after texts shorter than others beside them; what a model makes of it is not read."""


@dataclass(frozen=True, slots=True)
class Padded:
    """Texts of different lengths side by side, padded on the right."""

    ids: Int[Tensor, "b t"]
    lengths: Int[Tensor, " b"]


def num_steps(num_examples: int, *, batch_size: int, epochs: int) -> int:
    """Return the number of optimiser steps; the last, shorter batch of an epoch counts."""
    return epochs * -(-num_examples // batch_size)


def batches(
    num_examples: int, *, batch_size: int, epochs: int, seed: int, skip: int = 0
) -> Iterator[np.ndarray]:
    """Yield the row numbers of every batch, each epoch in a new order that follows from the seed.

    Args:
        num_examples: Rows to choose from.
        batch_size: Rows a batch; the last batch of an epoch may be shorter, and no row is left out.
        epochs: Passes over the rows.
        seed: Root of the order; the same seed gives the same order to every method.
        skip: Batches at the start that were already trained on.
    """
    done = 0
    for epoch in range(epochs):
        order = generator(seed, "order", epoch).permutation(num_examples)
        for start in range(0, num_examples, batch_size):
            if done >= skip:
                yield order[start : start + batch_size]
            done += 1


def micro_batches(rows: np.ndarray, *, lengths: np.ndarray, max_tokens: int) -> list[np.ndarray]:
    """Return places in `rows`, cut into pieces of similar length of at most `max_tokens` tokens once padded.

    A single row longer than the budget is a piece of its own.
    """
    order = np.argsort(lengths[rows], kind="stable")
    ordered = lengths[rows][order].tolist()
    pieces: list[np.ndarray] = []
    start = 0
    for end in range(1, len(order) + 1):
        too_long = end < len(order) and (end + 1 - start) * ordered[end] > max_tokens
        if too_long or end == len(order):
            pieces.append(order[start:end])
            start = end
    return pieces


def batch(inputs: Inputs, rows: np.ndarray, *, device: torch.device) -> tuple[Tensor, ...]:
    """Return what a model is called with for these rows."""
    match inputs:
        case Scored():
            firsts = torch.from_numpy(inputs.firsts[rows]).to(device, non_blocking=True)
            return (*_called_with(inputs.tokens, rows, device), firsts)
        case Options():
            return _called_with(inputs.texts, texts_of(rows, inputs.num_options), device)
        case Orders():
            asked = texts_of(rows, 2) if inputs.consistent else 2 * rows
            return _called_with(inputs.texts, asked, device)
        case _:
            return _called_with(inputs, rows, device)


def _called_with(texts: Read, rows: np.ndarray, device: torch.device) -> tuple[Tensor, ...]:
    match texts:
        case Tokens():
            padded = pad(texts, rows, device=device)
            return padded.ids, padded.lengths
        case Features():
            chosen = texts.values[torch.from_numpy(texts.rows[rows])]
            return (chosen.to(device, non_blocking=True),)
        case Pairs():
            return (*_called_with(texts.first, rows, device), *_called_with(texts.second, rows, device))


def pad(tokens: Tokens, rows: np.ndarray, *, device: torch.device) -> Padded:
    """Return the texts of these rows, padded on the right to the longest of them.

    The padding's value is never read: positions come from `lengths`.
    """
    lengths = tokens.lengths[rows]
    ids = np.full((len(rows), int(lengths.max())), PADDING, dtype=np.int64)
    for place, row in enumerate(rows.tolist()):
        ids[place, : lengths[place]] = tokens.row(int(row))
    return Padded(
        ids=torch.from_numpy(ids).to(device, non_blocking=True),
        lengths=torch.from_numpy(lengths.astype(np.int64)).to(device, non_blocking=True),
    )
