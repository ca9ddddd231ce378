"""How near training and prediction come to what the machine's matrix products can do.

    python -m benchmarks.utilisation --mirror MIRROR                  GPT-2's shape, 6 layers 384 wide, CPU
    python -m benchmarks.utilisation --mirror MIRROR --changes        the same with each change taken back
    python -m benchmarks.utilisation --device cuda                    1 billion parameters, 256 tokens a text

Utilisation = model FLOPs / (seconds x peak). Model FLOPs are those of the products of matrices that real
tokens need: 2 for each weight of a block and token, 4 x width for each pair of tokens that attention has to
look at (no token looks ahead), three times that for training; the last block's MLP is needed at the
read-out positions alone. The peak is that of a large product of two
square matrices, measured before and after each run, because machines slow down and speed up. Seconds hold
everything: batches, clipping, the optimiser.

Padding is counted where it would be paid for: tokens given to the first block, less real ones.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from unittest import mock

import numpy as np
import torch
from benchmarks.measured import Measured, keep
from benchmarks.peer_material import stage, texts_of
from torch import nn

from outlearn.core import generator
from outlearn.models import Classifier, Tokens, load_classifier, load_tokenizer, open_model, tokenise
from outlearn.models.packing import end_to_end
from outlearn.models.quiet import quiet
from outlearn.models.tokenisation import pack
from outlearn.training import CROSS_ENTROPY, Placement, Recipe, predict, train

MODEL = "./6x384"
STEPS = {"sciq": 12, "boolq": 4, "256 tokens": 8}
"""Optimiser steps of a measurement: seconds each."""

REPEATS = 3
BATCH = 32
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """What is trained and asked."""

    name: str
    texts: Tokens
    build: Callable[[], Classifier]
    device: torch.device


@dataclass(frozen=True, slots=True)
class Found:
    """Medians over repeats."""

    train: float
    """Utilisation in training, in per cent."""

    ask: float
    train_seconds: float
    ask_seconds: float
    peak: float
    """FLOP/s."""

    padding: float
    """Tokens read in training that are not real, in per cent of the real ones."""


CHANGES = {
    "nothing": (),
    "texts side by side, padded": (("outlearn.models.packing.FAMILIES", frozenset()),),
    "texts not parted by length in attention": (("outlearn.models.packing.WORTH", 1.1),),
    "GELU of eight operations": (("outlearn.models.backbone.with_fused_activation", lambda _: None),),
    "attention by torch's kernel": (("outlearn.models.block_attention.BY_HAND", 0),),
    "the last block's MLP at every token": (("outlearn.models.read_out.ReadOut.narrow", lambda *_: None),),
    "the whole vocabulary trained": (("outlearn.training.vocabulary.WORTH", 0.0),),
}
"""What is taken back, one at a time: names in our code and what they were."""


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mirror", type=Path, help="folder that holds hub/ and files/")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--changes", action="store_true")
    parser.add_argument("--into", type=Path, default=None)
    asked = parser.parse_args()
    device = torch.device(asked.device)
    if device.type == "cpu" and asked.mirror is None:
        parser.error("on a CPU the texts are SciQ's and BoolQ's: give --mirror")
    torch.set_num_threads(asked.threads)
    with tempfile.TemporaryDirectory() as folder:
        large = device.type != "cpu"
        cases = [_large(device)] if large else _small(asked.mirror, Path(folder))
        where = f"--device {asked.device}" if large else f"--mirror MIRROR --threads {asked.threads}"
        command = f"python -m benchmarks.utilisation {where}"
        if asked.changes:
            keep(_table_of_changes(cases, f"{command} --changes"), asked.into)
        else:
            keep(_table(cases, command, name="utilisation-cuda" if large else "utilisation"), asked.into)


def _small(mirror: Path, folder: Path) -> list[Case]:
    cases = []
    for task in ("sciq", "boolq"):
        scene = stage(task, mirror=mirror, folder=folder)
        rows = texts_of(mirror)[task]
        order = generator(0, "benchmark", "texts").permutation(len(rows))[: STEPS[task] * BATCH]
        texts = tokenise(
            load_tokenizer(open_model(str(scene.models[MODEL]))),
            [rows[number] for number in order],
            ids=[str(number) for number in order],
            max_tokens=256,
            long_texts="cut_start",
        )
        cases.append(
            Case(
                task,
                texts,
                partial(read_anew, scene.models[MODEL]),
                torch.device("cpu"),
            )
        )
    return cases


def read_anew(folder: Path) -> Classifier:
    """Return the classifier as read anew: copies have times of their own, so none is taken for another."""
    with tempfile.TemporaryDirectory() as scratch:
        copied = shutil.copytree(folder, Path(scratch) / folder.name, copy_function=shutil.copyfile)
        return load_classifier(open_model(str(copied)), num_classes=2, head_init="zero")


def _large(device: torch.device) -> Case:
    """Return texts of 256 tokens each and a Llama of 1 billion parameters with fresh weights."""
    from transformers import LlamaConfig, LlamaModel

    config = LlamaConfig(
        vocab_size=50_304,
        hidden_size=2048,
        intermediate_size=5632,
        num_hidden_layers=20,
        num_attention_heads=16,
        max_position_embeddings=512,
        use_cache=False,
    )

    def build() -> Classifier:
        with quiet(), torch.device(device):
            return Classifier(end_to_end(LlamaModel(config)), num_classes=2).to(device)

    drawn = generator(0, "benchmark", "utilisation").integers(5, 50_000, (STEPS["256 tokens"] * BATCH, 256))
    return Case("256 tokens", pack(drawn.tolist(), num_cut=0), build, device)


def _table(cases: list[Case], command: str, *, name: str) -> Measured:
    rows = []
    for case in cases:
        for precision in PRECISIONS:
            found = _measure(case, precision)
            rows.append(
                (
                    case.name,
                    precision,
                    round(found.padding, 2),
                    round(found.peak / 1e9),
                    round(found.train_seconds, 2),
                    round(found.train, 1),
                    round(found.ask_seconds, 2),
                    round(found.ask, 1),
                )
            )
            print(rows[-1], flush=True)
    columns = (
        "texts",
        "precision",
        "padding, %",
        "peak, GFLOP/s",
        "training, s",
        "training, %",
        "prediction, s",
        "prediction, %",
    )
    notes = (f"Per cent of the peak measured beside it; medians of {REPEATS} runs each; {_in_words(cases)}.",)
    return Measured(name, "FLOPs utilisation", command, columns, tuple(rows), notes)


def _table_of_changes(cases: list[Case], command: str) -> Measured:
    rows = []
    for case in cases:
        for precision in PRECISIONS:
            whole = _measure(case, precision)
            for change, patches in CHANGES.items():
                with changed(patches):
                    found = whole if change == "nothing" else _measure(case, precision)
                slower = found.train_seconds * found.peak / (whole.train_seconds * whole.peak)
                asked = found.ask_seconds * found.peak / (whole.ask_seconds * whole.peak)
                rows.append((case.name, precision, change, round(found.padding, 1), slower, asked))
                print(rows[-1], flush=True)
    columns = ("texts", "precision", "taken back", "padding, %", "training takes", "prediction takes")
    notes = (
        "Times as long as with nothing taken back, each in units of the peak measured beside it."
        f" {_in_words(cases)}.",
    )
    return Measured("changes", "Each change taken back", command, columns, tuple(rows), notes)


def _in_words(cases: list[Case]) -> str:
    means = ", ".join(f"{case.name} {case.texts.lengths.mean():.0f} tokens a text" for case in cases)
    return f"batches of {BATCH}, {means}"


@contextmanager
def changed(patches: tuple[tuple[str, object], ...]) -> Iterator[None]:
    """Have these names mean what they meant before a change."""
    with ExitStack() as stack:
        for name, value in patches:
            stack.enter_context(mock.patch(name, value))
        yield


def _measure(case: Case, precision: str) -> Found:
    model = case.build()
    recipe = Recipe.model_validate(
        {"learning_rate": 1e-5, "epochs": 1, "batch_size": BATCH, "precision": precision}
    )
    placement = Placement(device=case.device)
    flops = _flops(model, case.texts)
    read = _tokens_read(model)
    labels = np.eye(2)[np.arange(len(case.texts)) % 2]
    weights = np.ones(len(case.texts))

    def training() -> object:
        return train(
            model,
            case.texts,
            labels,
            weights=weights,
            loss=CROSS_ENTROPY,
            recipe=recipe,
            seed=0,
            placement=placement,
        )

    def asking() -> object:
        return predict(model, case.texts, recipe=recipe, placement=placement)

    training()
    read.clear()
    training()
    real = int(case.texts.lengths.sum())
    padding = 100 * (sum(read) / real - 1)
    trained = [_timed(training, precision, case.device) for _ in range(REPEATS)]
    asked = [_timed(asking, precision, case.device) for _ in range(REPEATS)]
    return Found(
        train=100 * median(3 * flops / seconds / peak for seconds, peak in trained),
        ask=100 * median(flops / seconds / peak for seconds, peak in asked),
        train_seconds=median(seconds for seconds, _ in trained),
        ask_seconds=median(seconds for seconds, _ in asked),
        peak=median(peak for _, peak in trained + asked),
        padding=padding,
    )


def _flops(model: Classifier, texts: Tokens) -> float:
    """Return the FLOPs of the products that real tokens need in one forward pass."""
    config = model.backbone.config.get_text_config()
    blocks = next(one for one in model.backbone.modules() if isinstance(one, nn.ModuleList))
    last = _weights(blocks[-1].mlp)
    lengths = texts.lengths.astype(np.float64)
    pairs = (lengths * (lengths + 1) / 2).sum()
    products = 2 * (_weights(blocks) - last) * lengths.sum() + 2 * last * len(texts)
    return float(products + 4 * config.num_hidden_layers * config.hidden_size * pairs)


def _weights(module: nn.Module) -> int:
    return sum(value.numel() for value in module.parameters() if value.ndim == 2)


def _tokens_read(model: Classifier) -> list[int]:
    """Return a list that grows by the tokens given to the first block at each forward pass."""
    read: list[int] = []
    first = next(one for one in model.backbone.modules() if isinstance(one, nn.ModuleList))[0]
    first.register_forward_pre_hook(lambda _, inputs: read.append(inputs[0][..., 0].numel()))
    return read


def _timed(work: Callable[[], object], precision: str, device: torch.device) -> tuple[float, float]:
    """Return the seconds of the work and the peak around it."""
    before = _peak(precision, device)
    start = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    seconds = time.perf_counter() - start
    return seconds, (before + _peak(precision, device)) / 2


def _peak(precision: str, device: torch.device) -> float:
    """Return the FLOP/s of a product of two square matrices."""
    size, times = (2048, 8) if device.type == "cpu" else (8192, 20)
    one, other = (torch.randn(size, size, device=device).to(getattr(torch, precision)) for _ in range(2))
    one @ other
    if device.type == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(times):
        one @ other
    if device.type == "cuda":
        torch.cuda.synchronize()
    return times * 2 * size**3 / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
