"""What the checks of shapes in these tests promise of the package's functions."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from jaxtyping import TypeCheckError, install_import_hook

WRITTEN = """
import numpy as np
from dataclasses import dataclass
from jaxtyping import Float
Rows = Float[np.ndarray, "n c"]
One = Float[np.ndarray, " n"]

@dataclass
class Pair:
    rows: Rows
    one: One

def total(rows: Rows, one: One) -> One:
    return one if one.sum() else rows

def inside(given: One, squared: bool) -> object:
    def inner(one: One) -> One:
        return one[:, None] if squared else one * given
    return inner(given)

def named(number: int) -> str:
    return number
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    (tmp_path / "written_here.py").write_text(WRITTEN)
    monkeypatch.syspath_prepend(tmp_path)
    hook = install_import_hook("written_here", "beartype.beartype")
    yield importlib.import_module("written_here")
    hook.uninstall()
    del sys.modules["written_here"]


def test_one_letter_is_one_size_in_a_function_a_record_and_what_is_returned(written: ModuleType) -> None:
    assert written.total(np.ones((2, 3)), np.ones(2)).shape == (2,)
    for broken in (written.total, written.Pair):
        with pytest.raises(TypeCheckError, match="one"):
            broken(np.ones((2, 3)), np.ones(3))
    with pytest.raises(TypeCheckError, match="return"):
        written.total(np.ones((2, 3)), np.zeros(2))
    with pytest.raises(TypeCheckError, match="violates"):
        written.named(1)


def test_a_function_inside_another_is_checked_at_every_call_with_what_it_holds(written: ModuleType) -> None:
    assert written.inside(np.full(2, 3.0), False).tolist() == [9, 9]
    assert written.inside(np.full(3, 2.0), False).tolist() == [4, 4, 4]
    for _ in range(2):
        with pytest.raises(TypeCheckError, match="return"):
            written.inside(np.ones(2), True)
