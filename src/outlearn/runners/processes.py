"""How worker processes begin: forked from one that has imported what all of them need, and nothing else.

A child forked from a run's own process would inherit torch's threads and locks in an unknown state. The
process that workers are forked from has imported torch and transformers and has a single thread, so there are
none to inherit; what takes seconds to import is imported once for all workers, and beside what the run's own
process does meanwhile if it is started early. Where a system cannot do this, each worker begins afresh.

What that process imports stands in `preloaded`.
"""

import multiprocessing
import os
from multiprocessing.context import BaseContext

PRELOADED = ("outlearn.runners.preloaded",)
"""What workers are forked with."""


def worker_context() -> BaseContext:
    """Return the way to start workers on this system."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    return context


def start_early(*, workers: int) -> None:
    """Have what several workers need imported from now on, in a process beside this one, which goes on."""
    if workers > 1 and worker_context().get_start_method() == "forkserver":
        from multiprocessing import forkserver

        forkserver.ensure_running()


def surroundings() -> dict[str, str]:
    """Return the environment variables that a worker is to see: those of the process it works for."""
    return dict(os.environ)


def enter(told: dict[str, str]) -> None:
    """Take over another process's environment variables."""
    os.environ.clear()
    os.environ.update(told)
