"""A grid of 4 sizes, 4 methods and 5 seeds, as peers' scripts would do it and as Outlearn plans it.

Peers: each distinct kind of run is measured once, and its seconds are multiplied by how often they do it.
Outlearn: on the world the grid is run whole; elsewhere each distinct kind of step is measured once and
multiplied by how often it stands in the planned graph.
"""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.measured import Cell
from benchmarks.peer_material import METHODS, SEEDS, Stage, given, grid_graphs
from benchmarks.peer_ours import Done, run_ours
from benchmarks.peer_scripts import EAI, Script, Taken, oai, run_script, warm_up

from outlearn.experiments import Graph, Step

COLUMNS = (
    "task",
    "peer",
    "its training runs",
    "its processes",
    "its seconds",
    "Outlearn's training runs",
    "Outlearn's seconds",
    "times faster",
    "start-up left out",
)
NOTES = (
    f"4 sizes, every teacher with every larger student: 6 pairs; methods {', '.join(METHODS)}; {SEEDS} seeds."
    " Naive and confidence are losses of both peers, product one of OAI's, entropy one of EAI's; a loss over"
    " two logits a row does not change their time.",
    "Peers' seconds: load, tokenise, train, answer and save of each distinct kind of run, measured once (or a"
    " sample of its steps and rows, see --fraction) and multiplied by how often the peer does it, and"
    " start-up of Python, torch and transformers for each process.",
    "OAI, a script a pair: one process for each pair, method and seed, which trains teacher, student and"
    " ceiling. OAI, its sweep: for each method and seed a process for each model on gold and for each pair.",
    "EAI: teacher and ceiling once for each pair and seed, a student for each method; every process reads and"
    " tokenises anew; an evaluation of validation and test part every 25 steps, activations of each student.",
    "Outlearn: on the world one whole run from an empty store, start-up included, with as many workers as it"
    " chooses by itself: one a core, each with one thread. On SciQ and BoolQ planning of the whole grid,"
    " measured, and the seconds of each distinct kind of step, measured once, times their number in the"
    " planned graph.",
    "Peers' scripts run one after another, each with all threads, as they are.",
)


@dataclass(frozen=True, slots=True)
class Sum:
    """What a grid takes a peer."""

    peer: str
    runs: int
    processes: int
    seconds: float
    """Without start-up."""


@dataclass(frozen=True, slots=True)
class Rows:
    """One task's part of the table."""

    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Own:
    """What a grid takes Outlearn."""

    seconds: float
    """Without start-up."""

    start_s: float
    told: str
    """Where the seconds went."""


def grid_rows(scene: Stage, *, folder: Path, fraction: float, precision: str) -> Rows:
    """Return one task's part of the table.

    Args:
        scene: The task, in the precision that Outlearn is to use.
        folder: Scratch space.
        fraction: Of peers' steps and rows that are run.
        precision: As in `scene`, for the notes.
    """
    start_s = _start_up()
    graphs = grid_graphs(scene)
    runs = sum(step.kind in ("teach", "transfer") for step in _distinct(graphs))
    own = _whole(scene, folder) if scene.name == "world" else _planned(scene, graphs, folder)
    rows: list[tuple[Cell, ...]] = []
    for one in _peers(scene, folder, fraction):
        all_s = one.seconds + one.processes * start_s
        own_s = own.seconds + own.start_s
        ours: tuple[Cell, ...] = (runs, own_s, all_s / own_s, one.seconds / own.seconds)
        rows.append((f"{scene.name}, {precision}", one.peer, one.runs, one.processes, all_s, *ours))
    return Rows(tuple(rows), (f"{scene.name}: {own.told}; start-up of a peer's process {start_s:.1f} s.",))


# --- peers --------------------------------------------------------------------------------------------------


def _peers(scene: Stage, folder: Path, fraction: float) -> list[Sum]:
    """Return what the grid takes each peer."""
    texts = folder / f"{scene.name}-parts"
    material = given(scene, folder=texts)
    warm_up(next(iter(scene.models.values())), given=material, texts=texts)
    # One run whose every stage is timed: what a role does not do is left out of its sum.
    everything = replace(EAI, labelled={"student": ("transfer", "validation")})

    def taken(script: Script, role: str) -> dict[str, Taken]:
        found = {}
        for name, model in scene.models.items():
            found[name] = run_script(script, role, model, given=material, texts=texts, fraction=fraction)
            print(f"  {scene.name} {script.name} {name}: {found[name].total:.1f} s", flush=True)
        return found

    first, second = taken(oai(1), "teacher"), taken(everything, "student")
    pairs, cells = scene.pairs(), len(METHODS) * SEEDS
    gold = {name: one.total for name, one in first.items()}
    unlabelled = {name: one.total - one.seconds["label"] for name, one in first.items()}
    alone = sum(gold[teacher] + 2 * unlabelled[student] for teacher, student in pairs)
    swept = sum(gold.values()) + sum(unlabelled[student] for _, student in pairs)
    floor = {name: one.total - one.seconds["gather"] for name, one in second.items()}
    ceiling = {name: floor[name] - one.seconds["label"] for name, one in second.items()}
    student = {name: one.total - one.seconds["label"] for name, one in second.items()}
    eai = sum(floor[one] + ceiling[other] + len(METHODS) * student[other] for one, other in pairs)
    return [
        Sum("OAI, a script a pair", 3 * len(pairs) * cells, len(pairs) * cells, cells * alone),
        Sum("OAI, its sweep", *([cells * (len(gold) + len(pairs))] * 2), cells * swept),
        Sum("EAI", len(pairs) * SEEDS * (2 + len(METHODS)), len(pairs) * cells, SEEDS * eai),
    ]


def _start_up() -> float:
    """Return the seconds until a new process has torch and transformers: the faster of two."""
    program = "import torch, transformers.models.gpt2.modeling_gpt2; from transformers import AutoModel"
    found = []
    for _ in range(2):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", program], check=True)
        found.append(time.perf_counter() - start)
    return min(found)


# --- Outlearn -----------------------------------------------------------------------------------------------


def _whole(scene: Stage, folder: Path) -> Own:
    """Run the whole grid on the world and return what it took."""
    names = list(scene.models)
    grid = {"teachers": names[:-1], "students": names[1:], "methods": list(METHODS), "pairs": "larger"}
    experiment = {"name": "grid", **grid, "seeds": SEEDS}
    found = run_ours(scene, [experiment], store=folder / "world-store", watched=False)
    kinds: Counter[str] = Counter()
    for step in found.steps:
        kinds[step.kind] += step.seconds
    parts = [f"{kind} {seconds:.1f} s" for kind, seconds in kinds.most_common()]
    told = f"Outlearn's steps took {', '.join(parts)}, of {found.seconds:.1f} s: more where workers share"
    return Own(found.seconds, found.start_s, told)


def _planned(scene: Stage, graphs: Sequence[Graph], folder: Path) -> Own:
    """Return what the grid takes by its plan."""
    names = list(scene.models)
    asked = {"name": "kinds", "teachers": names[:1], "students": names[1:], "methods": ["confidence"]}
    found = run_ours(scene, [asked], store=folder / f"{scene.name}-kinds", watched=False)
    start = time.perf_counter()
    grid_graphs(scene)
    planning = time.perf_counter() - start
    costs = _costs(found.steps)
    kinds: Counter[str] = Counter()
    for step in _distinct(graphs):
        kinds[step.kind] += costs[_kind(step)]
    parts = [f"{kind} {seconds:.1f} s" for kind, seconds in kinds.most_common()]
    told = f"Outlearn's steps take {', '.join(parts)}, planning {planning:.1f} s"
    return Own(kinds.total() + planning, found.start_s, told)


def _costs(steps: Sequence[Done]) -> dict[tuple[str, str], float]:
    """Return mean seconds by what `_kind` tells apart."""
    seconds: dict[tuple[str, str], list[float]] = {}
    for done in steps:
        seconds.setdefault((done.kind, done.model), []).append(done.seconds)
    return {key: sum(several) / len(several) for key, several in seconds.items()}


def _kind(step: Step) -> tuple[str, str]:
    """Return what decides a step's time: a naive student trains as on gold, the other methods alike."""
    model = step.place.get("model", "")
    naive = step.kind == "transfer" and step.meaning["method"] == "naive"
    return ("teach" if naive else step.kind, model)


def _distinct(graphs: Sequence[Graph]) -> list[Step]:
    return list({step.fingerprint: step for graph in graphs for step in graph.steps}.values())
