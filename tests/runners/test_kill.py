"""Killed at any moment and started again, a run ends with the bytes of an undisturbed one."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing import forkserver
from pathlib import Path

import pytest

from outlearn.analysis import write_results_csv
from outlearn.runners import RunOptions, run
from tests.in_process import outlearn
from tests.small_experiment import Small, small_experiment, toml_of

KILLS = 20
PATIENCE_S = 600.0
"""Until a test gives up what it waits for, which comes in a second on an idle machine."""

PRELOADED = (
    "outlearn.models.classifier",
    "outlearn.runners.local",
    "outlearn.runners.whole",
    "transformers.models.auto.modeling_auto",
    "transformers.models.auto.tokenization_auto",
    "transformers.models.gpt2.modeling_gpt2",
    "transformers.models.llama.modeling_llama",
    "tests.runners.test_kill",
)
"""What a child has loaded already, so that it starts in milliseconds and kills fall into the work."""

CONTEXT = multiprocessing.get_context("forkserver")


@pytest.fixture(scope="module", autouse=True)
def fork_server() -> Iterator[None]:
    """A process to fork from that is these tests' own: other tests have started one with less in it."""
    server = forkserver._forkserver  # type: ignore[attr-defined]
    server._stop()
    CONTEXT.set_forkserver_preload(list(PRELOADED))
    yield
    server._stop()


def work(small: Small, store: Path) -> None:
    """Run the experiment to its end on one core, with a checkpoint after every optimiser step."""
    os.sched_setaffinity(0, {random.choice(sorted(os.sched_getaffinity(0)))})
    options = RunOptions(device="cpu", checkpoint_every_s=0.0)
    done = run(small.spec, store=store, options=options, base=small.folder)
    write_results_csv(done.results(), path=store / "results.csv")


def start(small: Small, store: Path) -> "multiprocessing.process.BaseProcess":
    process = CONTEXT.Process(target=work, args=(small, store))
    process.start()
    return process


def finish(small: Small, store: Path) -> bytes:
    process = start(small, store)
    process.join(PATIENCE_S)
    assert process.exitcode == 0
    return (store / "results.csv").read_bytes()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    sizes = {"teach": 24, "transfer": 24, "validation": 6, "test": 12}
    return small_experiment(tmp_path_factory.mktemp("small"), sizes=sizes)


def test_twenty_kills_at_random_moments_leave_the_same_bytes(small: Small) -> None:
    finish(small, small.folder / "warm-up")
    started = time.monotonic()
    expected = finish(small, small.folder / "undisturbed")
    duration_s = time.monotonic() - started
    moments = random.Random(0)
    caught = 0
    for kill in range(KILLS):
        store = small.folder / f"killed-{kill}"
        process, began = start(small, store), time.monotonic()
        process.join(moments.uniform(0, duration_s))
        if process.is_alive():
            caught += 1
        else:  # the machine was busier before: later kills are to fall into the work again
            duration_s = min(duration_s, time.monotonic() - began)
        process.kill()
        process.join()
        assert finish(small, store) == expected, f"kill {kill}"
    assert caught >= KILLS // 2, f"only {caught} of {KILLS} kills fell before the end; the test shows little"


def test_one_run_killed_again_and_again_still_ends_with_the_same_bytes(small: Small) -> None:
    started = time.monotonic()
    expected = finish(small, small.folder / "steady")
    duration_s = time.monotonic() - started
    store, moments = small.folder / "harried", random.Random(1)
    for _ in range(5):
        process = start(small, store)
        process.join(moments.uniform(0.3, 0.6) * duration_s)
        process.kill()
        process.join()
    assert finish(small, store) == expected


def test_workers_end_when_their_parent_is_killed(small: Small) -> None:
    (small.folder / "small.toml").write_text(toml_of({**small.content, "seeds": 8}))
    command = [sys.executable, "-m", "outlearn", "run", "small.toml", "--workers", "2", "--store", "orphans"]
    process = subprocess.Popen(
        command, cwd=small.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert wait_for(lambda: len(workers_of(process.pid)) >= 2), "no workers were started"
    workers = workers_of(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert wait_for(lambda: not any(alive(worker) for worker in workers))


def workers_of(pid: int) -> list[int]:
    """Return the processes forked from the one that a run starts to fork its workers from."""
    servers = [child for child, told in children(pid) if "forkserver" in told]
    return [worker for server in servers for worker, _ in children(server)]


def children(pid: int) -> list[tuple[int, str]]:
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True
    )
    return [(int(line.split()[0]), line) for line in listed.stdout.splitlines()]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().split(")")[1].split()[0] != "Z"


def wait_for(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_leaves_a_word_and_the_same_command_goes_on(small: Small, workers: str) -> None:
    # Most of the run is still to come when the first steps are seen to be done.
    (small.folder / "small.toml").write_text(toml_of({**small.content, "seeds": 24}))
    store = f"stopped-{workers}"
    command = [sys.executable, "-m", "outlearn", "run", "small.toml", "--workers", workers, "--store", store]
    process = subprocess.Popen(
        command, cwd=small.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    records = small.folder / store / "records"
    assert wait_for(lambda: len(list(records.glob("*/*"))) > 24 + 8), "nothing was computed"
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "the same command goes on from here" in told
    assert "Traceback" not in told
    left = outlearn(*command[3:], "--dry-run", cwd=small.folder)
    assert left.returncode == 0, left.stderr
    assert "240 steps to run" not in left.stdout
    assert "in the store already" in left.stdout
