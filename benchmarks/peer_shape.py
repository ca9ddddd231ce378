"""The field's usual loops against Outlearn, on the same models, texts and number of optimiser steps.

    python -m benchmarks.peer_shape --mirror MIRROR                                   hours, all in full
    python -m benchmarks.peer_shape --mirror MIRROR --fraction 0.1 --into FOLDER      peers sampled
    python -m benchmarks.peer_shape --mirror MIRROR --fraction 0.1 --task sciq --what experiment

An experiment is a teacher (GPT-2's shape, 4 layers 128 wide), a student and its ceiling (6 layers 384 wide),
2 epochs at batch 32, and the test. SciQ has short texts (mean 23 tokens), BoolQ long ones (mean 157, at most
256). A grid is 4 sizes, 4 methods and 5 seeds. Outlearn's experiments are always run in full.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from benchmarks.measured import Cell, Measured, keep
from benchmarks.peer_grid import COLUMNS, NOTES, grid_rows
from benchmarks.peer_loops import PeerClassifier, adamw, train
from benchmarks.peer_material import Given, Stage, given, stage
from benchmarks.peer_ours import Ours, run_ours
from benchmarks.peer_scripts import EAI, Role, Script, Taken, load_parts, oai, plain, run_script, warm_up

EXPERIMENT: Mapping[Role, str] = {"teacher": "./4x128", "student": "./6x384", "ceiling": "./6x384"}
PRECISIONS = ("float32", "bfloat16")
ROWS_A_FORWARD = (4, 8, 16, 32)
"""Among which OAI's best is looked for."""

STAGES = (
    "load, tokenise",
    "train teacher",
    "train student",
    "train ceiling",
    "label",
    "evaluate",
    "other",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One side's seconds by stage."""

    name: str
    seconds: Mapping[str, float]

    @property
    def total(self) -> float:
        """Return the seconds of the whole experiment."""
        return sum(self.seconds.values())


def main() -> None:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mirror", type=Path, required=True, help="folder that holds hub/ and files/")
    parser.add_argument("--task", choices=("sciq", "boolq", "all"), default="all")
    parser.add_argument("--what", choices=("experiment", "grid", "all"), default="all")
    parser.add_argument("--fraction", type=float, default=1.0, help="of peers' steps and rows that are run")
    parser.add_argument("--precision", choices=(*PRECISIONS, "all"), default="all", help="of Outlearn's runs")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--into", type=Path, default=None, help="folder that tables are kept in")
    asked = parser.parse_args()
    if not 0 < asked.fraction <= 1:
        parser.error(f"--fraction must be above 0 and at most 1, got {asked.fraction}")
    # Both sides, and the processes they start, have these cores and no others.
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < asked.threads:
        parser.error(f"--threads is {asked.threads}, but this process may use {len(cores)} cores")
    os.sched_setaffinity(0, cores[: asked.threads])
    torch.set_num_threads(asked.threads)
    # What lies in scratch goes when it is told to end, as it does on Ctrl-C; children end with it anyway.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    tasks = ("sciq", "boolq") if asked.task == "all" else (asked.task,)
    print(f"Outlearn against peers' loops on {', '.join(tasks)}: {asked.threads} threads, fraction of peers'")
    print(f"steps and rows that are run {asked.fraction}\n", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        if asked.what in ("experiment", "all"):
            for task in tasks:
                compare_experiment(task, Path(scratch), asked)
        if asked.what in ("grid", "all"):
            compare_grids(("world", *tasks), Path(scratch), asked)


def command(asked: argparse.Namespace, *, what: str, task: str) -> str:
    """Return what gives a table again."""
    given = f"--fraction {asked.fraction} --threads {asked.threads}"
    given += f" --precision {asked.precision}" if asked.precision != "all" else ""
    return f"python -m benchmarks.peer_shape --mirror MIRROR --task {task} --what {what} {given}"


# --- one experiment -----------------------------------------------------------------------------------------


def compare_experiment(task: str, folder: Path, asked: argparse.Namespace) -> None:
    """Measure one experiment on all sides and keep its tables."""
    began = time.perf_counter()
    ours = {}
    for precision in PRECISIONS if asked.precision == "all" else (asked.precision,):
        scene = stage(task, mirror=asked.mirror, folder=folder, precision=precision)
        spec = {"teachers": [EXPERIMENT["teacher"]], "students": [EXPERIMENT["student"]]}
        ours[precision] = run_ours(scene, [spec], store=folder / f"{task}-{precision}", watched=True)
        print(f"  {task} Outlearn {precision}: {ours[precision].seconds:.1f} s", flush=True)
    texts = folder / f"{task}-parts"
    material = given(scene, folder=texts)
    warm_up(scene.models[EXPERIMENT["teacher"]], given=material, texts=texts)
    best = best_micro_batch(scene, material, texts)
    lines, checked = [], []
    for script in (oai(1), oai(best), EAI, plain("float32"), plain("bfloat16")):
        runs = {
            role: run_script(
                script, role, scene.models[name], given=material, texts=texts, fraction=asked.fraction
            )
            for role, name in EXPERIMENT.items()
        }
        checked.append(check_same_work(runs, next(iter(ours.values()))))
        lines.append(line_of(script, runs))
        print(f"  {task} {script.name}: {lines[-1].total:.1f} s", flush=True)
    lines += [line_of_ours(found, precision) for precision, found in ours.items()]
    totals = [line.total for line in lines[-len(ours) :]]
    rows = [
        (line.name, *(line.seconds.get(name, 0.0) for name in STAGES), line.total, *ratios(line, totals))
        for line in lines
    ]
    mean = mean_tokens(scene, texts, material)
    keep(
        Measured(
            name=f"peer-shape-{task}",
            title=f"One experiment on {task}: peers' loops against Outlearn, seconds",
            command=command(asked, what="experiment", task=task),
            columns=("loop", *STAGES, "total", *(f"x Outlearn {precision}" for precision in ours)),
            rows=tuple(rows),
            notes=(
                f"{checked[0]}, on both sides; mean {mean:.1f} tokens a text.",
                f"Peers: {asked.fraction:g} of the steps and rows run, spread evenly over their lengths, and"
                " scaled up; start-up of processes is left out on both sides. Peers are given texts already"
                " parted and cut, clip gradients as Outlearn does, and keep short last batches.",
                "EAI evaluates validation and test part every 25 steps, saves a checkpoint as often, gathers"
                " activations before a student, and takes its results from the last of these evaluations.",
                "Outlearn answers transfer, validation and test part with every model in one pass, which"
                " stands under evaluate; planning stands under load, tokenise.",
            ),
        ),
        asked.into,
    )
    keep(profile(task, ours, asked), asked.into)
    print(f"  ({time.perf_counter() - began:.0f} s in all)\n", flush=True)


def best_micro_batch(scene: Stage, material: Given, texts: Path) -> int:
    """Return the number of rows a forward pass at which OAI's loop trains the student fastest."""
    folder = scene.models[EXPERIMENT["student"]]
    rows = load_parts(folder, texts, material, soft=False)["teach"]
    model, found = PeerClassifier(folder), {}
    optimiser = adamw(model, material.recipe)
    for number in ROWS_A_FORWARD:
        script = oai(number)
        order = script.orders(rows, recipe=material.recipe, seed=0)[:3]
        steps = train(model, rows, order, step=script.step, recipe=material.recipe, optimiser=optimiser)
        next(steps)
        start = time.perf_counter()
        list(steps)
        found[number] = time.perf_counter() - start
    return min(found, key=lambda number: found[number])


def check_same_work(runs: Mapping[Role, Taken], ours: Ours) -> str:
    """Return how many steps each role takes, which must be the same on both sides.

    Raises:
        AssertionError: If it is not.
    """
    peers = sorted((run.num_steps, run.num_trained) for run in runs.values())
    own = sorted((done.num_steps, done.num_trained) for done in ours.steps if done.num_steps)
    assert peers == own, f"peers take (steps, examples) {peers}, Outlearn {own}"
    return "; ".join(f"{role}: {run.num_steps} steps, {run.num_trained:,} rows" for role, run in runs.items())


def line_of(script: Script, runs: Mapping[Role, Taken]) -> Line:
    """Return a peer's seconds by stage."""
    seconds = {
        "load, tokenise": sum(run.seconds["load"] + run.seconds["tokenise"] for run in runs.values()),
        "label": sum(run.seconds["label"] for run in runs.values()),
        "evaluate": sum(run.seconds["evaluate"] for run in runs.values()),
        "other": sum(run.seconds["gather"] + run.seconds["save"] for run in runs.values()),
        **{f"train {role}": run.seconds["train"] for role, run in runs.items()},
    }
    return Line(script.name, seconds)


def line_of_ours(found: Ours, precision: str) -> Line:
    """Return Outlearn's seconds by stage."""
    kinds = {done.title: (done.kind, done.model) for done in found.steps}
    seconds: dict[str, float] = {}
    for title, spent in found.roles.items():
        kind, model = kinds[title]
        gold = "teacher" if Path(model).name == Path(EXPERIMENT["teacher"]).name else "ceiling"
        role = "student" if kind == "transfer" else gold
        seconds[f"train {role}"] = seconds.get(f"train {role}", 0.0) + spent
    seconds["load, tokenise"] = sum(found.stages.get(name, 0.0) for name in ("load", "tokenise", "plan"))
    seconds["evaluate"] = found.stages.get("predict", 0.0)
    seconds["other"] = found.seconds - sum(seconds.values())
    return Line(f"Outlearn, {precision}", seconds)


def ratios(line: Line, totals: Sequence[float]) -> tuple[float, ...]:
    """Return how many times faster Outlearn is, for each of its totals."""
    return tuple(line.total / total for total in totals)


def mean_tokens(scene: Stage, texts: Path, material: Given) -> float:
    """Return the mean number of tokens of the texts trained on."""
    parts = load_parts(scene.models[EXPERIMENT["student"]], texts, material, soft=False)
    return float(sum(parts[name].lengths.sum() for name in ("teach", "transfer"))) / sum(
        len(parts[name]) for name in ("teach", "transfer")
    )


def profile(task: str, ours: Mapping[str, Ours], asked: argparse.Namespace) -> Measured:
    """Return where Outlearn's own time goes."""
    rows: list[tuple[Cell, ...]] = []
    for precision, found in ours.items():
        stages = dict(found.stages) | {"other": found.seconds - sum(found.stages.values())}
        for name, spent in sorted(stages.items(), key=lambda one: -one[1]):
            rows.append((precision, name, spent, 100 * spent / found.seconds))
    return Measured(
        name=f"peer-shape-{task}-profile",
        title=f"Where Outlearn's time goes in the experiment on {task}",
        command=command(asked, what="experiment", task=task),
        columns=("precision", "stage", "seconds", "% of the run"),
        rows=tuple(rows),
        notes=("Plan holds resolving, cutting and counting texts; other is reading, bookkeeping, imports.",),
    )


# --- the grid -----------------------------------------------------------------------------------------------


def compare_grids(tasks: Sequence[str], folder: Path, asked: argparse.Namespace) -> None:
    """Measure the grids and keep their table."""
    rows: list[tuple[Cell, ...]] = []
    notes: list[str] = []
    for task in tasks:
        # The world's models are too small to gain by bfloat16.
        precision = "float32" if task == "world" or asked.precision == "float32" else "bfloat16"
        scene = stage(task, mirror=asked.mirror, folder=folder, precision=precision)
        found = grid_rows(scene, folder=folder, fraction=asked.fraction, precision=precision)
        rows += found.rows
        notes += found.notes
    keep(
        Measured(
            name="peer-shape-grid",
            title="A grid of 4 sizes, 4 methods and 5 seeds: peers' scripts against Outlearn",
            command=command(asked, what="grid", task=asked.task),
            columns=COLUMNS,
            rows=tuple(rows),
            notes=(*NOTES, f"Fraction of peers' steps and rows run: {asked.fraction:g}.", *notes),
        ),
        asked.into,
    )


if __name__ == "__main__":
    main()
