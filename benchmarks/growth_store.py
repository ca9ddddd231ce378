"""A store of 10^2 to 10^5 records: what questions about one run take, and what a larger run takes.

The run is planned like any other and its records are written without waiting for the disk. Beside it stand
records of other runs: copies of its own under other names, and a manifest for every hundred of them.
"""

import hashlib
import io
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from benchmarks.measured import Cell, Measured

from outlearn.analysis import load_run, summarise
from outlearn.core import generator, provenance
from outlearn.experiments import Spec, Step, prepare
from outlearn.experiments.steps import writing
from outlearn.report import write_outputs
from outlearn.runners import Plan, RunOptions, make_plan, run
from outlearn.runners.kept import done_steps
from outlearn.runners.whole import manifest
from outlearn.store import Record, Store, open_store
from outlearn.store.record import record_text
from outlearn.tasks import Example

RECORDS = (100, 1_000, 10_000, 100_000)
SEEDS = (1, 4, 16, 64)
NAME = "0" * 64
A_RUN = 100
"""Records that one manifest names."""

Best = Callable[..., float]
Slopes = Callable[..., str]


def store(*, best_s: Best, slopes: Slopes, command: str) -> list[Measured]:
    """Return what questions take against the records of a store, and against those of their run."""
    with tempfile.TemporaryDirectory() as folder:
        beside = _beside(Path(folder), best_s, slopes, command)
    with tempfile.TemporaryDirectory() as folder:
        return [beside, _within(Path(folder), best_s, slopes, command)]


def _beside(root: Path, best_s: Best, slopes: Slopes, command: str) -> Measured:
    """Return what one run's questions take in a store that holds more and more of others."""
    made = _planned(root, _spec("fixed", num_methods=4, num_seeds=2))
    of_run = _write_run(root, made)
    columns = ("records", "opening, ms", "has, 1,000 times, ms", "done steps, ms", "a record by its id, ms",
               "a record written, ms", "run again, ms", "table, ms", "report, ms")  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    present = of_run
    for wanted in RECORDS:
        _write_others(root, made, range(present, wanted))
        present = max(present, wanted)
        rows.append((present, *_asked(root, made, best_s)))
    notes = (
        f"A run of {of_run} records in a store that holds others besides, {A_RUN} to a manifest.",
        slopes(columns, rows, of=0),
    )
    plot = (columns[0], *columns[1:])
    return Measured(
        "growth-store", "One run, against records in its store", command, columns, tuple(rows), notes, plot
    )


def _asked(root: Path, made: Plan, best_s: Best) -> list[Cell]:
    """Return the milliseconds of every question."""
    known = [step.fingerprint for step in made.graph.steps]
    thousand = (known * (1_000 // len(known) + 1))[:1_000]
    name, out = made.resolved.spec.name, root.parent / f"{root.name}-out"
    number = iter(range(1_000_000))

    def has() -> None:
        opened = Store(root)
        assert all(opened.has(one) for one in thousand)

    def again() -> None:
        found = run(made.resolved.spec, store=root, options=RunOptions(device="cpu"))
        assert not found.num_computed

    def one_more() -> None:
        step = replace(made.graph.steps[-1], meaning={"benchmark": next(number), "of": len(thousand)})
        with writing(Step(step.kind, step.meaning, {}), Store(root)) as draft:
            draft.numbers["accuracy"] = 0.5
        Store(root).remove(Step(step.kind, step.meaning, {}).fingerprint)

    questions: Sequence[Callable[[], object]] = (
        lambda: open_store(root),
        has,
        lambda: list(done_steps(made.graph.steps, Store(root), keep_weights=False)),
        lambda: open_store(root).starting(known[-1][:12]),
        one_more,
        again,
        lambda: summarise(load_run(Store(root), name)),
        lambda: write_outputs(Store(root), name, folder=out),
    )
    return [1_000 * best_s(question, times=2) for question in questions]


def _within(root: Path, best_s: Best, slopes: Slopes, command: str) -> Measured:
    """Return what a run's own size costs: planned, found in the store, read and summarised."""
    columns = ("records", "cells", "done steps, s", "table, s")
    rows: list[tuple[Cell, ...]] = []
    for seeds in SEEDS:
        made = _planned(root, _spec(f"seeds-{seeds}", num_methods=12, num_seeds=seeds))
        _write_run(root, made)

        def table(name: str = made.resolved.spec.name) -> None:
            summarise(load_run(Store(root), name))

        def done(made: Plan = made) -> None:
            assert len(list(done_steps(made.graph.steps, Store(root), keep_weights=False))) == len(
                made.graph.steps
            )

        rows.append((len(made.graph.steps), len(made.graph.cells), best_s(done), best_s(table, times=1)))
    note = "12 methods, 2 teachers, 2 students and 100 test examples; 1, 4, 16 and 64 seeds."
    notes = (note, slopes(columns, rows, of=0))
    title = "A run's own table, against its records"
    return Measured("growth-run", title, command, columns, tuple(rows), notes, ("records", *columns[2:]))


# --- records ------------------------------------------------------------------------------------------------


def _spec(name: str, *, num_methods: int, num_seeds: int) -> Spec:
    weights = np.linspace(0.3, 0.9, num_methods).round(3).tolist()
    return Spec(
        name=name,
        tasks=["world"],
        teachers=["world/xs", "world/s"],
        students=["world/m", "world/l"],
        methods=[{"name": "confidence", "max_weight": weight} for weight in weights],
        seeds=num_seeds,
        sizes={"teach": 40, "transfer": 40, "validation": 20, "test": 100},
    )


def _planned(root: Path, spec: Spec) -> Plan:
    return make_plan(spec, store=open_store(root), options=RunOptions(device="cpu"), base=Path())


def _write_run(root: Path, made: Plan) -> int:
    """Return the number of a run's records, all of them now in the store, with answers made up."""
    opened = open_store(root)
    prepare(made.resolved, store=opened)
    (task,) = made.resolved.tasks
    for step in made.graph.steps:
        if opened.has(step.fingerprint):
            continue
        answers = _answers(task.splits[_seed(step, task.digests)].test, step.fingerprint)
        name = "scores.parquet" if step.kind == "evaluate" else "predictions.parquet"
        _write_record(root, _record(step, name), name, answers)
    opened.write_run(manifest(made, command="none"))
    return len(made.graph.steps)


def _seed(step: Step, digests: Mapping[int, str]) -> int:
    """Return the seed whose examples a step is about."""
    while step.kind != "split":
        step = step.inputs["split"]
    return next(seed for seed, digest in digests.items() if digest == step.meaning["content"])


def _answers(examples: Sequence[Example], name: str) -> bytes:
    """Return a table of answers, right four times in five."""
    gold = np.array([example.gold for example in examples])
    rng = generator(0, "growth", name)
    sure = 0.5 + 0.5 * rng.random(len(gold))
    second = np.where((gold == 1) == (rng.random(len(gold)) < 0.8), sure, 1 - sure)
    columns = {"part": "test", "id": [one.id for one in examples], "group": [one.group for one in examples]}
    frame = pl.DataFrame({**columns, "gold": gold, "p0": 1 - second, "p1": second})
    held = io.BytesIO()
    frame.write_parquet(held)
    return held.getvalue()


def _record(step: Step, artifact: str) -> Record:
    return Record(
        fingerprint=step.fingerprint,
        kind=step.kind,
        version=1,
        meaning=dict(step.meaning),
        inputs=tuple(before.fingerprint for before in step.inputs.values()),
        numbers={"accuracy": 0.8},
        artifacts={artifact: ""},
        cost={"seconds": 1.0, "train_tokens": 1_000.0},
        provenance=provenance(),
        written_at="2026-01-01T00:00:00+00:00",
    )


def _write_record(root: Path, record: Record, artifact: str, content: bytes) -> None:
    folder = root / "records" / record.fingerprint[:2] / record.fingerprint
    folder.mkdir(parents=True)
    (folder / artifact).write_bytes(content)
    told = replace(record, artifacts={artifact: hashlib.sha256(content).hexdigest()})
    (folder / "record.json").write_text(record_text(told))


def _write_others(root: Path, made: Plan, numbers: range) -> None:
    """Write records of other runs to the store: those of this run, under other names."""
    cell = manifest(made, command="none")["cells"]
    assert isinstance(cell, list)
    copied = [_copied(root, step.fingerprint) for step in made.graph.steps if step.kind != "split"]
    names: list[str] = []
    for number in numbers:
        names.append(hashlib.sha256(str(number).encode()).hexdigest())
        folder = root / "records" / names[-1][:2] / names[-1]
        folder.mkdir(parents=True)
        told, artifact, content = copied[number % len(copied)]
        (folder / artifact).write_bytes(content)
        (folder / "record.json").write_text(told.replace(NAME, names[-1]))
        if len(names) == A_RUN:
            cells = [{**cell[0], "weak": one, "student_record": one, "ceiling": one} for one in names]
            path = root / "runs" / f"other-{number}.json"
            path.write_text(json.dumps({"name": path.stem, "spec": {}, "cells": cells, "command": "none"}))
            names.clear()


def _copied(root: Path, made: str) -> tuple[str, str, bytes]:
    """Return a record's text under another name, and the name and bytes of its artifact."""
    folder = root / "records" / made[:2] / made
    artifact = next(path for path in folder.iterdir() if path.suffix == ".parquet")
    return (folder / "record.json").read_text().replace(made, NAME), artifact.name, artifact.read_bytes()
