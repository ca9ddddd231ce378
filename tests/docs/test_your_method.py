"""What docs/your-method.md shows works as it stands."""

import importlib
import re
import sys
from pathlib import Path

import pytest
import torch

from outlearn.methods import Method, check_method, methods
from tests.docs.test_readme import README

PAGE = (Path(__file__).parents[2] / "docs" / "your-method.md").read_text()
FILES = dict(re.findall(r"^```python (\S+)\n(.*?)^```", PAGE, flags=re.S | re.M))
torch.set_num_threads(1)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(methods, "_factories", dict(methods._factories))
    return tmp_path


@pytest.mark.parametrize("name", ["sharpened", "near", "twice"])
def test_the_methods_shown_keep_every_promise(written: Path, name: str) -> None:
    module = importlib.import_module(name)
    made = "near_the_middle" if name == "near" else name
    try:
        check_method(made)
        assert isinstance(methods[made](), Method)
    finally:
        sys.modules.pop(module.__name__)


def test_the_readme_names_the_page() -> None:
    assert "docs/your-method.md" in README
