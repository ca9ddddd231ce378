"""One worker: a device, its share of the threads, and bundles of steps one after another."""

import os
import signal
import threading
from contextlib import ExitStack
from multiprocessing import connection, parent_process
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any

import torch

from outlearn.core import UsageError
from outlearn.experiments import execute_together
from outlearn.models import KNOWN_TOKENS
from outlearn.runners.bundles import Bundle
from outlearn.runners.options import RunOptions
from outlearn.runners.processes import enter
from outlearn.runners.telling import OnTold, Told, reports
from outlearn.store import Store, open_store
from outlearn.training import Placement

TOKENS = "tokens"
"""The store's cache in which the workers of a run share what they tokenise."""


def choose_device(options: RunOptions, *, rank: int) -> torch.device:
    """Return the device of worker `rank`; without an index, workers are dealt the GPUs in turn.

    Raises:
        UsageError: If the device does not exist here.
    """
    name = options.device
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UsageError(f'device must be "auto", "cpu", "cuda", "cuda:1" or "mps", got {name!r}') from error
    if device.type == "cuda":
        if not torch.cuda.is_available():
            raise UsageError(f"device {name!r} was asked for, but torch sees no GPU here; use --device cpu")
        count = torch.cuda.device_count()
        device = torch.device("cuda", rank % count if device.index is None else device.index)
        if device.index is not None and device.index >= count:
            raise UsageError(f"device {name!r} was asked for, but there are {count} GPUs, numbered from 0")
    return device


def sharers(options: RunOptions) -> int:
    """Return how many workers have the same device at most, and so the same memory."""
    dealt = options.device in {"auto", "cuda"} and torch.cuda.is_available()
    return -(-options.num_workers // torch.cuda.device_count()) if dealt else options.num_workers


def run_bundle(bundle: Bundle, *, store: Store, options: RunOptions, rank: int, on_told: OnTold) -> None:
    """Do those steps of a bundle whose records are not there, holding their locks.

    Two runs on one store do a step once: each looks again for the record once it holds the lock.
    """
    names = sorted(bundle.fingerprints)
    placement = Placement(
        device=choose_device(options, rank=rank),
        train_tokens=options.train_tokens,
        predict_tokens=options.predict_tokens,
        sharers=sharers(options),
        gradient_checkpointing=options.gradient_checkpointing,
        checkpoint_every_s=options.checkpoint_every_s,
        on_step=reports(bundle.fingerprints, worker=rank, on_told=on_told),
    )
    on_told(Told(bundle.fingerprints, rank, "at work"))
    with ExitStack() as locks:
        # In the same order for everyone, so that no two wait for each other.
        for name in names:
            locks.enter_context(store.lock(name))
        to_do = [step for step in bundle.steps if not store.has(step.fingerprint)]
        if to_do:
            execute_together(to_do, store=store, placement=placement)


_state: dict[str, Any] = {}
"""What a worker process keeps between steps."""


def start_worker(
    root: Path,
    options: RunOptions,
    ranks: "SimpleQueue[int]",
    told: "SimpleQueue[Told | None]",
    environment: dict[str, str],
) -> None:
    """Set up a worker process: threads, store, and an end when its parent ends, however it ends."""
    enter(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    torch.set_num_threads(options.num_threads)
    store = open_store(root)
    KNOWN_TOKENS.keep_in(store.cache(TOKENS))
    _state.update(store=store, options=options, rank=ranks.get(), told=told)
    parent = parent_process()
    assert parent is not None

    def follow_parent() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=follow_parent, daemon=True).start()


def run_bundle_in_worker(bundle: Bundle) -> None:
    """Do a bundle in a worker process."""
    run_bundle(
        bundle,
        store=_state["store"],
        options=_state["options"],
        rank=_state["rank"],
        on_told=_state["told"].put,
    )
