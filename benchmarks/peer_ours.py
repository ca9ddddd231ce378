"""Outlearn's side of `benchmarks.peer_shape`: runs of its public API in a process of their own.

`python -m benchmarks.peer_ours JOB` reads what to run, as JSON, and prints what it took. A profile function
notes when a few functions start and end; it sees every call, which costs well under a hundredth of the time
of models as large as these, and is left out for the world's.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import polars as pl
from benchmarks.child import run_module
from benchmarks.peer_material import Stage

from outlearn import Run, RunOptions, Spec, run
from outlearn.experiments import parse_spec
from outlearn.runners import make_plan

LOSSES = "losses.parquet"

WATCHED = {
    ("training", "train"): "train",
    ("training", "predict"): "predict",
    ("models", "load_classifier"): "load",
    ("models", "known_rows"): "tokenise",
    ("models", "load_tokenizer"): "tokenise",
    ("models", "tokenise"): "tokenise",
    ("store", "finish"): "write",
    ("store", "commit"): "write",
    ("runners", "make_plan"): "plan",
    ("experiments", "prepare"): "plan",
}
"""(package, function) to the stage its time counts as; where one is inside another, the outermost decides."""


@dataclass(frozen=True, slots=True)
class Done:
    """What one step took, as its record says."""

    kind: str
    title: str
    model: str
    method: str
    seconds: float
    num_steps: int
    """Of the optimiser; 0 where nothing is trained."""

    num_trained: int


@dataclass(frozen=True, slots=True)
class Ours:
    """What runs of Outlearn took."""

    seconds: float
    """Of all runs together, from an empty store to the last record."""

    start_s: float
    """Until Python, torch and transformers were there."""

    stages: Mapping[str, float]
    """Stage to seconds; what is in none of them is reading, bookkeeping and imports."""

    steps: Sequence[Done]
    """The new steps of the last run."""

    roles: Mapping[str, float] = field(default_factory=dict)
    """Title of each step that trains to the seconds of its training loop."""


def run_ours(
    scene: Stage, experiments: Sequence[Mapping[str, object]], *, store: Path, watched: bool
) -> Ours:
    """Run experiments one after another on one store, in a new process.

    Args:
        scene: The task.
        experiments: What each spec says besides.
        store: Its folder.
        watched: Whether stages are told apart.
    """
    specs = [{**scene.content, **more} for more in experiments]
    with tempfile.TemporaryDirectory() as folder:
        job = Path(folder) / "job.json"
        told = {
            "specs": specs,
            "store": str(store),
            "base": str(scene.base),
            "data_dir": str(scene.data_dir or ""),
            "watched": watched,
        }
        job.write_text(json.dumps(told))
        start = time.perf_counter()
        # Pools that are drawn are cached beside the user's own: here each run draws anew.
        printed = run_module("benchmarks.peer_ours", str(job), env={"OUTLEARN_CACHE": folder})
        wall = time.perf_counter() - start
    found = json.loads(printed.splitlines()[-1])
    steps = [Done(**step) for step in found["steps"]]
    return Ours(found["seconds"], wall - found["seconds"], found["stages"], steps, found["roles"])


class Watch:
    """Notes how long the watched functions take, each under the step that they are part of."""

    def __init__(self) -> None:
        self.stages: dict[str, float] = {}
        self.roles: dict[str, float] = {}
        self._within: FrameType | None = None
        self._since = 0.0
        self._title = ""
        self._known: dict[Any, str] = {}

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:  # noqa: ARG002 (as every profile function)
        """Take note of a call or a return."""
        if event == "call":
            code = frame.f_code
            stage = self._known.get(code)
            if stage is None:
                stage = self._known[code] = _stage_of(code.co_filename, code.co_name)
            if stage == "step":
                self._title = frame.f_locals["step"].title
            elif stage and self._within is None:
                self._within, self._since = frame, time.perf_counter()
        elif event == "return" and frame is self._within:
            stage, seconds = self._known[frame.f_code], time.perf_counter() - self._since
            self.stages[stage] = self.stages.get(stage, 0.0) + seconds
            if stage == "train":
                self.roles[self._title] = self.roles.get(self._title, 0.0) + seconds
            self._within = None


def _stage_of(file: str, name: str) -> str:
    if name == "execute" and file.endswith("experiments/steps/execute.py"):
        return "step"
    _, found, inside = file.replace(os.sep, "/").rpartition("/outlearn/")
    return WATCHED.get((inside.partition("/")[0], name), "") if found else ""


def main() -> None:
    """Do a job and print what it took."""
    for name in ("torch", "transformers.models.gpt2.modeling_gpt2", "transformers.models.auto"):
        import_module(name)  # what both sides start with
    job = json.loads(Path(sys.argv[1]).read_text())
    options = RunOptions(device="cpu", data_dir=Path(job["data_dir"]) if job["data_dir"] else None)
    watch = Watch()
    start = time.perf_counter()
    if job["watched"]:
        sys.setprofile(watch)
    for content in job["specs"]:
        spec = parse_spec(content, source="job")
        last = run(spec, store=job["store"], options=options, base=job["base"])
    sys.setprofile(None)
    seconds = time.perf_counter() - start
    told = {
        "seconds": seconds,
        "stages": watch.stages,
        "roles": watch.roles,
        "steps": [asdict(done) for done in steps_of(last, spec, options=options, base=Path(job["base"]))],
    }
    print(json.dumps(told))


def steps_of(last: Run, spec: Spec, *, options: RunOptions, base: Path) -> list[Done]:
    """Return what every step of a finished run took."""
    made = make_plan(spec, store=last.store, options=options, base=base)
    found = []
    for step in made.graph.steps:
        record = last.store.read(step.fingerprint)
        num_steps = 0
        if LOSSES in record.artifacts:
            num_steps = len(pl.read_parquet(last.store.artifact(step.fingerprint, LOSSES)))
        found.append(
            Done(
                kind=step.kind,
                title=step.title,
                model=step.place.get("model", ""),
                method=str(step.meaning.get("method", "")),
                seconds=record.cost.get("seconds", 0.0),
                num_steps=num_steps,
                num_trained=int(record.cost["examples"]) if num_steps else 0,
            )
        )
    return found


if __name__ == "__main__":
    main()
