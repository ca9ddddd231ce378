"""This machine: steps in this process, or in a few worker processes, in any order the graph allows.

Steps that are faster together are done as one bundle (see `bundles`). Of what could be done next, steps
without a model come first, so that results are there as soon as they can be; then the experiment's order.
"""

import heapq
import multiprocessing
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

import torch

from outlearn.core import OutlearnError
from outlearn.experiments import Step
from outlearn.runners.bundles import Bundle, bundles_of, waits_of
from outlearn.runners.options import RunOptions
from outlearn.runners.processes import surroundings, worker_context
from outlearn.runners.telling import OnTold, Told
from outlearn.runners.worker import run_bundle, run_bundle_in_worker, start_worker
from outlearn.store import Store


def run_steps(steps: Sequence[Step], *, store: Store, options: RunOptions, on_told: OnTold) -> None:
    """Run every step that the store does not hold yet; inputs must stand before the steps that read them.

    Args:
        steps: The steps.
        store: Where their records are and will be.
        options: Placement.
        on_told: Called with what workers tell, from any thread; that steps are done is told from this one, so
            an error there ends the run.

    Raises:
        OutlearnError: If a step fails.
    """
    to_do = [step for step in steps if not store.has(step.fingerprint)]
    bundles = bundles_of(to_do, workers=options.num_workers)
    if not bundles:
        return
    if options.num_workers == 1:
        torch.set_num_threads(options.num_threads)
        for bundle in bundles:
            with _told_of_failure(bundle, on_told):
                run_bundle(bundle, store=store, options=options, rank=0, on_told=on_told)
            on_told(Told(bundle.fingerprints, 0, "done"))
    else:
        _run_in_workers(bundles, store=store, options=options, on_told=on_told)


def _run_in_workers(bundles: Sequence[Bundle], *, store: Store, options: RunOptions, on_told: OnTold) -> None:
    context = worker_context()
    workers = min(options.num_workers, len(bundles))
    ranks, told = context.SimpleQueue(), context.SimpleQueue()
    for rank in range(workers):
        ranks.put(rank)
    listener = threading.Thread(target=_listen, args=(told, on_told), daemon=True)
    listener.start()
    given = (store.root, options, ranks, told, surroundings())
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=start_worker, initargs=given)
    try:
        _submit_as_ready(pool, bundles, workers=workers, on_told=on_told)
    except BaseException:
        # Ctrl-C or a failed step: what is done is in the store, what is half done is worth nothing.
        for process in list((pool._processes or {}).values()):
            process.kill()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    finally:
        told.put(None)
        listener.join(timeout=5)
    pool.shutdown(wait=True)


def _submit_as_ready(
    pool: ProcessPoolExecutor, bundles: Sequence[Bundle], *, workers: int, on_told: OnTold
) -> None:
    """Give every worker a bundle at a time: what is queued ahead could not be overtaken by lighter ones."""
    waits = waits_of(bundles)
    ready = [(not one.is_light, number) for number, one in enumerate(bundles) if not waits.unmet[number]]
    heapq.heapify(ready)
    running: dict[Future[None], int] = {}
    while ready or running:
        while ready and len(running) < workers:
            _, number = heapq.heappop(ready)
            running[pool.submit(run_bundle_in_worker, bundles[number])] = number
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            number = running.pop(future)
            with _told_of_failure(bundles[number], on_told):
                _result(future, bundles[number])
            for follower in waits.settle(number):
                heapq.heappush(ready, (not bundles[follower].is_light, follower))
            on_told(Told(bundles[number].fingerprints, -1, "done"))


def _result(future: Future[None], bundle: Bundle) -> None:
    try:
        future.result()
    except BrokenProcessPool as error:
        raise OutlearnError(
            f"a worker process died during '{bundle.title}' (for want of memory, perhaps);"
            " run the same command again to go on, with fewer --workers if memory is short"
        ) from error


@contextmanager
def _told_of_failure(bundle: Bundle, on_told: OnTold) -> Iterator[None]:
    try:
        yield
    except Exception:
        on_told(Told(bundle.fingerprints, -1, "failed"))
        raise


def _listen(told: "multiprocessing.queues.SimpleQueue[Told | None]", on_told: OnTold) -> None:
    while (message := told.get()) is not None:
        on_told(message)
