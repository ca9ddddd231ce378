"""How long many probes of the same features take side by side, and how long one by one.

    python -m benchmarks.heads                           all losses, 20 seeds, 10,000 x 4,096 features
    python -m benchmarks.heads --processes 1 --device cuda
    python -m benchmarks.heads --epochs 2                half a minute; seconds grow with epochs

The features are random numbers in a file of their own, mapped as the feature track maps them; the labels are
soft and random. The recipe is the feature track's. "Losses" are those that the methods of one fit minimise,
each once. Processes deal the seeds out among them and have one thread each, as the workers of a run do. A
probe trained one by one has one core to itself: it is measured on a few heads for one epoch, and scaled.
Besides seconds, processor seconds are given, which other work on the machine moves less.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from benchmarks.child import end_with_parent
from safetensors import safe_open
from safetensors.torch import save_file
from tests.every_method import methods_of_one_fit

from outlearn.core import generator
from outlearn.models import Features, Probe
from outlearn.training import Head, Loss, Placement, Recipe, can_share, predict, train, train_heads

ALONE = 3
"""Heads that are trained one by one, to know how long that takes."""


def main() -> None:
    """Print both times, their ratio, and how far the two ways are apart."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--width", type=int, default=4_096)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    torch.set_num_threads(1)
    placement = Placement(device=torch.device(given.device))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "features.safetensors"
        drawn = generator(0, "benchmark", "features").standard_normal(
            (given.examples, given.width), np.float32
        )
        save_file({"features": torch.from_numpy(drawn)}, file)
        shares = [range(first, given.seeds, given.processes) for first in range(given.processes)]
        work = partial(_together, file, epochs=given.epochs, placement=placement)
        context = get_context("spawn")
        with ProcessPoolExecutor(given.processes, context, initializer=end_with_parent) as pool:
            done = list(pool.map(work, shares))
        seconds, spent = max(one.seconds for one in done), sum(one.processor_seconds for one in done)
        num_heads = sum(one.num_heads for one in done)
        alone = _alone(_heads(file, seeds=range(1), epochs=given.epochs), placement)
    print(
        f"{num_heads} heads ({num_heads // given.seeds} losses x {given.seeds} seeds), {given.epochs} epochs"
    )
    print(f"side by side: {seconds:.0f} s in {given.processes} processes, {spent:.0f} processor s in all")
    print(f"one by one:   {alone.processor_seconds * num_heads:.0f} processor s in all, scaled")
    print(f"ratio of processor s: {alone.processor_seconds * num_heads / spent:.1f}")
    print(f"largest difference of a probability after one epoch: {alone.apart:.1e}")


@dataclass(frozen=True, slots=True)
class Together:
    """What training side by side took a process."""

    num_heads: int
    seconds: float
    processor_seconds: float


@dataclass(frozen=True, slots=True)
class Alone:
    """What training one head takes, and how far it ends from its like trained side by side."""

    processor_seconds: float
    apart: float


def _together(file: Path, seeds: Sequence[int], *, epochs: int, placement: Placement) -> Together:
    torch.set_num_threads(1)
    heads = _heads(file, seeds=seeds, epochs=epochs)
    start, spent = time.perf_counter(), time.process_time()
    train_heads(heads, placement=placement)
    return Together(len(heads), time.perf_counter() - start, time.process_time() - spent)


def _heads(file: Path, *, seeds: Sequence[int], epochs: int) -> list[Head]:
    with safe_open(file, framework="pt") as saved:
        values: torch.Tensor = saved.get_tensor("features")
    recipe = Recipe(learning_rate=1e-3, epochs=epochs, batch_size=128, schedule="constant")
    losses: list[Loss] = []
    for method in methods_of_one_fit().values():
        (parts,) = method.parts
        if can_share(parts.loss, recipe) and parts.loss not in losses:
            losses.append(parts.loss)
    features, weights = Features(values, rows=np.arange(len(values))), np.ones(len(values))
    heads = []
    for seed in seeds:
        labels = generator(seed, "benchmark", "labels").dirichlet(np.ones(2), size=len(values))
        heads += [Head(features, labels, weights, loss, recipe, seed) for loss in losses]
    return heads


def _alone(heads: list[Head], placement: Placement) -> Alone:
    seconds, apart = [], 0.0
    for head in heads[:: len(heads) // ALONE][:ALONE]:
        recipe = head.recipe.model_copy(update={"epochs": 1})
        probe = Probe(head.features.values.shape[1], num_classes=2)
        start = time.process_time()
        train(
            probe,
            head.features,
            head.labels,
            weights=head.weights,
            loss=head.loss,
            recipe=recipe,
            seed=head.seed,
            placement=placement,
        )
        seconds.append((time.process_time() - start) * head.recipe.epochs)
        (found,) = train_heads([replace(head, recipe=recipe)], placement=placement)
        said = predict(probe, head.features, recipe=recipe, placement=placement)
        with torch.no_grad():
            probe.head.weight.copy_(found.weight)
            probe.head.bias.copy_(found.bias)
        theirs = predict(probe, head.features, recipe=recipe, placement=placement)
        apart = max(apart, float(np.abs(said - theirs).max()))
    return Alone(statistics.median(seconds), apart)


if __name__ == "__main__":
    main()
