"""A Python process that ends with the one that started it, however that ends.

The parent holds the other end of the child's standard input and never writes to it: once the parent is gone,
by Ctrl-C, a kill or a crash, the child reads the end of its input and ends too, on every system.

    python -m benchmarks.child MODULE ARGUMENT ...      what `run_module` starts
"""

import os
import runpy
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from multiprocessing import connection, parent_process


def run_module(module: str, *given: str, env: Mapping[str, str] | None = None) -> str:
    """Return what `python -m module` prints; the process ends with this one.

    Args:
        module: Its name.
        given: Its arguments.
        env: Environment variables besides this process's own.

    Raises:
        SystemExit: If it fails; the message is what it wrote to standard error.
    """
    command = [sys.executable, "-m", "benchmarks.child", module, *given]
    read, held = os.pipe()  # no child inherits `held`
    try:
        done = subprocess.run(
            command,
            stdin=read,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | dict(env or {}),
        )
    finally:
        os.close(read)
        os.close(held)
    if done.returncode:
        raise SystemExit(f"{module} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def end_with_parent() -> None:
    """Have this process, one of `multiprocessing`, end when the one that started it does."""
    parent = parent_process()
    assert parent is not None
    _end_after(lambda: connection.wait([parent.sentinel]))


def _end_after(wait: Callable[[], object]) -> None:
    def follow() -> None:
        wait()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def main() -> None:
    """Run the module that the command line names as `python -m` would."""
    _end_after(lambda: os.read(0, 1))  # returns once nobody holds the other end
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
