"""Splits that this process has read: most steps of a run share a few, one for each task and seed.

What is at a record's path never changes. Cells take turns with their seeds, so a few splits more than are
kept would have each read anew by every step; they are kept by what they hold and not by their number.
"""

from pathlib import Path

from outlearn.tasks import Split, read_split

MOST_EXAMPLES = 100_000
"""Examples of all splits that are kept; an example takes about a kilobyte beside its text."""

FEWEST = 4
"""Splits that are kept however large they are."""


class KeptSplits:
    """Splits by their file, those used longest ago first; its state is what is kept."""

    def __init__(self) -> None:
        self._kept: dict[Path, Split] = {}

    def read(self, path: Path) -> Split:
        """Return what a record's file holds, read once as long as it is kept."""
        split = self._kept.pop(path) if path in self._kept else read_split(path)
        self._kept[path] = split
        while len(self._kept) > FEWEST and sum(map(_size, self._kept.values())) > MOST_EXAMPLES:
            del self._kept[next(iter(self._kept))]
        return split


def _size(split: Split) -> int:
    return sum(len(part) for part in split.parts.values())


kept_splits = KeptSplits()
"""What this process keeps."""
