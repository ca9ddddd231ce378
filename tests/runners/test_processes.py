"""Worker processes begin without anything that could be in an unknown state."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from outlearn.runners.processes import PRELOADED, worker_context


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs a system that lists threads")
def test_the_process_that_workers_are_forked_from_has_one_thread() -> None:
    program = (
        f"import importlib, os; [importlib.import_module(name) for name in {PRELOADED!r}];"
        "print(len(os.listdir('/proc/self/task')))"
    )
    # Of numpy's own threads, which it parks around a fork, one core has none.
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, env=environment
    )
    assert done.stdout.strip() == "1"


def test_importing_what_starts_a_worker_imports_no_analysis_and_no_reports() -> None:
    program = (
        "import sys, outlearn.runners.worker;"
        "print(*sorted({name.split('.')[1] for name in sys.modules if name.startswith('outlearn.')}))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert not {"analysis", "report", "cli", "trackers"} & set(done.stdout.split())


def test_workers_are_never_forked_from_the_run_itself() -> None:
    assert worker_context().get_start_method() in ("forkserver", "spawn")


def test_what_workers_are_forked_with_is_shared_by_all_of_them() -> None:
    program = (
        "import gc, sys, outlearn.runners.preloaded; print(gc.get_freeze_count(), 'polars' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    frozen, polars = done.stdout.split()
    assert int(frozen) > 100_000
    assert polars == "False"
