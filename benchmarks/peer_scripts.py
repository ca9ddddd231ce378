"""One run of a peer's script: load, tokenise, train, ask, save; and the seconds of each.

What a script does beside training is stated as data (`Script`). With a fraction below 1 only a sample of the
optimiser steps and of the rows asked is run, after one step that is not counted, and its time is scaled up;
loading, tokenising and saving are done in full. Evaluations between steps are done after training, as often
as they would be, so that a sample can stand for them.
"""

import json
import math
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from benchmarks.peer_loops import (
    Orders,
    PeerClassifier,
    Rows,
    Step,
    accumulated,
    adamw,
    arithmetic,
    ask,
    by_length,
    deferred,
    shuffled,
    train,
    whole,
)
from benchmarks.peer_material import Given
from safetensors.torch import save_file

Role = Literal["teacher", "student", "ceiling"]
NO_PARTS: Mapping[Role, tuple[str, ...]] = {}
LEAST_STEPS, LEAST_ROWS = 4, 64
"""Of a sample."""


@dataclass(frozen=True, slots=True)
class Script:
    """What a peer's script does."""

    name: str
    step: Step
    orders: Orders = shuffled
    rows_asked: int = 32
    """Rows a forward pass when it evaluates or labels."""

    precision: str = "float32"
    evaluated: tuple[str, ...] = ("test",)
    evaluated_every: int = 0
    """Steps; 0 evaluates once, at the end. A checkpoint with the optimiser's state is saved each time."""

    labelled: Mapping[Role, tuple[str, ...]] = field(default_factory=lambda: {"teacher": ("transfer",)})
    """Parts that a role answers besides."""

    gathers: Mapping[Role, tuple[str, ...]] = field(default_factory=lambda: NO_PARTS)
    """Parts whose hidden states of all layers are kept before a role is trained."""

    saves: bool = False
    """Whether the trained weights are saved, which nobody reads."""


def oai(rows_a_forward: int) -> Script:
    """Return the script beside the paper; it has every model trained on gold answer the students' half."""
    both: Mapping[Role, tuple[str, ...]] = {"teacher": ("transfer",), "ceiling": ("transfer",)}
    name = f"OAI, {rows_a_forward} row{'s' if rows_a_forward > 1 else ''} a forward pass"
    return Script(name, deferred(rows_a_forward), labelled=both, saves=True)


EAI = Script(
    "EAI, its defaults",
    accumulated,
    rows_asked=1,
    evaluated=("validation", "test"),
    evaluated_every=25,
    labelled={"teacher": ("transfer", "validation")},
    gathers={"student": ("transfer", "validation", "test")},
)


def plain(precision: str) -> Script:
    """Return a plain loop whose batches are sorted by length."""
    return Script(f"plain loop, sorted, {precision}", whole(precision), by_length, 64, precision)


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run took."""

    seconds: dict[str, float]
    """Stage to seconds: load, tokenise, gather, train, label, evaluate, save."""

    num_steps: int
    """Optimiser steps of the whole run."""

    num_trained: int
    """Examples trained on, every epoch counted."""

    losses: tuple[float, ...]

    @property
    def total(self) -> float:
        """Return the seconds of the whole run."""
        return sum(self.seconds.values())


def run_script(
    script: Script, role: Role, folder: Path, *, given: Given, texts: Path, fraction: float
) -> Taken:
    """Run a script once for one role and return what it took, scaled up where it was sampled.

    Args:
        script: Whose.
        role: Teachers and ceilings train on gold of the teach half, students on soft labels of the transfer
            half; what these labels are does not change the time.
        folder: The model's.
        given: The examples and the recipe.
        texts: Folder of the parts, as files.
        fraction: Of steps and rows that are run.
    """
    seconds: dict[str, float] = {}
    with _timed(seconds, "load"):
        torch.manual_seed(0)
        model = PeerClassifier(folder)
    with _timed(seconds, "tokenise"):
        parts = load_parts(folder, texts, given, soft=role == "student")
    with tempfile.TemporaryDirectory() as scratch:
        with _timed(seconds, "gather"):
            times = _gather(model, [parts[name] for name in script.gathers.get(role, ())], fraction, scratch)
        seconds["gather"] *= times
        rows = parts["transfer" if role == "student" else "teach"]
        order = script.orders(rows, recipe=given.recipe, seed=0)
        optimiser = adamw(model, given.recipe)
        model.train()
        taken = _sampled_steps(order, rows, fraction)
        steps = train(model, rows, taken, step=script.step, recipe=given.recipe, optimiser=optimiser)
        seconds["train"], losses = _train(steps, len(order), fraction)
        model.eval()
        every = script.evaluated_every
        times = max(1, len(order) // every) if every else 1
        evaluated = [parts[name] for name in script.evaluated]
        seconds["evaluate"] = times * _ask_all(model, evaluated, script, fraction)
        labelled = [parts[name] for name in script.labelled.get(role, ())]
        seconds["label"] = _ask_all(model, labelled, script, fraction)
        with _timed(seconds, "save"):
            if script.saves:
                save_file(_copies(model), Path(scratch) / "weights.safetensors")
            if every:
                save_file(_copies(model) | _state(optimiser), Path(scratch) / "checkpoint.safetensors")
        seconds["save"] *= times
    return Taken(seconds, len(order), sum(map(len, order)), losses)


def warm_up(folder: Path, *, given: Given, texts: Path) -> None:
    """Load, tokenise and train a little, so that what a process does only once is in nobody's time."""
    rows = load_parts(folder, texts, given, soft=False)["teach"]
    model = PeerClassifier(folder)
    order, optimiser = [np.arange(2)], adamw(model, given.recipe)
    list(train(model, rows, order, step=accumulated, recipe=given.recipe, optimiser=optimiser))


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = time.perf_counter() - start


def load_parts(folder: Path, texts: Path, given: Given, *, soft: bool) -> dict[str, Rows]:
    """Return every part, read afresh and tokenised row by row."""
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    parts = {}
    for name in given.parts:
        rows = [json.loads(line) for line in (texts / f"{name}.jsonl").read_text().splitlines()]
        gold = torch.eye(2)[[row["label"] for row in rows]] if rows else torch.zeros(0, 2)
        labels = 0.6 * gold + 0.2 if soft else gold
        parts[name] = Rows([tokenizer(row["text"])["input_ids"] for row in rows], labels)
    return parts


def _sampled_steps(order: list[np.ndarray], rows: Rows, fraction: float) -> list[np.ndarray]:
    """Return all batches, or one to warm up and some spread evenly over the batches' numbers of tokens."""
    if fraction >= 1:
        return order
    num = min(len(order), max(LEAST_STEPS, math.ceil(fraction * len(order))))
    longest = [int(rows.lengths[chosen].max()) * len(chosen) for chosen in order]
    by_size = np.argsort(longest, kind="stable")
    return [order[0], *(order[place] for place in by_size[_spread(len(order), num)].tolist())]


def _spread(total: int, num: int) -> np.ndarray:
    return ((np.arange(num) + 0.5) * total / num).astype(int)


def _train(steps: Iterator[float], total: int, fraction: float) -> tuple[float, tuple[float, ...]]:
    """Return the seconds of all steps, and the losses of those that were taken."""
    first = () if fraction >= 1 else (next(steps),)
    start = time.perf_counter()
    losses = tuple(steps)
    return (time.perf_counter() - start) * total / len(losses), (*first, *losses)


def _ask_all(model: PeerClassifier, parts: Sequence[Rows], script: Script, fraction: float) -> float:
    """Return the seconds of asking about every row of some parts."""
    seconds = 0.0
    for rows in parts:
        # The plain loop sorts what it asks too; a sample of sorted rows would be all short.
        chosen = _sample(rows, fraction)
        if script.orders is by_length:
            chosen = chosen[np.argsort(rows.lengths[chosen], kind="stable")]
        start = time.perf_counter()
        ask(model, rows, chosen, rows_a_forward=script.rows_asked, precision=script.precision)
        seconds += (time.perf_counter() - start) * len(rows) / len(chosen)
    return seconds


def _sample(rows: Rows, fraction: float) -> np.ndarray:
    """Return rows spread evenly over all lengths, in the order they stand in."""
    num = min(len(rows), max(LEAST_ROWS, math.ceil(fraction * len(rows))))
    order = np.argsort(rows.lengths, kind="stable")
    return np.sort(order[_spread(len(rows), num)])


def _gather(model: PeerClassifier, parts: Sequence[Rows], fraction: float, scratch: str) -> float:
    """Keep hidden states of all layers, row by row; return how many times longer all rows would take."""
    everything, read = sum(map(len, parts)), 0
    states = []
    with torch.no_grad(), arithmetic("float32"):
        for rows in parts:
            for row in _sample(rows, fraction).tolist():
                ids = torch.tensor([rows.ids[row]])
                layers = model.body(input_ids=ids, output_hidden_states=True).hidden_states
                states.append(torch.stack([layer[0, -1] for layer in layers]))
            read += len(_sample(rows, fraction))
    if states:
        save_file({"states": torch.stack(states)}, Path(scratch) / "states.safetensors")
    return everything / read if read else 1.0


def _copies(model: PeerClassifier) -> dict[str, torch.Tensor]:
    return {name: value.detach().contiguous() for name, value in model.state_dict().items()}


def _state(optimiser: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    kept = optimiser.state_dict()["state"]
    return {f"optimiser.{k}.{name}": value for k, one in kept.items() for name, value in one.items()}
