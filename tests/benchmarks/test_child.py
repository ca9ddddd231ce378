"""What a benchmark starts ends with it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from benchmarks.child import run_module

SLEEPER = """
import os, sys, time
from pathlib import Path
Path(sys.argv[1]).with_suffix(".draft").write_text(str(os.getpid()))
Path(sys.argv[1]).with_suffix(".draft").rename(sys.argv[1])
time.sleep(600)
"""

PATIENCE_S = 60


def wait_for(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    # One that has ended waits there until whoever adopted it takes note.
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_child_ends_with_its_parent_however_that_ends(tmp_path: Path, how: signal.Signals) -> None:
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    told = tmp_path / "pid"
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root), str(tmp_path), os.environ.get("PYTHONPATH", "")])
    program = f"from benchmarks.child import run_module; run_module('sleeper', {str(told)!r})"
    with subprocess.Popen([sys.executable, "-c", program], env=os.environ | {"PYTHONPATH": path}) as parent:
        wait_for(told.exists)
        child = int(told.read_text())
        assert is_running(child)
        parent.send_signal(how)
    wait_for(lambda: not is_running(child))


def test_a_child_returns_what_it_prints_and_tells_why_it_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "speaker.py").write_text("import sys\nprint('said', *sys.argv[1:])\nassert len(sys.argv) > 1")
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root), str(tmp_path), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)
    assert run_module("speaker", "a", "b c") == "said a b c\n"
    with pytest.raises(SystemExit, match=r"speaker ended with 1:(.|\n)*AssertionError"):
        run_module("speaker")
