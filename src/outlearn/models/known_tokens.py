"""Texts that were tokenised before: their ids, found by content and shared by all processes of a run.

What a tokenizer makes of a text follows from its files and the text alone, so ids are found by a digest of
each. Whoever asks for any texts, in any order, gets the ids that the tokenizer would give. Until a folder is
named ids stay in memory; then all new texts of a request become one file there, which others map. Files can
be deleted at any time, and one that is damaged is made again. No torch and no transformers.

Shapes: k texts that are asked for.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from jaxtyping import Bool, UInt64

from outlearn.models.token_files import (
    NAME_LETTERS,
    Shelf,
    digests_of,
    is_whole,
    map_shelf,
    shelf_files,
    shelf_of,
    together,
    without,
    write_shelf,
)
from outlearn.models.tokens import Tokens, chained, frozen, pack, taken

UNPLACED_BYTES = 256 * 2**20
"""Most memory for ids while there is no folder for them; texts beyond it are tokenised again."""

Make = Callable[[list[str]], list[list[int]]]


class KnownTokens:
    """Token ids by tokenizer and text. Its state is what this process has tokenised or mapped."""

    def __init__(self) -> None:
        self._shelves: dict[str, list[Shelf]] = {}
        self._folders: tuple[Path, ...] = ()  # one at most
        self._looked_in: tuple[Path, ...] = ()  # one at most
        self._mapped: set[str] = set()

    def rows(self, texts: Sequence[str], *, tokenizer: str, make: Make) -> Tokens:
        """Return the ids of every text, nothing cut.

        Args:
            texts: What is read.
            tokenizer: Digest of all that decides the ids beside the text.
            make: Gives the ids of texts that are not known yet.
        """
        if not texts:
            return pack([], num_cut=0)
        wanted = digests_of(texts)
        if not self._known(wanted, tokenizer=tokenizer).all():
            with self._locked(tokenizer):
                self._map_new(tokenizer)
                missing = np.flatnonzero(~self._known(wanted, tokenizer=tokenizer))
                _, firsts = np.unique(wanted[missing], axis=0, return_index=True)
                new = missing[np.sort(firsts)].tolist()
                if len(new):
                    made = pack(make([texts[row] for row in new]), num_cut=0)
                    self._put(shelf_of(wanted[new], made), tokenizer=tokenizer)
        return self._gathered(wanted, texts, tokenizer=tokenizer, make=make)

    def keep_in(self, folder: Path) -> None:
        """Keep ids in that folder from now on, those that were made before included."""
        self._looked_in = ()
        if self._folders == (folder,):
            return
        folder.mkdir(parents=True, exist_ok=True)
        before = self._shelves
        self._shelves, self._folders, self._mapped = {}, (folder,), set()
        for tokenizer, shelves in before.items():
            own = together(shelves)
            with self._locked(tokenizer):
                self._map_new(tokenizer)
                self._put(without(own, self._known(own.digests, tokenizer=tokenizer)), tokenizer=tokenizer)

    def look_in(self, folder: Path) -> None:
        """Read the ids that a folder holds, if it is there, changing nothing in it; others stay in memory."""
        self._looked_in = (folder,)

    @contextmanager
    def let_go(self) -> Iterator[None]:
        """Let go of the folder and of all ids in the end."""
        try:
            yield
        finally:
            self._shelves, self._folders, self._looked_in, self._mapped = {}, (), (), set()

    def _known(self, wanted: UInt64[np.ndarray, "k 2"], *, tokenizer: str) -> Bool[np.ndarray, "k"]:
        known = np.zeros(len(wanted), dtype=bool)
        for shelf in self._shelves.get(tokenizer, []):
            if known.all():
                break
            known |= shelf.find(wanted) >= 0
        return known

    def _put(self, shelf: Shelf, *, tokenizer: str) -> None:
        if not len(shelf.digests):
            return
        for folder in self._folders:
            path = write_shelf(shelf, folder, tokenizer=tokenizer)
            self._mapped.add(path.name)
            shelf = map_shelf(path)
        kept = [one.tokens.ids.nbytes for shelves in self._shelves.values() for one in shelves]
        if self._folders or sum(kept) + shelf.tokens.ids.nbytes <= UNPLACED_BYTES:
            self._shelves.setdefault(tokenizer, []).insert(0, shelf)

    def _map_new(self, tokenizer: str) -> None:
        """Map the files that others wrote, and remove those that are damaged."""
        for folder in (*self._folders, *self._looked_in):
            for path in shelf_files(folder, tokenizer=tokenizer):
                if path.name in self._mapped:
                    continue
                if not is_whole(path):  # what is missing then is tokenised again
                    if folder in self._folders:
                        path.unlink(missing_ok=True)
                    continue
                self._mapped.add(path.name)
                self._shelves.setdefault(tokenizer, []).insert(0, map_shelf(path))

    @contextmanager
    def _locked(self, tokenizer: str) -> Iterator[None]:
        """Hold the folder's lock for a tokenizer, so that no two processes tokenise the same text."""
        if not self._folders:
            yield
            return
        from filelock import FileLock

        with FileLock(self._folders[0] / f"{tokenizer[:NAME_LETTERS]}.lock"):
            yield

    def _gathered(
        self, wanted: UInt64[np.ndarray, "k 2"], texts: Sequence[str], *, tokenizer: str, make: Make
    ) -> Tokens:
        """Return the rows of all texts: views of one shelf where it holds them all."""
        parts, rows = [], []
        left = np.arange(len(wanted))
        for shelf in self._shelves.get(tokenizer, []):
            places = shelf.find(wanted[left])
            here = places >= 0
            if len(left) == len(wanted) and here.all():
                tokens = shelf.tokens
                return frozen(tokens.ids, tokens.lengths[places], tokens.starts[places])
            parts.append(taken(shelf.tokens, places[here]))
            rows.append(left[here])
            left = left[~here]
        if len(left):  # memory was short
            parts.append(pack(make([texts[row] for row in left.tolist()]), num_cut=0))
            rows.append(left)
        found, place = chained(parts), np.empty(len(wanted), dtype=np.int64)
        place[np.concatenate(rows)] = np.arange(len(wanted))
        return frozen(found.ids, found.lengths[place], found.starts[place])


KNOWN_TOKENS = KnownTokens()
"""What this process knows."""
