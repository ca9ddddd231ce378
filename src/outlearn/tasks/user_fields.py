"""What a field of the user's own file may hold, by its role: text, label, group, id, difficulty.

Blanks around a label, group or id and characters that cannot be seen are refused: they make two of what a
reader takes for one, which for groups means that a passage is taught and tested on.
"""

import unicodedata
from collections.abc import Sequence

from outlearn.core import Row
from outlearn.tasks.fields import field, wrong

LONGEST_LABEL = 200
"""Characters of a class's name: it stands in tables."""

_LABEL = "text, a whole number, or true and false"
_MISSING = ("", "nan", "null", "<na>", "#n/a")


def whole_text_field(row: Row, *, name: str) -> str:
    """Return the text in a field as it stands.

    Raises:
        DataError: If the field is absent, not text, or holds nothing that can be seen.
    """
    value = field(row, name=name)
    if not isinstance(value, str) or not any(map(_is_seen, value)):
        raise wrong(row, name=name, allowed="text that is not empty")
    return value


def label_field(row: Row, *, name: str) -> str | int | bool:
    """Return the label in a field.

    Raises:
        DataError: If the field is absent, empty, a fraction, or not a class's name.
    """
    value = field(row, name=name)
    missing = value is None or (isinstance(value, float) and value != value)
    if missing or (isinstance(value, str) and value.strip().lower() in _MISSING):
        raise wrong(row, name=name, allowed=f"{_LABEL}; the label is missing, so add it or remove the row")
    if isinstance(value, float):
        raise wrong(
            row,
            name=name,
            allowed=f"{_LABEL}; write whole numbers without a decimal point; soft labels are a teacher's",
        )
    if not isinstance(value, str | int):
        raise wrong(row, name=name, allowed=_LABEL)
    if len(shown := str(value)) > LONGEST_LABEL:
        raise wrong(
            row, name=name, allowed=f"a class's name of at most {LONGEST_LABEL} characters, not {len(shown)}"
        )
    if isinstance(value, str):
        _check_plain(value, row, name=name)
    return value


def key_field(row: Row, *, name: str) -> str:
    """Return the name of a group or an example in a field.

    Raises:
        DataError: If the field is absent, empty, or neither text nor a whole number.
    """
    value = field(row, name=name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise wrong(row, name=name, allowed="text or a whole number")
    if isinstance(value, str):
        if not value.strip():
            raise wrong(row, name=name, allowed="text that is not empty, or a whole number")
        _check_plain(value, row, name=name)
    return str(value)


def check_ids(ids: Sequence[str], *, rows: Sequence[Row], name: str) -> None:
    """Return if no two rows have the same id.

    Raises:
        DataError: If two have; the message names both rows.
    """
    first: dict[str, Row] = {}
    for id, row in zip(ids, rows, strict=True):
        known = first.setdefault(id, row)
        if known is not row:
            raise wrong(row, name=name, allowed=f"an id of its own; it is also that of {known.where}")


def _check_plain(value: str, row: Row, *, name: str) -> None:
    if value != value.strip():
        raise wrong(row, name=name, allowed="text without blanks around it")
    if not value.isprintable() or "\ufffd" in value:
        hidden = [letter for letter in value if not letter.isprintable() or letter == "\ufffd"]
        raise wrong(
            row, name=name, allowed=f"text without characters that cannot be seen; remove {hidden[0]!r}"
        )


def _is_seen(letter: str) -> bool:
    return unicodedata.category(letter)[0] not in "CZ"
