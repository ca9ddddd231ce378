"""How much memory training was planned to hold, and how much it held at its peak.

    python -m benchmarks.memory                              6 x 384 and 12 x 768 GPT-2 shapes, on the CPU
    python -m benchmarks.memory --device cuda                the same on a GPU
    python -m benchmarks.memory --shapes 24x2048 --tokens 16384 --device cuda --into FOLDER

Every line is a process of its own, which trains for two steps of two micro-batches each: the second step has
weights, gradients, the optimiser's state and activations all at once. Planned are the bytes that the planner
counted before the first step (weights + gradients + optimiser + activations of the largest micro-batch).

The peak on a GPU is what PyTorch had allocated at most. On the CPU, where nobody counts, it is the growth of
the resident set from before training to its peak (Linux alone), and the weights; code that is loaded and what
the allocator cannot give back at once count too. There, memory is "short" where the planner has what is freed
given back at once, and "plenty" where it lets the C library keep it, which is faster and leaves gaps.
"""

import argparse
import ctypes
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import numpy as np
import torch
from benchmarks.child import run_module
from benchmarks.measured import Measured, keep
from torch import nn

from outlearn.core import generator
from outlearn.models import Classifier, Tokens, enable_checkpointing, with_lora
from outlearn.training import CROSS_ENTROPY, Placement, Recipe, memory_of, train
from outlearn.training.allocator import give_back_at_once
from outlearn.training.vocabulary import rows_in_use

GOAL = 1.15
TEXT_TOKENS = 128
SHAPES = ("6x384", "12x768")
VOCABULARY = 50_257


@dataclass(frozen=True, slots=True)
class Case:
    """What is trained."""

    shape: str
    track: str
    optimiser: str
    precision: str
    checkpointing: bool
    memory: str


@dataclass(frozen=True, slots=True)
class Found:
    """Bytes."""

    weights: int
    gradients: int
    optimiser: int
    activations: int
    peak: int

    @property
    def planned(self) -> int:
        """Return the plan's sum."""
        return self.weights + self.gradients + self.optimiser + self.activations


def main() -> None:
    """Print the table, or in a child process what one case takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--shapes", nargs="+", default=SHAPES, help="layers x width")
    parser.add_argument("--tokens", type=int, default=2048, help="padded tokens of a micro-batch")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--into", type=Path, help="folder for the table as JSON")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.case:
        found = _measure(
            Case(**json.loads(given.case)), tokens=given.tokens, device=torch.device(given.device)
        )
        print(json.dumps(asdict(found)))
        return
    cases = list(_cases(given.shapes, given.device))
    print(f"{len(cases)} processes, one after the other, of two training steps each\n", flush=True)
    rows = []
    for case in cases:
        found = _in_a_process(case, tokens=given.tokens, device=given.device)
        rows.append(_row(case, found))
        print(f"{rows[-1]}", flush=True)
    asked = "".join(
        f" --{name} {value}"
        for name, value, usual in (
            ("shapes", " ".join(given.shapes), " ".join(SHAPES)),
            ("tokens", given.tokens, 2048),
            ("device", given.device, "cpu"),
        )
        if value != usual
    )
    told = [row for row, case in zip(rows, cases, strict=True) if case.memory == cases[0].memory]
    worst = max(float(row[-1]) for row in told)
    table = Measured(
        name=f"memory-{given.device}",
        title=f"Memory of training, planned and measured ({given.device})",
        command=f"python -m benchmarks.memory{asked}",
        columns=(
            "shape",
            "trained",
            "optimiser",
            "precision",
            "checkpointing",
            "memory",
            "weights MB",
            "gradients MB",
            "optimiser MB",
            "activations MB",
            "planned MB",
            "peak MB",
            "peak / planned",
        ),
        rows=tuple(rows),
        notes=(
            f"Micro-batches of {given.tokens} tokens, texts of {TEXT_TOKENS}, {VOCABULARY:,} words."
            f" Where memory is {cases[0].memory} the highest ratio is {worst:.2f}; the goal is {GOAL}.",
        ),
    )
    keep(table, given.into)


def _cases(shapes: list[str], device: str) -> Iterator[Case]:
    memory = "short" if device == "cpu" else "plenty"
    for place, shape in enumerate(shapes):
        for precision, checkpointing in product(("float32", "bfloat16"), (False, True)):
            for optimiser in ("adamw", "adafactor") if place == 0 or not checkpointing else ("adamw",):
                yield Case(shape, "full", optimiser, precision, checkpointing, memory)
        yield Case(shape, "lora", "adamw", "float32", False, memory)
        if device == "cpu":
            yield Case(shape, "full", "adamw", "float32", False, "plenty")


def _row(case: Case, found: Found) -> tuple[str | int | float, ...]:
    parts = (found.weights, found.gradients, found.optimiser, found.activations, found.planned, found.peak)
    return (
        case.shape,
        case.track,
        case.optimiser,
        case.precision,
        "on" if case.checkpointing else "off",
        case.memory,
        *(round(part / 1e6, 1) for part in parts),
        round(found.peak / found.planned, 3),
    )


def _in_a_process(case: Case, *, tokens: int, device: str) -> Found:
    asked = ["--case", json.dumps(asdict(case)), "--tokens", str(tokens), "--device", device]
    return Found(**json.loads(run_module("benchmarks.memory", *asked).splitlines()[-1]))


def _measure(case: Case, *, tokens: int, device: torch.device) -> Found:
    """Return what one case was planned to hold and held at its peak."""
    recipe = Recipe.model_validate(
        {
            "learning_rate": 1e-5,
            "epochs": 1,
            "batch_size": 2 * tokens // TEXT_TOKENS,
            "precision": case.precision,
            "optimiser": case.optimiser,
        }
    )
    placement = Placement(device=device, train_tokens=tokens, gradient_checkpointing=case.checkpointing)
    if case.memory == "short":
        give_back_at_once()
    texts = _texts(2 * recipe.batch_size)
    # What code takes once it is loaded is no part of the measurement.
    _train(_model("2x64", case.track).to(device), _texts(4), recipe=recipe, placement=placement)
    model = _model(case.shape, case.track).to(device)
    if case.checkpointing:
        enable_checkpointing(model)
    weights = sum(value.nbytes for value in (*model.parameters(), *model.buffers()))
    with rows_in_use(model, texts, recipe=recipe):
        plan = memory_of(model.train(), texts, recipe=recipe, placement=placement)
    before = _reset_peak(device)
    _train(model, texts, recipe=recipe, placement=placement)
    peak = _peak(device) - before + (weights if device.type == "cpu" else 0)
    activations = plan.activations.bytes_of(tokens)
    return Found(plan.weights, plan.gradients, plan.optimiser, activations, peak)


def _model(shape: str, track: str) -> nn.Module:
    from transformers import GPT2Config, GPT2Model

    layers, width = map(int, shape.split("x"))
    off = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0, "use_cache": False}
    config = GPT2Config(
        vocab_size=VOCABULARY,
        n_embd=width,
        n_layer=layers,
        n_head=width // 64,
        n_positions=TEXT_TOKENS,
        **off,
    )
    classifier = Classifier(GPT2Model(config).train(), num_classes=2)
    return with_lora(classifier, rank=8, alpha=16.0, seed=0) if track == "lora" else classifier


def _texts(number: int) -> Tokens:
    drawn = generator(0, "benchmark", "texts").integers(0, VOCABULARY, size=number * TEXT_TOKENS)
    lengths = np.full(number, TEXT_TOKENS)
    return Tokens(
        ids=drawn.astype(np.int32), lengths=lengths, starts=np.arange(number) * TEXT_TOKENS, num_cut=0
    )


def _train(model: nn.Module, texts: Tokens, *, recipe: Recipe, placement: Placement) -> None:
    labels = np.full((len(texts), 2), 0.5)
    train(
        model,
        texts,
        labels,
        weights=np.ones(len(texts)),
        loss=CROSS_ENTROPY,
        recipe=recipe,
        seed=0,
        placement=placement,
    )


def _reset_peak(device: torch.device) -> int:
    """Start to look for a peak; return what the peak is to be measured from."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
        return 0
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _peak(device: torch.device) -> int:
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else _status("VmHWM")


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    main()
