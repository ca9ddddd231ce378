"""A file of texts that were tokenised together: digests of the texts, and their token ids to be mapped.

It is one safetensors file named by the tokenizer and by its own sha256, so a damaged one is told from a whole
one, and it is put in place by one move.

Shapes: r texts of a file, k texts that are asked for.
"""

import hashlib
import json
import mmap
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Int64, UInt64

from outlearn.core import digest_file
from outlearn.models.tokens import Tokens, chained, frozen, taken

DIGEST_BYTES = 16
NAME_LETTERS = 32
"""Of the tokenizer's digest, in a file's name."""


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """Texts that were tokenised together, in order of their digests."""

    digests: UInt64[np.ndarray, "r 2"]
    tokens: Tokens

    def find(self, wanted: UInt64[np.ndarray, "k 2"]) -> Int64[np.ndarray, "k"]:
        """Return the row of each text, -1 where it is not here."""
        places = np.searchsorted(self.digests[:, 0], wanted[:, 0])
        places = np.minimum(places, len(self.digests) - 1)
        # Of two digests with the same first half only one is found: the other text is tokenised again.
        here = (self.digests[places] == wanted).all(axis=1)
        return np.where(here, places, -1)


def digests_of(texts: Sequence[str]) -> UInt64[np.ndarray, "r 2"]:
    """Return the digest of every text, as two numbers."""
    made = b"".join(
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()
        for text in texts
    )
    return np.frombuffer(made, dtype=np.uint64).reshape(-1, 2)


def shelf_of(digests: UInt64[np.ndarray, "r 2"], tokens: Tokens) -> Shelf:
    """Return the texts on a shelf."""
    order = np.argsort(digests[:, 0], kind="stable")
    return Shelf(digests[order], taken(tokens, order))


def together(shelves: Sequence[Shelf]) -> Shelf:
    """Return one shelf with what stands on several, each text once."""
    digests, tokens = (
        np.concatenate([one.digests for one in shelves]),
        chained([one.tokens for one in shelves]),
    )
    _, firsts = np.unique(digests, axis=0, return_index=True)
    return shelf_of(digests[firsts], taken(tokens, firsts))


def without(shelf: Shelf, known: Bool[np.ndarray, "r"]) -> Shelf:
    """Return the texts of a shelf that are not known."""
    rows = np.flatnonzero(~known)
    return Shelf(shelf.digests[rows], taken(shelf.tokens, rows))


def write_shelf(shelf: Shelf, folder: Path, *, tokenizer: str) -> Path:
    """Return the file that holds the shelf from now on; whoever writes for that tokenizer does so in turn."""
    from safetensors.numpy import save_file

    name = tokenizer[:NAME_LETTERS]
    draft = folder / f"{name}.draft"
    tokens = shelf.tokens
    save_file({"digests": shelf.digests, "lengths": tokens.lengths, "ids": tokens.ids}, draft)
    path = folder / f"{name}-{digest_file(draft)}.safetensors"
    os.replace(draft, path)
    return path


def shelf_files(folder: Path, *, tokenizer: str) -> list[Path]:
    """Return the files that hold texts as a tokenizer reads them."""
    return sorted(folder.glob(f"{tokenizer[:NAME_LETTERS]}-*.safetensors"))


def is_whole(path: Path) -> bool:
    """Return whether a file holds what was written."""
    return digest_file(path) == path.stem.rpartition("-")[2]


def map_shelf(path: Path) -> Shelf:
    """Return what a file holds, mapped: only pages that are read take memory."""
    with path.open("rb") as file:
        whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    (size,) = struct.unpack("<Q", whole[:8])
    header: dict[str, Any] = json.loads(whole[8 : 8 + size])

    def array(name: str, dtype: type) -> Any:
        start, end = header[name]["data_offsets"]
        count = (end - start) // np.dtype(dtype).itemsize
        return np.frombuffer(whole, dtype=dtype, count=count, offset=8 + size + start)

    lengths = array("lengths", np.int64)
    tokens = frozen(array("ids", np.int32), lengths, np.cumsum(lengths) - lengths)
    return Shelf(array("digests", np.uint64).reshape(-1, 2), tokens)
