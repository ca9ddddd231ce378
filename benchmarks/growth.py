"""How what Outlearn takes grows: with steps, records, cells, examples, tokens and students; three minutes.

    python -m benchmarks.growth                    everything
    python -m benchmarks.growth --into FOLDER      ... and keep the tables
    python -m benchmarks.growth --only planning    one part: planning, store, training or grid

Every figure is the best of a few repetitions, on one thread. Slopes are those of a straight line through the
logarithms: 1 is proportional, 0 is flat. What takes a fixed time to begin with has a slope below 1.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from benchmarks.growth_store import store
from benchmarks.measured import Cell, Measured, keep
from tests.tiny_models import save_tiny

from outlearn.core import generator
from outlearn.experiments import Resolved, Spec, by_cell, estimate, plan, resolve
from outlearn.methods import Method, methods
from outlearn.models import Classifier, Tokens, load_classifier, open_model
from outlearn.runners import RunOptions, run
from outlearn.runners.bundles import bundles_of
from outlearn.training import CROSS_ENTROPY, Placement, Recipe, predict, train

COMMAND = "python -m benchmarks.growth"
SEEDS = (1, 4, 21, 60)
EXAMPLES = (100, 300, 1_000, 3_000, 10_000)
TOKENS = (16, 32, 64, 128, 256, 512)
STUDENTS = (1, 3, 10, 30, 100)


def main() -> None:
    """Print the tables, and keep them where a folder is given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--into", type=Path)
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    torch.set_num_threads(1)
    if hasattr(os, "sched_setaffinity"):
        # A run has as many threads as its process has cores; small models on two wait for each other.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print("Measuring how cost grows, part by part: planning, a store, training and prediction, grids.\n")
    for name in given.only or PARTS:
        for found in PARTS[name](torch.device(given.device)):
            keep(found, given.into)


def best_s(work: Callable[[], object], *, times: int = 3) -> float:
    """Return the shortest of several times, in seconds."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


def slope(amounts: Sequence[float], seconds: Sequence[float]) -> float:
    """Return the slope of a straight line through the logarithms: 1 is proportional."""
    return float(np.polyfit(np.log(amounts), np.log(seconds), 1)[0])


def slopes(columns: Sequence[str], rows: Sequence[Sequence[Cell]], *, of: int) -> str:
    """Return a sentence that states the slope of each column of seconds over that of amounts."""
    amounts = [float(row[of]) for row in rows]
    told = [
        f"{columns[place]} {slope(amounts, [float(row[place]) for row in rows]):.2f}"
        for place in range(of + 1, len(columns))
        if columns[place].endswith(("s", "ms")) and isinstance(rows[0][place], float)
    ]
    return f"Slopes on logarithmic axes over {columns[of]}: {'; '.join(told)}."


# --- planning -----------------------------------------------------------------------------------------------


def planning(device: torch.device) -> list[Measured]:
    """Return what planning takes, for experiments of more and more seeds."""
    del device
    known = [(name, methods[name]()) for name in methods.names()]
    # What asks a student before it is trained needs models that know any word.
    usual = [
        name
        for name, made in known
        if isinstance(made, Method) and not (made.needs_votes or made.needs_prior or made.needs_contrast)
    ]
    spec = Spec(
        name="growth",
        tasks=["world"],
        teachers=["world/xs", "world/s", "world/m"],
        students=["world/s", "world/m", "world/l"],
        methods=usual[:26],
        seeds=1,
        sizes={"teach": 200, "transfer": 200, "validation": 20, "test": 100},
    )
    first = resolve(spec, data_dir=None, base=Path())
    columns = ("steps", "cells", "graph, s", "cost, s", "bundles, s")
    rows = [_planned(first, num_seeds=number) for number in SEEDS]
    notes = (
        f"{len(spec.methods)} methods, 3 teachers, 3 students and {', '.join(map(str, SEEDS))} seeds. Graph:"
        " every step with its fingerprint. Cost: examples and tokens of every step; every seed is tokenised."
        " Bundles: what is done together, and in which order.",
        slopes(columns, rows, of=0),
    )
    title = "Planning against steps"
    return [Measured("growth-planning", title, COMMAND, columns, tuple(rows), notes, ("steps", *columns[2:]))]


def _planned(first: Resolved, *, num_seeds: int) -> tuple[Cell, ...]:
    """Return what planning for so many seeds takes: all have the texts of the first, under other digests."""
    (seed,) = first.spec.seeds
    (task,) = first.tasks
    seeds = tuple(range(seed, seed + num_seeds))
    digests = {one: f"{task.digests[seed]}, {one}" for one in seeds}
    many = replace(
        first,
        spec=first.spec.model_copy(update={"seeds": seeds}),
        tasks=(replace(task, splits=dict.fromkeys(seeds, task.splits[seed]), digests=digests),),
    )
    graph = plan(many)

    def bundled() -> None:
        bundles_of(by_cell(graph), workers=2)

    return (
        len(graph.steps),
        len(graph.cells),
        best_s(lambda: plan(many)),
        best_s(lambda: estimate(many, graph.steps), times=1),
        best_s(bundled),
    )


# --- training and prediction --------------------------------------------------------------------------------

SIZE = {"hidden": 64, "layers": 2}
ROWS, LENGTH = 256, 32


def training(device: torch.device) -> list[Measured]:
    """Return what training and prediction take, against examples and against tokens a text."""
    columns = ("training, s", "prediction, s")
    with tempfile.TemporaryDirectory() as folder:
        source = open_model(str(save_tiny("gpt2", Path(folder), context_tokens=max(TOKENS), **SIZE)))
        model = load_classifier(source, num_classes=2, head_init="zero")
        by_examples = [(rows, *_trained(model, rows, LENGTH, device)) for rows in EXAMPLES]
        by_tokens = [(tokens, *_trained(model, ROWS, tokens, device)) for tokens in TOKENS]
    what = f"A GPT-2 of {SIZE['layers']} layers, {SIZE['hidden']} wide, an epoch at batch 32, a prediction"
    return [
        _told(
            "growth-examples",
            "Training against examples",
            ("examples", *columns),
            by_examples,
            f"{what}; texts of about {LENGTH} tokens.",
        ),
        _told(
            "growth-tokens",
            "Training against tokens a text",
            ("tokens a text", *columns),
            by_tokens,
            f"{what}; {ROWS} texts. Attention is quadratic in their length, the rest linear.",
        ),
    ]


def _told(
    name: str, title: str, columns: tuple[str, ...], rows: Sequence[tuple[Cell, ...]], note: str
) -> Measured:
    notes = (note, slopes(columns, rows, of=0))
    return Measured(name, title, COMMAND, columns, tuple(rows), notes, columns)


def _trained(model: Classifier, rows: int, length: int, device: torch.device) -> tuple[float, float]:
    """Return the seconds of an epoch and of a prediction, of texts within a quarter of that many tokens."""
    rng = generator(0, "growth", rows, length)
    lengths = rng.integers(length * 3 // 4, length, size=rows, endpoint=True)
    starts = np.concatenate([[0], lengths[:-1].cumsum()])
    ids = rng.integers(1, 300, size=int(lengths.sum()), dtype=np.int32)
    texts = Tokens(ids, lengths, starts, num_cut=0)
    labels = rng.dirichlet((1.0, 1.0), size=rows)
    recipe, placement = Recipe(learning_rate=1e-4, epochs=1), Placement(device=device)

    def fit() -> None:
        train(
            model,
            texts,
            labels,
            weights=np.ones(rows),
            loss=CROSS_ENTROPY,
            recipe=recipe,
            seed=0,
            placement=placement,
        )

    def ask() -> None:
        predict(model, texts, recipe=recipe, placement=placement)

    ask()
    return best_s(fit, times=2), best_s(ask, times=2)


# --- grids --------------------------------------------------------------------------------------------------


def grid(device: torch.device) -> list[Measured]:
    """Return what a whole run takes, against students that share a teacher, and what it takes once more."""
    columns = ("students", "first run, s", "second run, s", "a student, s")
    rows: list[tuple[Cell, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        run(_grid(1), store=Path(folder) / "imports", options=RunOptions(device=device.type))
        for number in STUDENTS:
            spec = _grid(number)
            work = partial(
                run, spec, store=Path(folder) / str(number), options=RunOptions(device=device.type)
            )
            first = best_s(work, times=1)
            rows.append((number, first, best_s(work, times=1), first / number))
    notes = (
        "world/xs teaches world/s: one teacher, one ceiling and a student for each setting of a method, 300"
        " examples a half, one seed, one process, data drawn anew, imports done before. The second finds all"
        " in the store.",
        slopes(columns, rows, of=0),
    )
    plot = ("students", "first run, s", "second run, s")
    return [Measured("growth-grid", "A grid against students", COMMAND, columns, tuple(rows), notes, plot)]


def _grid(students: int) -> Spec:
    weights = np.linspace(0.3, 0.9, students).round(3).tolist()
    return Spec(
        name=f"grid-{students}",
        tasks=["world"],
        teachers=["world/xs"],
        students=["world/s"],
        methods=[{"name": "confidence", "max_weight": weight} for weight in weights],
        seeds=1,
        sizes={"teach": 300, "transfer": 300, "validation": 20, "test": 100},
    )


PARTS: dict[str, Callable[[torch.device], list[Measured]]] = {
    "planning": planning,
    "store": lambda _: store(best_s=best_s, slopes=slopes, command=COMMAND),
    "training": training,
    "grid": grid,
}

if __name__ == "__main__":
    main()
