"""Rows of a file: jsonl, csv, tsv or parquet, plain or packed with gzip or xz.

Every row remembers its file and number, so an error can point at it. Rows are counted from 1 as a person
counts them: the header of a csv is not a row, and a row of a jsonl has the number of its line. A malformed
file is refused at its first malformed row rather than read in part, because a row that is silently left out
changes a result.
"""

import csv
import io
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from outlearn.core.archives import DAMAGED, PACKINGS, open_unpacked
from outlearn.core.errors import DataError
from outlearn.core.parquet_rows import parquet_rows
from outlearn.core.registry import did_you_mean

FORMATS = (".jsonl", ".csv", ".tsv", ".parquet")

_DEEPEST = 50
"""Lists and objects inside one another that a field may hold."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file or data set."""

    fields: Mapping[str, object]
    """Column name to value."""

    where: str
    """Where it stands, for error messages: "pairs.jsonl, row 12"."""


def read_rows(path: Path) -> Iterator[Row]:
    """Return the rows of a file, in order, each read when it is asked for.

    Values of csv and tsv are text; those of jsonl and parquet have the types the file gives them.

    Args:
        path: A file named .jsonl, .csv, .tsv or .parquet, or one of these followed by .gz or .xz.

    Raises:
        DataError: If there is no such file, its ending is unknown, it holds no rows, or a row is malformed
            (the latter when that row is reached); the message names the file and the row.
    """
    packing = path.suffix if path.suffix in PACKINGS else ""
    ending = Path(path.name.removesuffix(packing)).suffix
    if ending not in FORMATS:
        raise DataError(
            f"{path.name}: cannot tell the format from the ending {ending or path.name!r}; allowed are"
            f" {', '.join(FORMATS)}, each plain or followed by {' or '.join(PACKINGS)}"
            + ("; if every line is one JSON object, rename it to .jsonl" if ending == ".json" else "")
        )
    if not os.path.isfile(path):  # unlike Path.is_file, it answers a name no system allows too
        raise DataError(_absent(path))
    return _rows(path, read=_READERS[ending], packing=packing)


def _absent(path: Path) -> str:
    if os.path.isdir(path):
        return f"{path} is a folder; name a file in it"
    if not os.path.isdir(path.parent):
        return f"{path}: there is no folder {path.parent}"
    if os.path.exists(path):
        return f"{path} is no plain file but a pipe, socket or device; write its rows to a file"
    near = did_you_mean(path.name, known=tuple(sorted(entry.name for entry in path.parent.iterdir())))
    return f"no file {path.name!r} in {path.parent}.{near}"


def _rows(
    path: Path, *, read: Callable[[io.BufferedIOBase, str], Iterator[Row]], packing: str
) -> Iterator[Row]:
    row = None
    try:
        with open_unpacked(path, packing=packing) as file:
            for row in read(file, path.name):
                yield _checked(row)
    except DAMAGED as error:
        after = f"after {row.where}" if row else f"{path.name}, before row 1"
        raise DataError(
            f"{after}: the archive is cut short or damaged ({error}); pack the file again"
        ) from error
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error}") from error
    if row is None:
        raise DataError(f"{path.name} is empty: it holds no rows")


def _read_jsonl(file: io.BufferedIOBase, name: str) -> Iterator[Row]:
    blank = 0
    for number, line in enumerate(file, start=1):
        where = f"{name}, row {number}"
        text = _decoded(line, first=number == 1, where=where)
        if not text.strip():
            blank = blank or number
            continue
        if blank:
            raise DataError(f"{name}, row {blank} is blank; remove the empty line")
        yield Row(fields=_object(text, where=where), where=where)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = sorted(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise DataError(f"the field {twice[0]!r} stands twice; keep one")
    return found


_ONCE_EACH = json.JSONDecoder(object_pairs_hook=_unique)
"""Made once: `json.loads` would make one for every row."""


def _object(text: str, *, where: str) -> dict[str, object]:
    try:
        value = _ONCE_EACH.decode(text)
    except DataError as error:
        raise DataError(f"{where}: {error}") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where} is not JSON: {error}; every line must be one JSON object") from error
    if not isinstance(value, dict):
        raise DataError(f"{where} is not a JSON object but {_shown(value)}; write it as {{...}}")
    return value


def _read_csv(file: io.BufferedIOBase, name: str) -> Iterator[Row]:
    return _delimited(file, name, delimiter=",")


def _read_tsv(file: io.BufferedIOBase, name: str) -> Iterator[Row]:
    return _delimited(file, name, delimiter="\t")


def _delimited(file: io.BufferedIOBase, name: str, *, delimiter: str) -> Iterator[Row]:
    records = _records(file, name, delimiter=delimiter)
    columns = next(records, [])
    if not any(cell.strip() for cell in columns):
        raise DataError(f"{name} has no header; its first line must name the columns")
    for place, column in enumerate(columns, start=1):
        if not column.strip():
            raise DataError(f"{name}: column {place} has no name in the header; name it or remove it")
        if columns.count(column) > 1:
            raise DataError(f"{name}: two columns are named {column!r}; rename one of them")
    blank = 0
    for number, record in enumerate(records, start=1):
        if not record:
            blank = blank or number
            continue
        if blank:
            raise DataError(f"{name}, row {blank} is blank; remove the empty line")
        if len(record) != len(columns):
            raise DataError(
                f"{name}, row {number} has {len(record)} fields, but the header has {len(columns)}"
                f" ({', '.join(columns)}); quote a field that holds {delimiter!r} or a line break"
            )
        if len(columns) > 1 and [record[0].removeprefix("\ufeff"), *record[1:]] == columns:
            raise DataError(
                f"{name}, row {number} is the header again; remove it, as after joining two files into one"
            )
        yield Row(fields=dict(zip(columns, record, strict=True)), where=f"{name}, row {number}")


def _records(file: io.BufferedIOBase, name: str, *, delimiter: str) -> Iterator[list[str]]:
    number = 0

    def lines() -> Iterator[str]:
        for index, line in enumerate(file):
            where = f"{name}, row {number}" if number else f"{name}, header"
            yield _decoded(line, first=index == 0, where=where)

    reader = csv.reader(lines(), delimiter=delimiter, strict=True)
    while True:
        try:
            record = next(reader, None)
        except csv.Error as error:
            where = f"{name}, row {number}" if number else f"{name}, header"
            raise DataError(f"{where} is malformed: {error}; see the quotes, or use .jsonl") from error
        if record is None:
            return
        yield record
        number += 1


def _read_parquet(file: io.BufferedIOBase, name: str) -> Iterator[Row]:
    packed = file.read()
    if packed:
        for number, fields in enumerate(parquet_rows(packed, name=name), start=1):
            yield Row(fields=fields, where=f"{name}, row {number}")


_READERS: dict[str, Callable[[io.BufferedIOBase, str], Iterator[Row]]] = {
    ".jsonl": _read_jsonl,
    ".csv": _read_csv,
    ".tsv": _read_tsv,
    ".parquet": _read_parquet,
}


def _decoded(line: bytes, *, first: bool, where: str) -> str:
    if b"\0" in line:
        raise DataError(f"{where} holds NUL bytes; the file is damaged or not UTF-8 text")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{where} is not UTF-8: {error.reason} at byte {error.start}; save it as UTF-8"
        ) from error
    return text.removeprefix("\ufeff") if first else text


def _checked(row: Row) -> Row:
    """Return the row, once no text in it is of a kind that cannot be hashed or written again."""
    for column, value in row.fields.items():
        inner: Iterable[str] = (value,) if isinstance(value, str) else ()
        if isinstance(value, dict | list | tuple):
            inner = _texts(value, where=f"{row.where}, field {column!r}")
        for text in (column, *inner):
            if "\0" in text:
                raise DataError(f"{row.where}, field {column!r} holds a NUL character; remove it")
            if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
                raise DataError(
                    f"{row.where}, field {column!r} holds half a surrogate pair; write whole characters"
                )
    return row


def _texts(value: object, *, where: str) -> Iterable[str]:
    level = [value]
    for _ in range(_DEEPEST):
        yield from (item for item in level if isinstance(item, str))
        level = [inner for item in level for inner in _inside(item)]
        if not level:
            return
    raise DataError(f"{where} holds more than {_DEEPEST} lists or objects inside one another; flatten it")


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return (*value, *value.values())
    return value if isinstance(value, list | tuple) else ()


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except RecursionError:
        text = "lists without end"
    return text if len(text) <= 60 else f"{text[:57]}..."
