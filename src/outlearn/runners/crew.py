"""How many workers a run gets where that is left to it.

The operations of a small model are so short that threads which share one wait for each other most of the
time: two workers with a thread each do half as much again as one worker with two. So a run of many small
models on a CPU gets a worker for each core, every one with a single thread; any other run gets one worker
with all threads, because a large model keeps them busy by itself and memory holds few of its like, and a GPU
is one device for all.

What decides the threads is the experiment and the machine, never what is done already or the memory that is
free just now: one thread and two round differently, and a run that was cut off is to go on with the numbers
of an undisturbed one. How many workers there are moves no number. Few are enough for what is soon done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch

from outlearn.experiments import WORKING, Step, Work
from outlearn.models import free_bytes
from outlearn.runners.options import RunOptions

SMALL = 10_000_000
"""Parameters, embeddings and all, of the largest model for which one thread is best."""

STEPS_A_CORE = 4
"""Steps that run a model for each core, from which on cores are busy nearly to the end."""

WORTH_S = 10.0
"""Seconds of work for which a worker is worth its start, which takes a core some 3 s."""

WORKER_BYTES = 2**30
"""Memory of a worker with small models: torch, transformers, activations."""

TOKEN_S = 2e-6
"""Seconds that a token of the smallest models takes one thread."""

OPERATIONS_PER_S = 5e10
"""What one thread does of larger ones."""


def with_crew(
    options: RunOptions,
    steps: Sequence[Step],
    *,
    left: Mapping[str, Work],
    sizes: Mapping[str, int],
    device: torch.device,
) -> RunOptions:
    """Return the options with a number of workers, and with their threads.

    Args:
        options: As given; numbers in them stay.
        steps: All steps of the experiment, those that are done included.
        left: Fingerprint to the work of each step to run.
        sizes: Digest of each model to its parameters.
        device: Of the first worker.
    """
    if options.workers != "auto":
        return options
    one = replace(options, workers=1)
    cores = one.num_threads
    many = sum(step.kind in WORKING for step in steps) >= STEPS_A_CORE * cores
    small = max(sizes.values(), default=SMALL + 1) <= SMALL
    if device.type != "cpu" or options.threads != "auto" or not (many and small):
        return one
    most = min(cores, int(free_bytes(device) // WORKER_BYTES), int(_seconds(left, sizes) // WORTH_S))
    return replace(one, workers=max(1, most), threads=1)


def _seconds(left: Mapping[str, Work], sizes: Mapping[str, int]) -> float:
    """Return about what the work takes one thread, as if all were the largest model's."""
    tokens = sum(3 * one.train_tokens + one.predict_tokens for one in left.values())
    return tokens * (TOKEN_S + 2 * max(sizes.values()) / OPERATIONS_PER_S)
