"""Outlearn's side of `benchmarks.peer_shape`: runs of its public API in a process of their own.

`python -m benchmarks.peer_ours JOB` reads what to run, as JSON, and prints what it took. A few functions are
replaced by some that note when they start and end, and nothing else is touched: a profile function, which
sees every call, would make planning take three times as long.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl
from benchmarks.child import run_module
from benchmarks.peer_material import Stage

import outlearn
from outlearn import Run, RunOptions, Spec
from outlearn.experiments import Step, parse_spec
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
    """Notes how long the watched functions take, each under the step that it is part of."""

    def __init__(self) -> None:
        self.stages: dict[str, float] = {}
        self.roles: dict[str, float] = {}
        self._title = ""
        self._within = False

    def begin(self) -> None:
        """Put what takes note in the place of each watched function, wherever it is known."""
        for (package, name), stage in WATCHED.items():
            _replace(_defined(package, name), lambda call, stage=stage: self._timed(call, stage))
        _replace(_defined("experiments/steps", "execute"), self._titled)

    def _titled(self, execute: Callable[..., Any]) -> Callable[..., Any]:
        def titled(step: Step, **given: Any) -> Any:
            self._title = step.title
            return execute(step, **given)

        return titled

    def _timed(self, call: Callable[..., Any], stage: str) -> Callable[..., Any]:
        def timed(*args: Any, **given: Any) -> Any:
            if self._within:
                return call(*args, **given)
            self._within, since = True, time.perf_counter()
            try:
                return call(*args, **given)
            finally:
                seconds = time.perf_counter() - since
                self._within = False
                self.stages[stage] = self.stages.get(stage, 0.0) + seconds
                if stage == "train":
                    self.roles[self._title] = self.roles.get(self._title, 0.0) + seconds

        return timed


def _defined(package: str, name: str) -> Callable[..., Any]:
    """Return the one function of that name that a package's modules define."""
    root = Path(outlearn.__file__).parent
    homes = [path for path in (root / package).glob("*.py") if f"\ndef {name}(" in path.read_text()]
    (home,) = (path.relative_to(root.parent).with_suffix("") for path in homes)
    found: Callable[..., Any] = getattr(import_module(".".join(home.parts)), name)
    return found


def _replace(function: Callable[..., Any], by: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put another function in the place of one wherever Outlearn knows it; later imports find it too."""
    new = by(function)
    for module in [one for name, one in sys.modules.items() if name.partition(".")[0] == "outlearn"]:
        for key, value in list(vars(module).items()):
            if value is function:
                setattr(module, key, new)


def main() -> None:
    """Do a job and print what it took."""
    for name in ("torch", "transformers.models.gpt2.modeling_gpt2", "transformers.models.auto"):
        import_module(name)  # what both sides start with
    job = json.loads(Path(sys.argv[1]).read_text())
    options = RunOptions(
        device="cpu",
        # As the command line has it; what is watched stays in this process.
        workers=1 if job["watched"] else "auto",
        data_dir=Path(job["data_dir"]) if job["data_dir"] else None,
    )
    watch = Watch()
    start = time.perf_counter()
    if job["watched"]:
        watch.begin()
    for content in job["specs"]:
        spec = parse_spec(content, source="job")
        last = outlearn.run(spec, store=job["store"], options=options, base=job["base"])
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
