"""Splits are read once, however many seeds take turns, and large ones do not fill the memory."""

from pathlib import Path

import pytest

from outlearn.experiments.steps import kept_splits as keeping
from outlearn.experiments.steps.kept_splits import FEWEST, KeptSplits
from outlearn.tasks import Example, Split


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files that were read, each of ten examples."""
    names: list[str] = []

    def read_split(path: Path) -> Split:
        names.append(path.name)
        examples = tuple(Example(str(row), "a text", 0, "group") for row in range(10))
        return Split(teach=examples, transfer=(), validation=(), test=(), notes=())

    monkeypatch.setattr(keeping, "read_split", read_split)
    return names


def test_many_seeds_that_take_turns_are_read_once_each(read: list[str]) -> None:
    kept = KeptSplits()
    first = [kept.read(Path(f"{seed}")) for _ in range(3) for seed in range(20)]
    assert read == [f"{seed}" for seed in range(20)]
    assert all(one is first[place % 20] for place, one in enumerate(first))


def test_of_splits_that_are_too_large_the_last_few_are_kept(
    read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_EXAMPLES", 25)
    kept = KeptSplits()
    for seed in (*range(FEWEST + 1), FEWEST, 1, 0):
        kept.read(Path(f"{seed}"))
    assert read == [*map(str, range(FEWEST + 1)), "0"]
