"""What a benchmark found, printed as a table and kept as JSON: `benchmarks.performance` makes the page."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Measured:
    """One table of measurements, all taken in one run."""

    name: str
    """Lower case with dashes: the file's name, and where the page puts it."""

    title: str
    command: str
    """What gives the table again."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    """Sentences below the table: what is compared with what, and what was scaled."""

    plot: tuple[str, ...] = ()
    """Columns of a plot with logarithmic axes: that of x, then those of y; empty for a table alone."""

    machine: str = ""
    """Filled in by `keep`."""


def machine() -> str:
    """Return the processor or GPU, threads and torch's version, in words."""
    if torch.cuda.is_available():
        return f"{torch.cuda.get_device_name()}, torch {torch.__version__}"
    return f"{_processor()}, {torch.get_num_threads()} threads, torch {torch.__version__}"


def keep(found: Measured, folder: Path | None) -> None:
    """Print the table in Markdown and, where a folder is given, write it there as JSON."""
    told = asdict(found) | {"machine": machine()}
    print(f"### {found.title}\n\n`{found.command}` ({told['machine']})\n")
    print(markdown(found.columns, found.rows))
    print("\n".join(found.notes), flush=True)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"{found.name}.json.draft"
        draft.write_text(json.dumps(told, indent=1) + "\n")
        os.replace(draft, folder / f"{found.name}.json")


def kept(file: Path) -> Measured:
    """Return what `keep` wrote."""
    told = json.loads(file.read_text())
    lists = {key: tuple(told[key]) for key in ("columns", "notes", "plot")}
    return Measured(**(told | lists | {"rows": tuple(map(tuple, told["rows"]))}))


def markdown(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Return the table in Markdown, numbers on the right."""
    numbers = [all(isinstance(row[place], int | float) for row in rows) for place in range(len(columns))]
    lines = [columns, ["---:" if number else "---" for number in numbers]]
    lines += [[_shown(cell) for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _shown(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"{cell:.3g}" if abs(cell) < 100 else f"{cell:,.0f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text().splitlines() if listed.exists() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()
