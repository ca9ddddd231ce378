"""What to cite: the entries of `papers.bib`, and the keys that a method's `reference` names.

A reference reads "key, sec. 4.2; key, app. B": one or more parts, each a key of `papers.bib` and where in
that paper. The reader of BibTeX below knows what that file needs and no more: entries whose values stand in
braces or quotation marks or are numbers, and text between entries, which is skipped.
"""

import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from types import MappingProxyType

from outlearn.core.errors import DataError, UnknownName
from outlearn.core.registry import did_you_mean

WIDTH = 100
_BEGINS = re.compile(r"^[ \t]*(?=@)", re.MULTILINE)
_ENTRY = re.compile(r"@(?P<kind>[A-Za-z]+)\s*\{\s*(?P<key>[^\s,{}]+)\s*,")
_FIELD = re.compile(r"\s*(?P<name>[A-Za-z][A-Za-z0-9_-]*)\s*=\s*")
_NUMBER = re.compile(r"\d+")
_AFTER = re.compile(r"\s*(?:,\s*(?P<end>\})?|(?P<last>\}))")
_KEY = re.compile(r"[a-z][a-z-]*(?:19|20)\d\d[a-z0-9]*")


@dataclass(frozen=True, slots=True)
class BibEntry:
    """One entry of a BibTeX file."""

    kind: str
    """What it is, in lower case: "article", "misc"."""

    key: str
    fields: Mapping[str, str]
    """Names in the case they have, with their values on one line, in the order of the file."""

    def __str__(self) -> str:
        """Return the entry as BibTeX, a field a line."""
        fields = (
            textwrap.fill(
                f"{name} = {{{value}}}",
                width=WIDTH,
                initial_indent="  ",
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            )
            for name, value in self.fields.items()
        )
        return f"@{self.kind}{{{self.key},\n" + ",\n".join(fields) + "\n}"


def parse_bibtex(text: str, *, where: str) -> tuple[BibEntry, ...]:
    """Return the entries of a BibTeX text, in its order.

    Args:
        text: Entries, and between them anything that does not begin a line with @.
        where: What errors call the text.

    Raises:
        DataError: If an entry is malformed or a key stands twice.
    """
    entries: dict[str, BibEntry] = {}
    place = 0
    while begins := _BEGINS.search(text, place):
        found = _ENTRY.match(text, begins.end())
        if not found:
            raise DataError(f"{where}: expected an entry '@kind{{key, ...', got {_shown(text, begins.end())}")
        key = found["key"]
        what = f"{where}, entry {key!r}"
        if key in entries:
            raise DataError(f"{what}: the key stands twice; rename or remove one")
        fields, place = _fields(text, found.end(), what=what)
        entries[key] = BibEntry(kind=found["kind"].lower(), key=key, fields=MappingProxyType(fields))
    return tuple(entries.values())


def _fields(text: str, place: int, *, what: str) -> tuple[dict[str, str], int]:
    """Return an entry's fields, and the place after its last brace."""
    fields: dict[str, str] = {}
    while True:
        named = _FIELD.match(text, place)
        if not named:
            raise DataError(f"{what}: expected 'name = {{value}}', got {_shown(text, place)}")
        name = named["name"]
        if name in fields:
            raise DataError(f"{what}: the field {name!r} stands twice; remove one")
        end = _value_end(text, named.end(), what=f"{what}, field {name!r}")
        value = text[named.end() : end]
        fields[name] = " ".join((value if value.isdigit() else value[1:-1]).split())
        after = _AFTER.match(text, end)
        if not after:
            raise DataError(f"{what}: expected a comma or }} after {name!r}, got {_shown(text, end)}")
        place = after.end()
        if after["end"] or after["last"]:
            return fields, place


def _value_end(text: str, start: int, *, what: str) -> int:
    """Return the place after the value that starts there."""
    number = _NUMBER.match(text, start)
    if number:
        return number.end()
    opening = text[start : start + 1]
    if opening not in ("{", '"'):
        raise DataError(f'{what}: a value stands in {{}} or "" or is a number, got {_shown(text, start)}')
    depth = 0
    for place in range(start, len(text)):
        letter = text[place]
        depth += (letter == "{") - (letter == "}")
        closed = letter == "}" if opening == "{" else letter == '"' and place > start
        if depth < 0 or (depth == 0 and closed):
            break
    else:
        depth = -1
    if depth < 0:
        raise DataError(f"{what}: the value that begins with {_shown(text, start)} does not end")
    return place + 1


def _shown(text: str, place: int) -> str:
    return repr(text[place : place + 30]) if place < len(text) else "the end of the text"


@cache
def papers() -> Mapping[str, BibEntry]:
    """Return the entries of Outlearn's own `papers.bib` by key."""
    text = files("outlearn").joinpath("papers.bib").read_text(encoding="utf-8")
    return MappingProxyType({entry.key: entry for entry in parse_bibtex(text, where="papers.bib")})


def bibtex(keys: Iterable[str]) -> str:
    """Return the entries of these keys as BibTeX, in the order given, each once.

    Raises:
        UnknownName: If `papers.bib` has no such key; the message suggests the nearest.
    """
    known = papers()
    wanted = tuple(dict.fromkeys(keys))
    for key in wanted:
        if key not in known:
            raise UnknownName(f"papers.bib has no entry {key!r}.{did_you_mean(key, known=tuple(known))}")
    return "\n\n".join(str(known[key]) for key in wanted)


def keys_of(reference: str) -> tuple[str, ...]:
    """Return the keys that a method's reference names, each once.

    Of "burns2023weak, sec. 4.3.2" that is ("burns2023weak",). A part that does not begin with a key, as a
    plug-in's may not, names none.
    """
    begun = (part.partition(",")[0].strip() for part in reference.split(";"))
    return tuple(dict.fromkeys(word for word in begun if _KEY.fullmatch(word)))


def key_of(entry: str) -> str:
    """Return the key of a single entry given as BibTeX; "" if it is none."""
    found = _ENTRY.match(entry.strip())
    return found["key"] if found else ""


def software() -> BibEntry:
    """Return the entry of Outlearn itself, of the version that is installed."""
    return BibEntry(
        kind="software",
        key="outlearn",
        fields=MappingProxyType({"title": "Outlearn", "version": version("outlearn")}),
    )
