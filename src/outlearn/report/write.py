"""A run's files: the page alone, or the page with its table, summary and figure beside it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from outlearn.analysis import (
    Grid,
    SliceRow,
    Summary,
    compare,
    cost,
    load_run,
    results_frame,
    summarise,
    to_json,
)
from outlearn.analysis.anatomy import Reading, anatomy, reading_of
from outlearn.analysis.forecasts import forecasts
from outlearn.core import UsageError
from outlearn.report.asked import axes_of
from outlearn.report.difficulty_part import difficulty_csv, difficulty_rows
from outlearn.report.drawing import png
from outlearn.report.figures import Evidence, evidence, task_figures
from outlearn.report.figures_part import FILE, figure_file
from outlearn.report.files import write_atomically
from outlearn.report.forecast_tables import forecast_tables
from outlearn.report.page import page
from outlearn.report.tables import comparison_csv, results_csv
from outlearn.store import Store


@dataclass(frozen=True, slots=True)
class Outputs:
    """The files of a run."""

    results: Path
    """One row a task, teacher, student, method and seed (CSV)."""

    comparison: Path
    """Every method against naive, with adjusted p-values (CSV)."""

    summary: Path
    """Every cell with its intervals (JSON)."""

    report: Path
    """The page (HTML)."""

    figure: Path
    """Accuracy and PGR (PNG)."""

    summarised: Summary
    """What the files tell, so that nobody need work it out again."""

    difficulty: tuple[SliceRow, ...] = ()
    """Every cell on every slice of difficulty, as difficulty.csv holds them; without difficulties there is no
    such file."""


def write_report(store: Store, name: str, *, out: Path) -> Path:
    """Return the path of a run's page, once it is whole.

    Raises:
        UsageError: If the store has no run at all, or the file cannot be written.
        StoreError: If it has no run of that name; the message suggests the nearest.
    """
    reading = reading_of(store)
    grid = _load(reading, name)
    return write_atomically(out, content=_html(reading, _gathered(reading, grid), grid))


def write_outputs(store: Store, name: str, *, folder: Path) -> Outputs:
    """Return the paths of a run's files in a folder.

    They are results.csv, comparison.csv, summary.json, report.html and figure.png.

    Raises:
        UsageError: If the store has no run, no cell of the run is complete, or a file cannot be written.
        StoreError: If it has no run of that name; the message suggests the nearest.
    """
    reading = reading_of(store)
    grid = _load(reading, name)
    of = _gathered(reading, grid)
    difficulty = tuple(of.difficulty)
    told = json.dumps(to_json(of.summary), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if difficulty:
        write_atomically(folder / "difficulty.csv", content=difficulty_csv(difficulty).encode())
    return Outputs(
        results=write_atomically(folder / "results.csv", content=results_csv(results_frame(grid))),
        comparison=write_atomically(
            folder / "comparison.csv", content=comparison_csv(of.comparison).encode()
        ),
        summary=write_atomically(folder / "summary.json", content=told.encode()),
        report=write_atomically(folder / "report.html", content=_html(reading, of, grid)),
        figure=write_atomically(folder / "figure.png", content=png(_first_figure(of))),
        summarised=of.summary,
        difficulty=difficulty,
    )


def gathered(store: Store, name: str) -> Evidence:
    """Return all that a run's figures and its page are made of.

    Raises:
        UsageError: If the store has no run at all.
        StoreError: If it has no run of that name; the message suggests the nearest.
    """
    reading = reading_of(store)
    return _gathered(reading, _load(reading, name))


def _gathered(reading: Reading, grid: Grid) -> Evidence:
    store = reading.store
    manifest = store.read_run(grid.name)
    return evidence(
        summarise(grid),
        comparison=compare(grid),
        anatomy=anatomy(reading, grid.name),
        difficulty=difficulty_rows(store, grid, manifest),
        manifest=manifest,
        axes=axes_of(manifest),
    )


def _first_figure(of: Evidence) -> str:
    """Return accuracy and PGR of every task as one SVG file.

    Raises:
        UsageError: If no cell has a result yet.
    """
    if not of.summary.cells:
        raise UsageError(f"run {of.name!r} has no finished cell to draw; finish it with `outlearn run`")
    figures = list(task_figures(of).values())
    panels = tuple(
        replace(panel, title=f"{task}{', ' if panel.title else ''}{panel.title}")
        for task, figure in zip(of.tasks, figures, strict=True)
        for panel in figure.panels
    )
    return figure_file(replace(figures[0], title=f"Accuracy and PGR, {of.name}", panels=panels), width=FILE)


def _load(reading: Reading, name: str) -> Grid:
    store = reading.store
    if not store.run_names():
        raise UsageError(
            f"the store {store.root} holds no run yet;"
            " make one with `outlearn run EXPERIMENT.toml` or `outlearn demo`"
        )
    return load_run(reading, name)


def _html(reading: Reading, of: Evidence, grid: Grid) -> bytes:
    store = reading.store
    made = page(
        of,
        results=results_frame(grid),
        cost=cost(store, of.name),
        versions=_versions(store, of.manifest),
        forecasts=forecast_tables(forecasts(reading, of.name)),
    )
    return made.encode()


def _versions(store: Store, manifest: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return what computed a run's finished records; where records differ, every version is named."""
    found: dict[str, set[str]] = {}
    cells = manifest.get("cells")
    names = {
        str(cell.get(role) or "")
        for cell in (cells if isinstance(cells, list) else [])
        for role in ("weak", "student_record", "ceiling", "curve")
    }
    for made in sorted(names - {""}):
        if store.has(made):
            for part, version in store.read(made).provenance.items():
                found.setdefault(part, set()).add(version)
    return [(part, ", ".join(sorted(versions))) for part, versions in found.items()]
