"""One page of all that the benchmarks found: `docs/performance.md`, with its plots beside it.

    python -m benchmarks.performance FOLDER                 from the tables in FOLDER, for docs/
    python -m benchmarks.performance FOLDER --docs OTHER    the same, for another folder

FOLDER holds what benchmarks wrote with `--into FOLDER`, a JSON file each (`benchmarks.measured`). Two of them
are written by hand, in the same form: `before-and-after`, with the columns "what", "before", "after", "ratio"
and "note", and `did-not-help`, likewise. Tables stand in the order of `ORDER`, unknown ones after them.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

from benchmarks.goals import COLUMNS, judged
from benchmarks.measured import Measured, kept, markdown
from benchmarks.plots import plot

ORDER = (
    "peer-shape",
    "utilisation",
    "changes",
    "padding",
    "prediction",
    "memory",
    "start-up",
    "reuse",
    "stack",
    "heads",
    "growth-planning",
    "growth-store",
    "growth-run",
    "growth-examples",
    "growth-tokens",
    "growth-grid",
    "growth",
)
"""How the names of tables begin, in the order of the page."""

BY_HAND = ("before-and-after", "did-not-help")
INTRODUCTION = """\
# Performance

What Outlearn takes, measured by the programs in `benchmarks/`. This page is made of their tables by
`python -m benchmarks.performance FOLDER`; every table has the command that gives it again and the machine
that it was measured on. Ratios compare what was measured in one run; seconds of different tables may not.

"OAI" and "EAI" are the usual loops of the two public code bases of the field, written anew from their
description: one row a forward pass, float32, batches as they come, evaluation as often as they do it, nothing
kept for the next run. Utilisation is the arithmetic that a model needs, on real tokens alone, over the time
it took times the measured peak of a matrix product.
"""
EMPTY = {
    "before-and-after": "Nothing noted yet.",
    "did-not-help": "Nothing noted yet.",
}
ON_A_GPU = """\
These are the commands for a machine with a GPU; their tables then stand here, with the name of the device.

    python -m benchmarks.utilisation --device cuda --into FOLDER
    python -m benchmarks.memory --device cuda --into FOLDER
    python -m benchmarks.memory --shapes 24x2048 --tokens 16384 --device cuda --into FOLDER
    python -m benchmarks.growth --only training --device cuda --into FOLDER
    python -m benchmarks.heads --device cuda
"""


def main() -> None:
    """Write the page and its plots."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--docs", type=Path, default=Path("docs"))
    given = parser.parse_args()
    files = sorted(given.folder.glob("*.json"))
    print(f"Making {given.docs / 'performance.md'} of {len(files)} tables.")
    tables = {found.name: found for found in map(kept, files)}
    write(tables, docs=given.docs)


def write(tables: Mapping[str, Measured], *, docs: Path) -> Path:
    """Return the page that was written; plots that it no longer shows are removed."""
    plots = docs / "performance"
    plots.mkdir(parents=True, exist_ok=True)
    for old in plots.glob("*.svg"):
        old.unlink()
    for one in tables.values():
        if one.plot:
            (plots / f"{one.name}.svg").write_text(plot(one))
    page = docs / "performance.md"
    page.write_text(text(tables))
    return page


def text(tables: Mapping[str, Measured]) -> str:
    """Return the page."""
    parts = [INTRODUCTION, "## Goals\n", markdown(COLUMNS, judged(tables))]
    parts.append("## Before and after each change\n")
    parts.append(_by_hand(tables, "before-and-after"))
    parts.append("## Measured\n")
    parts += [_section(tables[name]) for name in in_order(tables) if not _on_gpu(tables[name])]
    parts.append("## What did not help\n")
    parts.append(_by_hand(tables, "did-not-help"))
    parts.append("## On a GPU\n")
    found = [_section(tables[name]) for name in in_order(tables) if _on_gpu(tables[name])]
    parts += found or [ON_A_GPU]
    return "\n".join(parts)


def in_order(tables: Mapping[str, Measured]) -> list[str]:
    """Return the names of the tables as the page has them, without those written by hand."""

    def place(name: str) -> tuple[int, str]:
        known = [number for number, start in enumerate(ORDER) if name.startswith(start)]
        return (known[0] if known else len(ORDER), name)

    return sorted((name for name in tables if name not in BY_HAND), key=place)


def _by_hand(tables: Mapping[str, Measured], name: str) -> str:
    if name not in tables:
        return f"{EMPTY[name]}\n"
    found = tables[name]
    return "\n".join([markdown(found.columns, found.rows), *found.notes, ""])


def _section(found: Measured) -> str:
    picture = f"![{found.title}](performance/{found.name}.svg)\n" if found.plot else ""
    parts = [
        f"### {found.title}\n",
        f"`{found.command}` ({found.machine})\n",
        markdown(found.columns, found.rows),
        "\n".join(f"{note}\n" for note in found.notes),
        picture,
    ]
    return "\n".join(part for part in parts if part)


def _on_gpu(found: Measured) -> bool:
    return any(word in found.machine for word in ("NVIDIA", "AMD Instinct", "cuda"))


if __name__ == "__main__":
    main()
