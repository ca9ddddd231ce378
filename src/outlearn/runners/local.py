"""This machine: steps in this process, or in a few worker processes, in any order the graph allows.

Steps that are faster together are done as one bundle (see `bundles`).
"""

import multiprocessing
import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

import torch

from outlearn.core import OutlearnError
from outlearn.experiments import Step
from outlearn.runners.bundles import Bundle, bundles_of, waits_of
from outlearn.runners.options import RunOptions
from outlearn.runners.worker import OnProgress, run_bundle, run_bundle_in_worker, start_worker
from outlearn.store import Store


def run_steps(steps: Sequence[Step], *, store: Store, options: RunOptions, on_progress: OnProgress) -> None:
    """Run every step that the store does not hold yet; inputs must stand before the steps that read them."""
    to_do = [step for step in steps if not store.has(step.fingerprint)]
    bundles = bundles_of(to_do, workers=options.workers)
    if not bundles:
        return
    if options.workers == 1:
        torch.set_num_threads(options.threads)
        for bundle in bundles:
            run_bundle(bundle, store=store, options=options, rank=0, on_progress=on_progress)
    else:
        _run_in_workers(bundles, store=store, options=options, on_progress=on_progress)


def _run_in_workers(
    bundles: Sequence[Bundle], *, store: Store, options: RunOptions, on_progress: OnProgress
) -> None:
    # A forked child would inherit torch's threads and locks in an unknown state.
    context = multiprocessing.get_context("spawn")
    workers = min(options.workers, len(bundles))
    ranks, progress = context.SimpleQueue(), context.SimpleQueue()
    for rank in range(workers):
        ranks.put(rank)
    listener = threading.Thread(target=_listen, args=(progress, on_progress), daemon=True)
    listener.start()
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=start_worker, initargs=(store.root, options, ranks, progress)
    )
    try:
        _submit_as_ready(pool, bundles)
    except BaseException:
        # Ctrl-C or a failed step: what is done is in the store, what is half done is worth nothing.
        for process in list((pool._processes or {}).values()):
            process.kill()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    finally:
        progress.put(None)
        listener.join(timeout=5)
    pool.shutdown(wait=True)


def _submit_as_ready(pool: ProcessPoolExecutor, bundles: Sequence[Bundle]) -> None:
    waits = waits_of(bundles)
    ready = [number for number in range(len(bundles)) if not waits.unmet[number]]
    running: dict[Future[None], int] = {}
    while ready or running:
        running.update({pool.submit(run_bundle_in_worker, bundles[number]): number for number in ready})
        ready = []
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            number = running.pop(future)
            try:
                future.result()
            except BrokenProcessPool as error:
                raise OutlearnError(
                    f"a worker process died during '{bundles[number].title}' (for want of memory, perhaps);"
                    " run the same command again to go on, with fewer --workers if memory is short"
                ) from error
            ready += waits.settle(number)


def _listen(
    progress: "multiprocessing.queues.SimpleQueue[tuple[str, float] | None]", on_progress: OnProgress
) -> None:
    while (message := progress.get()) is not None:
        on_progress(*message)
