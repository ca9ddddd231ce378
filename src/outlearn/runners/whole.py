"""A run: an experiment resolved, planned, executed where it is not done already, and noted in the store."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from outlearn.analysis import Summary, load_run, results_frame, summarise
from outlearn.analysis.anatomy import NO_COLUMNS, Anatomy, anatomy
from outlearn.analysis.forecasts import Forecasts, forecasts
from outlearn.experiments import (
    Graph,
    Resolved,
    ResolvedTeacher,
    Spec,
    Step,
    Work,
    by_cell,
    citations,
    describe_splits,
    estimate,
    plan,
    prepare,
    resolve,
)
from outlearn.labels import overlap_share
from outlearn.models import KNOWN_TOKENS
from outlearn.runners.costs import Costs
from outlearn.runners.crew import with_crew
from outlearn.runners.journal import Journal, OnProgress, beating, ignore_progress
from outlearn.runners.kept import done_steps, keeping_weights, remove_lacking
from outlearn.runners.local import run_steps
from outlearn.runners.options import RunOptions
from outlearn.runners.partial import Partial
from outlearn.runners.processes import start_early
from outlearn.runners.telling import Told
from outlearn.runners.tracking import Tracking, open_trackers, tracking
from outlearn.runners.worker import TOKENS, choose_device
from outlearn.store import Store, open_store


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do."""

    resolved: Resolved
    graph: Graph
    cached: tuple[Step, ...]
    """Steps whose records the store holds, with all that is to be kept of them."""

    to_run: tuple[Step, ...]
    work: Mapping[str, Work]
    """Fingerprint of each training step to run to what it will cost."""


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run, read back from its store."""

    name: str
    store: Store
    num_computed: int
    """Steps that this call executed; 0 if everything was in the store."""

    num_cached: int
    """Steps that were in the store before."""

    def results(self) -> pl.DataFrame:
        """Return one row per task, teacher, student, method and seed: accuracies and PGR."""
        return results_frame(load_run(self.store, self.name))

    def summary(self) -> Summary:
        """Return accuracies and PGR over seeds, with intervals."""
        return summarise(load_run(self.store, self.name))

    def anatomy(self, *, columns: pl.DataFrame = NO_COLUMNS) -> Anatomy:
        """Return what students took from their teachers, cell by cell.

        Args:
            columns: What else to slice the test set by: `id` and any columns, a row an example.
        """
        return anatomy(self.store, self.name, columns=columns)

    def forecasts(self) -> Forecasts:
        """Return what could have been told of the students without test labels, against what came of it."""
        return forecasts(self.store, self.name, density=overlap_share)


def make_plan(spec: Spec, *, store: Store | None, options: RunOptions, base: Path) -> Plan:
    """Return what a run of this spec would do, having checked everything that can be checked without a model.

    Args:
        spec: The experiment.
        store: What is done already; None plans for an empty store.
        options: Placement.
        base: Folder that the spec's relative paths start from.

    Raises:
        UsageError: If anything the spec names cannot be found or used.
    """
    resolved = resolve(spec, data_dir=options.data_dir, base=base)
    graph = plan(resolved)
    keep = options.keep_weights
    if keep:
        graph = replace(graph, steps=keeping_weights(graph.steps))
    cached = tuple(done_steps(graph.steps, store, keep_weights=keep)) if store is not None else ()
    done = {step.fingerprint for step in cached}
    to_run = tuple(step for step in graph.steps if step.fingerprint not in done)
    return Plan(resolved=resolved, graph=graph, cached=cached, to_run=to_run, work=estimate(resolved, to_run))


def ignore_plan(made: Plan) -> None:
    """Show nothing."""


def run(
    spec: Spec,
    *,
    store: Path | str = "outlearn-store",
    options: RunOptions | None = None,
    base: Path | str = ".",
    on_plan: Callable[[Plan], None] = ignore_plan,
    on_progress: OnProgress = ignore_progress,
) -> Run:
    """Run an experiment, reusing every step the store already holds.

    Interrupt it at any moment and call it again: it goes on, and its numbers are those of an undisturbed run.

    Args:
        spec: The experiment.
        store: Folder of the store; made if it does not exist.
        options: Placement; the default is this process and the best device it has.
        base: Folder that the spec's relative paths start from.
        on_plan: Called once with what will be done.
        on_progress: Called with how far the run is, a few times a second.

    Raises:
        UsageError: If the spec or its data cannot be used; the store is then as it was.
        OutlearnError: If a step fails.
    """
    options = options or RunOptions()
    listening = open_trackers(options.track)
    choose_device(options, rank=0)
    with KNOWN_TOKENS.let_go():
        opened = open_store(Path(store)) if Path(store).exists() else None
        if opened is not None:  # not written to until all is known to be well
            KNOWN_TOKENS.look_in(opened.cache(TOKENS))
        made = make_plan(spec, store=opened, options=options, base=Path(base))
        options = _with_crew(made, options)
        if opened is None:
            opened = open_store(Path(store))
        KNOWN_TOKENS.keep_in(opened.cache(TOKENS))
        on_plan(made)
        told = made.resolved.spec.model_dump(mode="json")
        with tracking(
            listening, run=spec.name, spec=told, store=opened, sealed=is_sealed(made.resolved)
        ) as trackers:
            remove_lacking(made.to_run, store=opened)
            prepare(made.resolved, store=opened)
            opened.write_run(manifest(made, command=" ".join(["outlearn", *sys.argv[1:]])))
            _run_watched(made, store=opened, options=options, trackers=trackers, on_progress=on_progress)
    return Run(name=spec.name, store=opened, num_computed=len(made.to_run), num_cached=len(made.cached))


def _with_crew(made: Plan, options: RunOptions) -> RunOptions:
    """Return the options with a number of workers, who begin to be started."""
    crewed = with_crew(
        options,
        made.graph.steps,
        left=made.work,
        sizes=_sizes(made.resolved),
        device=choose_device(options, rank=0),
    )
    start_early(workers=crewed.num_workers if made.to_run else 1)
    return crewed


def _sizes(resolved: Resolved) -> dict[str, int]:
    """Return every model's parameters, by its digest."""
    return {model.source.digest: model.source.parameters for model in resolved.models}


def is_sealed(resolved: Resolved) -> bool:
    """Return whether nobody but its evaluator may compare a run's answers with gold."""
    return any(task.sealed for task in resolved.tasks)


def _run_watched(
    made: Plan, *, store: Store, options: RunOptions, trackers: Tracking, on_progress: OnProgress
) -> None:
    """Run the steps of a plan; meanwhile the store, trackers and `on_progress` are told how far they are."""
    steps = {step.fingerprint: step for step in made.graph.steps}
    costs = Costs(made.work, _sizes(made.resolved))
    costs.learn_from(made.cached, store=store)
    done = [step.fingerprint for step in made.cached]
    # Where nothing is left to do there is nothing to watch: thousands of records need not be read for it.
    shown = made.to_run and not is_sealed(made.resolved)
    journal = Journal(
        made.resolved.spec.name,
        to_run=made.to_run,
        num_cached=len(made.cached),
        workers=options.num_workers,
        costs=costs,
        partial=Partial(made.graph.cells if shown else (), store=store, done=done),
        on_progress=on_progress,
    )

    def on_told(told: Told) -> None:
        if told.state == "done":
            for name in told.steps:
                journal.learn(name, store=store)
                trackers.log(steps[name], store=store)
        journal.told(told)

    # Splits and imported labels are there by now.
    prepared = tuple(step.fingerprint for step in made.to_run if store.has(step.fingerprint))
    journal.told(Told(prepared, 0, "done"))
    with beating(journal, store=store):
        run_steps(by_cell(made.graph), store=store, options=options, on_told=on_told)


def manifest(made: Plan, *, command: str) -> dict[str, object]:
    """Return what the store keeps of a run besides its records: which of them are its results."""
    models = {student.name: student for student in made.resolved.students}
    # A chain labels with its last model, so that is the size it has.
    teachers = [one for one in made.resolved.teachers if isinstance(one, ResolvedTeacher)]
    models |= {one.name: (one.model, *one.via)[-1] for one in teachers}
    return {
        "name": made.resolved.spec.name,
        "spec": made.resolved.spec.model_dump(mode="json"),
        "command": command,
        "cells": [
            {
                "task": cell.task,
                "teacher": cell.teacher,
                "student": cell.student,
                "method": cell.method,
                "seed": cell.seed,
                "weak": cell.weak.fingerprint,
                "student_record": cell.transfer.fingerprint,
                "ceiling": cell.ceiling.fingerprint,
                **({"curve": cell.curve[0].fingerprint} if cell.curve else {}),
                **({"cheating": True} if cell.cheating else {}),
            }
            for cell in made.graph.cells
        ],
        "axes": {
            name: {
                "parameters": model.source.parameters,
                "pretraining_flops": model.source.pretraining_flops,
            }
            for name, model in models.items()
        },
        "splits": [dict(row) for row in describe_splits(made.resolved)],
        "notes": [
            f"{task.name}: {note}"
            for task in made.resolved.tasks
            for note in task.splits[made.resolved.spec.seeds[0]].notes
        ],
        **_sealed(made.resolved),
        "citations": [
            *citations(made.resolved.spec),
            *(task.card.citation for task in made.resolved.tasks if task.sealed and task.card.citation),
        ],
    }


def _sealed(resolved: Resolved) -> dict[str, object]:
    """Return which seal is on a run's test gold, where one is."""
    task = resolved.tasks[0]
    if not task.sealed:
        return {}
    seeds = list(resolved.spec.seeds)
    return {"sealed": {"seal": task.sealed, "classes": list(task.classes), "seeds": seeds}}
