"""Runs of small experiments on this machine, and what they left in their stores."""

from collections.abc import Sequence

import polars as pl

from outlearn.experiments import Step
from outlearn.runners import Plan, Run, RunOptions, make_plan, run
from outlearn.store import Store
from outlearn.tasks import Example, Split, read_split
from tests.small_experiment import Small

LEARNING = {"learning_rate": 1e-2, "epochs": 4, "batch_size": 8, "max_tokens": 40}
"""A recipe by which tiny models learn the small experiment's task."""


def go(small: Small, store: str, *, keep_weights: bool = False, **changes: object) -> Run:
    """Run the experiment with some of its spec changed."""
    changed = Small(folder=small.folder, content={**small.content, **changes})
    options = RunOptions(device="cpu", keep_weights=keep_weights)
    return run(changed.spec, store=small.folder / store, options=options, base=small.folder)


def planned(
    small: Small, *, store: Store | None = None, keep_weights: bool = False, **changes: object
) -> Plan:
    """Plan the experiment with some of its spec changed."""
    changed = Small(folder=small.folder, content={**small.content, **changes})
    options = RunOptions(device="cpu", keep_weights=keep_weights)
    return make_plan(changed.spec, store=store, options=options, base=small.folder)


def steps(made: Plan, kind: str) -> list[Step]:
    """Return the plan's steps of one kind."""
    return [step for step in made.graph.steps if step.kind == kind]


def predictions(store: Store, step: Step) -> pl.DataFrame:
    """Return what a step's record predicts."""
    return pl.read_parquet(store.artifact(step.fingerprint, "predictions.parquet"))


def hard(store: Store, step: Step, part: Sequence[Example], *, name: str) -> list[int]:
    """Return a step's hard answers on one part of a split of two classes."""
    frame = predictions(store, step).filter(pl.col("part") == name)
    said = dict(zip(frame["id"], (frame["p1"] > 0.5).cast(pl.Int64), strict=True))
    return [said[example.id] for example in part]


def split_of(store: Store, step: Step) -> Split:
    """Return the examples that a step holds."""
    return read_split(store.artifact(step.fingerprint, "split.parquet"))
