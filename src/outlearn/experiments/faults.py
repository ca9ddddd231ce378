"""What is wrong with a spec, in words: where, what was found there and what is allowed."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from outlearn.core import did_you_mean
from outlearn.experiments.choices import KINDS, Generative, ModelChoice, TeacherChoice
from outlearn.experiments.spec import Spec
from outlearn.experiments.tracks import Full, Lora, ProbeTrack
from outlearn.tasks import Sizes
from outlearn.training import Recipe

TRACKS: Mapping[str, type[BaseModel]] = {"full": Full, "lora": Lora, "probe": ProbeTrack}
TABLES: Mapping[str, type] = {
    "generative": Generative,
    "like": ModelChoice,
    "members": ModelChoice,
    "recipe": Recipe,
    "sizes": Sizes,
    "strong": ModelChoice,
    "students": ModelChoice,
    "via": ModelChoice,
}
"""What stands at a key, where the key alone tells."""

NUMBERS = frozenset({"int", "float", "constrained-int", "constrained-float"})
"""What pydantic adds to the place of a number that could also be a word."""

Place = tuple[str | int, ...]


def faults(error: ValidationError, *, content: Mapping[str, Any]) -> list[str]:
    """Return a line for each thing that is wrong.

    Args:
        error: From the validation of a spec.
        content: What was validated.
    """
    found: list[dict[str, Any]] = [dict(fault) for fault in error.errors(include_url=False)]
    places: list[Place] = [fault["loc"] for fault in error.errors(include_url=False)]
    words = {fault["loc"][:-1]: fault["ctx"]["expected"] for fault in found if _is_word(fault["loc"])}
    return [
        _line(fault, content, words=words.get(fault["loc"][:-1], "") if _is_number(fault["loc"]) else "")
        for fault in found
        if not _echo(fault, places)
    ]


def _is_number(place: Place) -> bool:
    """Return whether a fault is that of a number which could also be a word, such as "ladder"."""
    return bool(place) and place[-1] in NUMBERS


def _is_word(place: Place) -> bool:
    return bool(place) and str(place[-1]).startswith("literal[")


def _echo(fault: Mapping[str, Any], places: Sequence[Place]) -> bool:
    """Return whether a fault follows from one that is told of too."""
    place = fault["loc"]
    if fault["type"] == "too_short":  # pydantic leaves out what is wrong before it counts
        return any(other[: len(place)] == place and other != place for other in places)
    if _is_word(place) and any(_is_number(other) and other[:-1] == place[:-1] for other in places):
        return True  # told with the number
    if "literal['experiment']" in place:  # the other thing that a model's track may be
        return any(other[: len(place) - 1] == place[:-1] and other != place for other in places)
    return False


def _line(fault: Mapping[str, Any], content: Mapping[str, Any], *, words: str) -> str:
    # pydantic names the members of a union in brackets, and a track's kind where there is no such key.
    place = [part for part in fault["loc"] if not (isinstance(part, str) and {"[", "("} & set(part))]
    kind = next((TRACKS[part] for part in place if part in TRACKS), None)
    place = [part for part in place if part not in TRACKS]
    place = place[:-1] if _is_number(fault["loc"]) else place
    where = ".".join(map(str, place)) or "the experiment"
    known = _keys(place[:-1], content, kind)
    got = f"; got {fault['input']!r}" if len(place) > 1 or fault["input"] != content else ""
    match fault["type"]:
        case "extra_forbidden" | "unexpected_keyword_argument":
            hint = did_you_mean(str(place[-1]), known=known)
            return f"{where}: no such key.{hint} Keys {_at(place[:-1])}: {', '.join(known)}"
        case "missing":
            return f"{where}: is missing. Keys {_at(place[:-1])}: {', '.join(known)}{got}"
        case "union_tag_invalid":
            kinds = ", ".join(map(repr, TRACKS))
            return f"{where}: no such kind of training. Kinds: {kinds}; got {fault['ctx']['tag']!r}"
        case "tuple_type":
            number = "a number, or " if place == ["seeds"] else ""
            return f"{where}: must be {number}a list, in [brackets]{got}"
        case "too_short":
            return f"{where}: must hold at least one; got {content.get(where, fault['input'])!r}"
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{where}: {message[0].lower()}{message[1:]}{f', or {words}' if words else ''}{got}"


def _at(place: Sequence[str | int]) -> str:
    return "here" if place else "at the top"


def _keys(place: Sequence[str | int], content: Mapping[str, Any], kind: type | None) -> tuple[str, ...]:
    """Return the keys that are allowed at a place."""
    names = [part for part in place if isinstance(part, str)]
    if not names:
        return _fields(Spec)
    if kind is not None and names[-1] == "track":
        return _fields(kind)
    if names == ["teachers"]:
        value: Any = content
        for part in place:
            value = value[part]
        return _fields(next((found for key, found in KINDS.items() if key in value), TeacherChoice))
    return _fields(TABLES[names[-1]]) if names[-1] in TABLES else ()


def _fields(table: type) -> tuple[str, ...]:
    if dataclasses.is_dataclass(table):
        return tuple(field.name for field in dataclasses.fields(table))
    assert issubclass(table, BaseModel)
    return tuple(table.model_fields)
