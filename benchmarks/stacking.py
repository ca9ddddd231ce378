"""How long small classifiers take to train in stacks, and how long one by one.

    python -m benchmarks.stacking [--into FOLDER]
    python -m benchmarks.stacking --grid 5     whole runs of 4 sizes x 4 methods x 5 seeds as well

Each student of the world's ladder learns from 400 of the world's texts, one epoch at batch 32, on one thread;
the students differ in seed and labels. Those of the chess ladder read random tokens, 56 to 72 a text. Whole
runs have three epochs and 2,000 test texts, as `outlearn demo` has; the second run of each kind counts.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import forkserver
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from benchmarks.measured import Measured, keep

from outlearn.core import generator
from outlearn.experiments import ALONE, Spec
from outlearn.models import Tokens, load_classifier, load_tokenizer, open_model, tokenise
from outlearn.runners import RunOptions, run
from outlearn.tasks import Sources, tasks
from outlearn.training import (
    CROSS_ENTROPY,
    Placement,
    Pupil,
    Recipe,
    most_beside,
    predict,
    stacks_of,
    train,
    train_stack,
)

MODELS = tuple(f"{ladder}/{size}" for ladder in ("world", "chess") for size in ("xs", "s", "m", "l"))
STUDENTS = (1, 5, 20, 100)
NUM_TEXTS = 400
ALONE_ROUNDS = 3
FEW = 4
RECIPE = Recipe(learning_rate=1e-3, epochs=1, batch_size=32)


def main() -> None:
    """Print processor seconds a student by size of model and number of students."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--into", type=Path, default=None, help="folder for the tables as JSON")
    parser.add_argument("--grid", type=int, default=0, help="seeds of whole runs; 0 for none")
    parser.add_argument("--models", nargs="*", default=MODELS, choices=MODELS)
    parser.add_argument("--students", nargs="*", type=int, default=STUDENTS)
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    print(f"Trains up to {max(given.students)} students of {len(given.models)} sizes: three minutes; as much")
    print("again for whole runs of five seeds.\n", flush=True)
    torch.set_num_threads(1)
    placement = Placement(device=torch.device(given.device))
    rows = tuple(_row(name, tuple(given.students), placement) for name in given.models)
    found = Measured(
        name="stacking",
        title="Small classifiers trained in stacks, against one by one",
        command="python -m benchmarks.stacking",
        columns=(
            "model",
            "weights",
            "one by one, s a student",
            *(f"of {number}, ratio" for number in given.students),
            "most in a stack",
            "largest difference",
        ),
        rows=rows,
        notes=(
            "Processor seconds. Differences are of probabilities, from a student that trained alone. Where a"
            f" stack holds 1 at most, it was tried with {FEW}: that it does not pay is why.",
        ),
    )
    keep(found, given.into)
    if given.grid:
        keep(_grid(given.grid), given.into)


def _row(name: str, numbers: tuple[int, ...], placement: Placement) -> tuple[str | int | float, ...]:
    first = _pupils(name, 1)[0]
    alone, said = float("inf"), np.zeros(0)
    for turn in range(ALONE_ROUNDS):
        one = _pupils(name, 1)[0]
        start = time.process_time()
        train(
            one.model,
            one.inputs,
            one.labels,
            weights=one.weights,
            loss=one.loss,
            recipe=one.recipe,
            seed=one.seed,
            placement=placement,
        )
        alone = min(alone, time.process_time() - start) if turn else alone
        said = predict(one.model, one.inputs, recipe=RECIPE, placement=placement)
    most = most_beside(first, placement)
    ratios, apart = [], 0.0
    for number in numbers:
        # Where it does not pay, four to a stack, to know what it would take: more stacks take as much each.
        pupils = _pupils(name, number if most > 1 else min(number, FEW))
        start = time.process_time()
        for places in stacks_of(pupils, placement) if most > 1 else _few(len(pupils)):
            train_stack([pupils[place] for place in places], placement=placement)
        ratios.append(alone * len(pupils) / (time.process_time() - start))
        found = predict(pupils[0].model, pupils[0].inputs, recipe=RECIPE, placement=placement)
        apart = max(apart, float(np.abs(found - said).max()))
    print(f"  {name}: {alone:.3f} s a student, {', '.join(f'{ratio:.2f}x' for ratio in ratios)}", flush=True)
    return (name, open_model(name).parameters, alone, *ratios, most, apart)


def _few(number: int) -> Iterator[list[int]]:
    yield from (list(range(first, min(first + FEW, number))) for first in range(0, number, FEW))


def _pupils(name: str, number: int) -> list[Pupil]:
    source, inputs = open_model(name), _texts(name)
    model = load_classifier(source, num_classes=2, head_init="zero")
    body = model.state_dict()
    pupils = []
    for seed in range(number):
        own = load_classifier(source, num_classes=2, head_init="zero") if seed else model
        own.load_state_dict(body)
        labels = generator(seed, "benchmark", "labels").dirichlet(np.ones(2), size=len(inputs))
        weights = np.ones(len(inputs))
        pupils.append(Pupil(own, inputs, labels, weights, CROSS_ENTROPY, RECIPE, seed))
    return pupils


def _texts(name: str) -> Tokens:
    source = open_model(name)
    texts = [example.text for example in tasks["world"]().draw(Sources(None), 0).train][:NUM_TEXTS]
    ids = [str(place) for place in range(NUM_TEXTS)]
    if name.startswith("world/"):
        return tokenise(load_tokenizer(source), texts, ids=ids, max_tokens=48, long_texts="refuse")
    drawn = generator(0, "benchmark", "tokens")
    lengths = drawn.integers(56, 73, size=NUM_TEXTS)
    short = tokenise(load_tokenizer(source), ["1"] * NUM_TEXTS, ids=ids, max_tokens=48, long_texts="refuse")
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    return replace(
        short,
        ids=drawn.integers(0, 200, size=int(lengths.sum()), dtype=np.int32),
        lengths=lengths,
        starts=starts,
    )


# --- whole runs ------------------------------------------------------------------------------------------


def _grid(num_seeds: int) -> Measured:
    spec = Spec.model_validate(
        {
            "name": "grid",
            "tasks": ["world"],
            "teachers": ["world/xs"],
            "students": ["world/xs", "world/s", "world/m", "world/l"],
            "methods": ["naive", "confidence", "entropy_confidence", "harden"],
            "seeds": list(range(100, 100 + num_seeds)),
            "ceiling_half": "transfer",
            "sizes": {"teach": 400, "transfer": 400, "validation": 0, "test": 2000},
            "recipe": {"epochs": 3, "batch_size": 32},
        }
    )
    rows: list[tuple[str | int | float, ...]] = []
    _timed(spec.model_copy(update={"seeds": (100,)}), workers=1)  # what is read once is in memory
    with _one_by_one():
        rows.append(("one by one", 1, *_timed(spec, workers=1)))
    rows += [("in stacks", workers, *_timed(spec, workers=workers)) for workers in (1, 2)]
    return Measured(
        name="stacking-grid",
        title=f"A whole run, 4 sizes x 4 methods x {num_seeds} seeds",
        command=f"python -m benchmarks.stacking --grid {num_seeds}",
        columns=("students", "workers", "s", "processor s"),
        rows=tuple(rows),
        notes=("Workers start anew and load torch first; their processor seconds are counted.",),
    )


@contextmanager
def _one_by_one() -> Iterator[None]:
    """Have this process do every step alone."""
    with (
        patch("outlearn.runners.bundles.companionship", lambda _: ALONE),
        patch("outlearn.experiments.steps.together.companionship", lambda _: ALONE),
    ):
        yield


def _timed(spec: Spec, *, workers: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        start, spent = time.perf_counter(), _processor_s()
        with patch("outlearn.runners.options.num_cores", lambda: workers):
            run(spec, store=Path(folder), options=RunOptions(device="cpu", workers=workers))
        seconds = time.perf_counter() - start
        # Workers are children of a server, whose time counts once it has been waited for.
        forkserver._forkserver._stop()  # type: ignore[attr-defined]
        return seconds, _processor_s() - spent


def _processor_s() -> float:
    import os

    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


if __name__ == "__main__":
    main()
