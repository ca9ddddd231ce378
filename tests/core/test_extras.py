"""What is said when an optional dependency is not there."""

import sys
from pathlib import Path

import pytest

from outlearn.core import MissingExtra, UsageError, require


def test_a_module_that_is_there_is_given() -> None:
    assert require("json", extra="lora") is sys.modules["json"]


def test_a_missing_module_is_answered_with_what_to_install() -> None:
    for module in ("a_module_that_is_nowhere", "a_module_that_is_nowhere.part"):
        with pytest.raises(MissingExtra, match=rf"needs {module}, .*pip install 'outlearn\[lora\]'"):
            require(module, extra="lora")
    assert issubclass(MissingExtra, UsageError)


def test_a_module_that_is_there_but_broken_says_so_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "half_installed.py").write_text("import a_module_that_is_nowhere")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="a_module_that_is_nowhere"):
        require("half_installed", extra="lora")
