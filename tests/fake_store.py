"""Runs that never ran: a store filled with made-up predictions, for tests of analysis and report.

`fake_run(store)` writes a whole run and returns its manifest. `write_scores` writes one evaluate record,
`write_curve` what a student said at several points of training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from outlearn.core import fingerprint, generator
from outlearn.store import Store, open_store

SIZES = {"world/s": (60_000, 1e11), "world/m": (250_000, 1e12), "world/l": (1_000_000, 1e13)}
"""Model to parameters and pretraining FLOPs."""


@dataclass(frozen=True, slots=True)
class FakeRun:
    """What to make up; accuracies are the expected ones, each seed's own moves by `seed_sd` around them."""

    name: str = "fake"
    tasks: tuple[str, ...] = ("world",)
    pairs: tuple[tuple[str, str], ...] = (("world/s", "world/l"),)
    methods: tuple[tuple[str, float], ...] = (("confidence", 0.86), ("naive", 0.80))
    """Method and its student's accuracy."""

    weak: float = 0.70
    ceiling: float = 0.92
    seeds: tuple[int, ...] = (0, 1, 2, 3)
    num_examples: int = 200
    """Test examples a seed."""

    seed_sd: float = 0.01
    fresh: bool = False
    """Whether each seed has test examples of its own."""

    curve: tuple[float, ...] = ()
    """The student's accuracy at each point of training, in runs that keep curves."""

    num_validation: int = 0
    """Validation examples a seed."""

    cheating: tuple[str, ...] = ()
    """Methods whose cells the manifest says are cheating."""


def fake_store(root: Path, *runs: FakeRun) -> Store:
    """Return a new store that holds the given runs."""
    store = open_store(root)
    for run in runs:
        fake_run(store, run)
    return store


def fake_run(store: Store, run: FakeRun) -> dict[str, object]:
    """Return the manifest of a made-up run, once its records and itself are in the store."""
    cells: list[dict[str, object]] = []
    for task in run.tasks:
        for teacher, student in run.pairs:
            for seed in run.seeds:
                weak = _model(store, run, task=task, role=f"gold {teacher}", seed=seed, accuracy=run.weak)
                ceiling = _model(
                    store, run, task=task, role=f"gold {student}", seed=seed, accuracy=run.ceiling
                )
                for method, accuracy in run.methods:
                    role = f"{method} {teacher} {student}"
                    made = _model(store, run, task=task, role=role, seed=seed, accuracy=accuracy)
                    cells.append(
                        {
                            "task": task,
                            "teacher": teacher,
                            "student": student,
                            "method": method,
                            "seed": seed,
                            "weak": weak,
                            "student_record": made,
                            "ceiling": ceiling,
                            **({"curve": _curve(store, run, task, role, seed)} if run.curve else {}),
                            **({"cheating": True} if method in run.cheating else {}),
                        }
                    )
    models = {name for pair in run.pairs for name in pair}
    manifest: dict[str, object] = {
        "name": run.name,
        "spec": {"name": run.name, "tasks": list(run.tasks)},
        "cells": cells,
        "axes": {
            name: {"parameters": SIZES[name][0], "pretraining_flops": SIZES[name][1]}
            for name in sorted(models)
        },
        "command": f"outlearn run {run.name}.toml",
        "citations": ["@article{burns2023, title={Weak-to-Strong Generalization}, year={2023}}"],
    }
    store.write_run(manifest)
    return manifest


def write_scores(
    store: Store,
    *,
    meaning: dict[str, object],
    gold: Sequence[int],
    probabilities: Sequence[Sequence[float]],
    ids: Sequence[str],
    groups: Sequence[str],
    part: str | Sequence[str] = "test",
) -> str:
    """Return the fingerprint of an evaluate record with these predictions, written if it is not there yet."""
    made = fingerprint({"kind": "evaluate", "meaning": meaning})
    if store.has(made):
        return made
    parts = [part] * len(ids) if isinstance(part, str) else list(part)
    columns = {
        f"p{index}": [float(row[index]) for row in probabilities] for index in range(len(probabilities[0]))
    }
    frame = pl.DataFrame(
        {"part": parts, "id": list(ids), "group": list(groups), "gold": list(gold), **columns}
    )
    with store.writing(made, kind="evaluate", version=1, meaning=meaning) as draft:
        frame.write_parquet(draft.path("scores.parquet"))
        draft.numbers["num_examples"] = len(ids)
        draft.cost["seconds"] = 0.5
    return made


def write_curve(store: Store, frame: pl.DataFrame, *, meaning: dict[str, object]) -> str:
    """Return the fingerprint of a curve record that holds this table."""
    made = fingerprint({"kind": "curve", "meaning": meaning})
    with store.writing(made, kind="curve", version=1, meaning=meaning) as draft:
        frame.write_parquet(draft.path("curve.parquet"))
    return made


@dataclass(frozen=True, slots=True)
class _Answered:
    """A binary classifier's answers to the validation and the test examples of a seed."""

    parts: list[str]
    ids: list[str]
    groups: list[str]
    gold: list[int]
    probabilities: list[list[float]]


def _model(store: Store, run: FakeRun, *, task: str, role: str, seed: int, accuracy: float) -> str:
    """Return the record of a classifier that is right about as often as `accuracy` says."""
    made = _answered(run, task=task, role=role, seed=seed, accuracy=accuracy)
    return write_scores(
        store,
        meaning={"run": run.name, "task": task, "role": role, "seed": seed, "accuracy": accuracy},
        gold=made.gold,
        probabilities=made.probabilities,
        ids=made.ids,
        groups=made.groups,
        part=made.parts,
    )


def _curve(store: Store, run: FakeRun, task: str, role: str, seed: int) -> str:
    frames = []
    for point, accuracy in enumerate(run.curve):
        made = _answered(run, task=task, role=f"{role} {point}", seed=seed, accuracy=accuracy)
        first, second = zip(*made.probabilities, strict=True)
        columns = {"part": made.parts, "id": made.ids, "group": made.groups, "gold": made.gold}
        frac = (point + 1) / len(run.curve)
        frame = pl.DataFrame({**columns, "p0": list(first), "p1": list(second)})
        frames.append(frame.with_columns(point=pl.lit(point), frac=pl.lit(frac)))
    return write_curve(
        store, pl.concat(frames), meaning={"run": run.name, "task": task, "role": role, "seed": seed}
    )


def _answered(run: FakeRun, *, task: str, role: str, seed: int, accuracy: float) -> _Answered:
    noise = generator(seed, "fake", task, role)
    chance = np.clip(accuracy + run.seed_sd * noise.standard_normal(), 0, 1)
    prefix = f"s{seed}-" if run.fresh else ""
    names = [*(f"e{n}" for n in range(run.num_examples)), *(f"v{n}" for n in range(run.num_validation))]
    gold = generator(0, "gold", task, prefix).integers(0, 2, len(names))
    right = noise.random(len(names)) < chance
    sure = 0.5 + 0.5 * noise.random(len(names))
    of_gold = np.where(right, sure, 1 - sure)
    first = np.where(gold == 0, of_gold, 1 - of_gold)
    return _Answered(
        parts=["test"] * run.num_examples + ["validation"] * run.num_validation,
        ids=[f"{prefix}{name}" for name in names],
        groups=[f"{prefix}{name[0]}g{int(name[1:]) // 2}" for name in names],
        gold=gold.tolist(),
        probabilities=np.stack([first, 1 - first], axis=1).tolist(),
    )
