"""How long it takes until something happens: help, imports, a plan, and the first step of a world experiment.

    python -m benchmarks.start_up                  medians of 5 runs each, about 3 minutes
    python -m benchmarks.start_up --into FOLDER    also as JSON, for benchmarks.performance
    python -m benchmarks.start_up --runs 1 --workers 2

Every time is from the start of a fresh process, with the files it reads in the system's cache. The first step
is timed from the command to the report of the first optimiser step, into a store of its own: in one process,
and in worker processes, which have to start first. The goals are 0.4 s for help and 3 s for the first step.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measured import Measured, keep

SPEC = """
name = "start-up"
tasks = [{name = "world", num_train = 1000}]
teachers = ["world/xs"]
students = ["world/l"]
methods = ["naive"]
seeds = 1
sizes = {teach = 400, transfer = 400, validation = 0, test = 400}
recipe = {epochs = 3, batch_size = 32}
"""

MODEL = "transformers.models.llama.modeling_llama"
"""What the models of the world are made of."""

COMMAND = '''
"""The command line, which ends the process at the first optimiser step that is reported."""

import os
import sys

from outlearn.cli.main import main

if __name__ == "__main__":
    from outlearn.runners.journal import Journal

    told = Journal.told

    def noted(self, one):
        if one.state == "at work" and one.done:
            os._exit(0)
        told(self, one)

    Journal.told = noted
    main()
    sys.exit("the run ended without a step")
'''


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--into", type=Path, default=None)
    given = parser.parse_args()
    print(f"Starting {given.runs} + 1 processes for each of 8 rows; the first of each is not counted.")
    with tempfile.TemporaryDirectory() as folder:
        spec, command = Path(folder) / "start-up.toml", Path(folder) / "command.py"
        spec.write_text(SPEC)
        command.write_text(COMMAND)
        first = [str(command), "run", str(spec), "--device", "cpu", "--quiet", "--store"]
        again = ["-m", "outlearn", *first[1:], f"{folder}/done"]
        subprocess.run([sys.executable, *again], check=True, capture_output=True)
        cases: dict[str, list[str]] = {
            "outlearn --help": ["-m", "outlearn", "--help"],
            "import outlearn": ["-c", "import outlearn"],
            "import torch (not ours)": ["-c", "import torch"],
            "import torch and a model of transformers (not ours)": ["-c", f"import torch, {MODEL}"],
            "plan (run --dry-run)": ["-m", "outlearn", "run", str(spec), "--dry-run", "--store", "none"],
            "run again, all steps in the store": again,
            "first optimiser step, 1 worker": [*first, "STORE"],
            f"first optimiser step, {given.workers} workers": [
                *first,
                "STORE",
                "--workers",
                str(given.workers),
            ],
        }
        rows = tuple(
            (name, *_medians([_took(case, folder) for _ in range(given.runs + 1)][1:]))
            for name, case in cases.items()
        )
    keep(
        Measured(
            name="start-up",
            title="Start-up",
            command="python -m benchmarks.start_up",
            columns=("what", "seconds (median)", "fastest", "processor seconds"),
            rows=rows,
            notes=(
                "The time of `import torch` is part of every row below it, and that of transformers' models"
                " of every first step. Processor seconds, which other work on the machine moves less, are"
                " those of the command's own process.",
            ),
        ),
        given.into,
    )


@dataclass(frozen=True, slots=True)
class Took:
    """What one command took."""

    seconds: float
    processor_s: float
    """Of the process itself and those that ended before it."""


def _took(case: Sequence[str], folder: str) -> Took:
    with tempfile.TemporaryDirectory(dir=folder) as store:
        given = [f"{store}/store" if word == "STORE" else word for word in case]
        start, spent = time.perf_counter(), _spent()
        subprocess.run([sys.executable, *given], check=True, capture_output=True, cwd=Path.cwd())
        return Took(time.perf_counter() - start, _spent() - spent)


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _medians(found: Sequence[Took]) -> tuple[float, float, float]:
    seconds = [one.seconds for one in found]
    spent = statistics.median(one.processor_s for one in found)
    return statistics.median(seconds), min(seconds), spent


if __name__ == "__main__":
    main()
