"""What a run shows while it works: one bar over all steps, weighted by cost, and what is being done now."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Column

    from outlearn.runners import Plan

LIGHT = 1.0
"""Weight of a step that trains nothing, in billions of operations."""


def weights(plan: "Plan") -> Mapping[str, float]:
    """Return each step's work: about 6 operations a weight and token to train, 2 to predict."""
    from outlearn.experiments import ResolvedModel

    models = (*plan.resolved.teachers, *plan.resolved.students)
    sizes = {m.source.digest: m.source.parameters for m in models if isinstance(m, ResolvedModel)}
    found: dict[str, float] = {}
    for step in plan.to_run:
        work = plan.work.get(step.fingerprint)
        operations = (6 * work.train_tokens + 2 * work.predict_tokens) if work else 0
        found[step.fingerprint] = LIGHT + operations * sizes.get(str(step.meaning.get("model")), 0) / 1e9
    return found


@contextmanager
def progress_bar(plan: "Plan") -> Iterator[Callable[[str, float], None]]:
    """Show a bar on the terminal while the block runs; yields what to call with (fingerprint, share done)."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.table import Column

    weight = weights(plan)
    titles = {step.fingerprint: step.title for step in plan.to_run}
    done: dict[str, float] = {}
    # Only the step's name may be cut: it is what gives way on a narrow terminal.
    columns = (
        TextColumn("{task.fields[steps]}", table_column=_whole(len(f"{len(weight)}/{len(weight)} steps"))),
        BarColumn(bar_width=20, table_column=_whole(20)),
        TaskProgressColumn(table_column=_whole(4)),
        TimeElapsedColumn(table_column=_whole(7)),
        TimeRemainingColumn(table_column=_whole(7)),
        TextColumn("[dim]{task.description}", table_column=Column(no_wrap=True, ratio=1)),
    )
    with Progress(*columns, console=Console(stderr=True), expand=True) as bar:
        task = bar.add_task("", total=sum(weight.values()), steps=f"0/{len(weight)} steps")

        def on_progress(fingerprint: str, share: float) -> None:
            done[fingerprint] = share
            finished = sum(one >= 1 for one in done.values())
            bar.update(
                task,
                completed=sum(weight.get(name, 0.0) * one for name, one in done.items()),
                steps=f"{finished}/{len(weight)} steps",
                description=titles.get(fingerprint, ""),
            )

        yield on_progress


def _whole(width: int) -> "Column":
    """Return a column that keeps its width."""
    from rich.table import Column

    return Column(no_wrap=True, min_width=width)
