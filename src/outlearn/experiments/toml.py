"""Specs from TOML files, with errors that say where and what is allowed."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from outlearn.core import SpecError
from outlearn.experiments.faults import faults
from outlearn.experiments.spec import Spec


def load_spec(path: Path) -> Spec:
    """Return the experiment in a TOML file.

    Raises:
        SpecError: If the file is missing, is not TOML, or says something that a spec does not allow.
    """
    if not path.is_file():
        raise SpecError(f"there is no file {path}; give the path of an experiment's TOML file")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecError(f"{path.name} is not TOML: {error}") from error
    return parse_spec({"name": _slug(path.stem), **content}, source=path.name)


def parse_spec(content: dict[str, Any], *, source: str) -> Spec:
    """Return a checked spec from its plain content.

    Raises:
        SpecError: If a key is unknown or a value is not allowed; every fault is listed.
    """
    try:
        return Spec.model_validate(content)
    except ValidationError as error:
        told = "\n".join(f"  {line}" for line in faults(error, content=content))
        raise SpecError(f"{source} is not a valid experiment:\n{told}") from error


def _slug(stem: str) -> str:
    kept = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "-" for letter in stem
    )
    return kept.lstrip("._-")[:100] or "experiment"
