"""Token ids of many texts, end to end, with explicit lengths. No torch.

Lengths are kept beside the ids, so nothing downstream ever asks which ids are padding: in GPT-2 the id
that is often taken for padding is "!".

Shapes: n tokens of all texts together, r texts, t tokens of one text, k texts that are taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32, Int64


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """Token ids of many texts, end to end, unpadded; the arrays are read-only."""

    ids: Int32[np.ndarray, "n"]
    lengths: Int64[np.ndarray, "r"]
    starts: Int64[np.ndarray, "r"]
    """Where each text starts in `ids`."""

    num_cut: int
    """How many texts lost their start."""

    def __len__(self) -> int:
        return len(self.lengths)

    def row(self, index: int) -> Int32[np.ndarray, "t"]:
        """Return the ids of one text: a read-only view."""
        start = self.starts[index]
        return self.ids[start : start + self.lengths[index]]

    def lists(self) -> list[list[int]]:
        """Return the ids of every text."""
        return [self.row(index).tolist() for index in range(len(self))]


def pack(rows: list[list[int]], *, num_cut: int) -> Tokens:
    """Return the rows end to end."""
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    flat = np.fromiter((token for row in rows for token in row), dtype=np.int32, count=int(lengths.sum()))
    return frozen(flat, lengths, starts, num_cut=num_cut)


def taken(tokens: Tokens, rows: Int64[np.ndarray, "k"]) -> Tokens:
    """Return copies of these rows, end to end."""
    lengths = tokens.lengths[rows]
    starts = np.cumsum(lengths) - lengths
    places = np.arange(int(lengths.sum())) + np.repeat(tokens.starts[rows] - starts, lengths)
    return frozen(tokens.ids[places], lengths, starts)


def chained(parts: Sequence[Tokens]) -> Tokens:
    """Return the rows of all parts, one part after the other; each part's rows lie end to end in order."""
    lengths = np.concatenate([part.lengths for part in parts])
    return frozen(
        np.concatenate([part.ids for part in parts]),
        lengths,
        np.cumsum(lengths) - lengths,
        num_cut=sum(part.num_cut for part in parts),
    )


def frozen(
    ids: Int32[np.ndarray, "n"],
    lengths: Int64[np.ndarray, "r"],
    starts: Int64[np.ndarray, "r"],
    *,
    num_cut: int = 0,
) -> Tokens:
    """Return the arrays, read-only from now on."""
    for array in (ids, lengths, starts):
        array.setflags(write=False)
    return Tokens(ids=ids, lengths=lengths, starts=starts, num_cut=num_cut)
