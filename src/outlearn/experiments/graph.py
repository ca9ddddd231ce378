"""Steps and the graph they form.

A step says what it *means* (hashed, together with the fingerprints of its inputs) and where its inputs *lie*
(never hashed). The same step in two experiments is one record in the store.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from outlearn.core import fingerprint

Kind = Literal[
    "split",
    "import",
    "generative",
    "features",
    "teach",
    "answer",
    "label",
    "combine",
    "boost",
    "simulate",
    "gold",
    "calibrate",
    "hint",
    "transfer",
    "prompt",
    "gold_probe",
    "evaluate",
    "curve",
]

VERSIONS: Mapping[Kind, int] = {
    "split": 1,
    "import": 1,
    "generative": 3,
    "features": 3,
    "teach": 5,
    "answer": 1,
    "label": 2,
    "combine": 1,
    "boost": 3,
    "simulate": 1,
    "gold": 1,
    "calibrate": 1,
    "hint": 1,
    "transfer": 5,
    "prompt": 3,
    "gold_probe": 3,
    "evaluate": 1,
    "curve": 1,
}
"""Code version of each kind of step: raised, with its golden file and a Results line in CHANGELOG.md,
whenever a change moves its numbers."""

KEPT = ("points", "weights")
"""Keys of a step's place that ask for more to be kept than its predictions."""

PREDICTED = ("transfer", "validation", "test")
"""The parts of a split that every model is asked about."""


@dataclass(frozen=True)
class Step:
    """A node of the graph."""

    kind: Kind
    meaning: Mapping[str, object]
    """What the step computes: plain values only."""

    inputs: Mapping[str, "Step"]
    """The steps whose records it reads, by role."""

    place: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Where things lie and what they are called, and what is kept beside the result: a model's folder, names
    for progress, "weights": "keep", "points": "20"."""

    @cached_property
    def fingerprint(self) -> str:
        """Return the sha256 of what the step means, its code version and its inputs."""
        return fingerprint(
            {
                "kind": self.kind,
                "version": VERSIONS[self.kind],
                "meaning": dict(self.meaning),
                "inputs": {role: step.fingerprint for role, step in self.inputs.items()},
            }
        )

    @property
    def title(self) -> str:
        """Return a line for people: "transfer world/xs -> world/l naive, world, seed 0"."""
        return f"{self.kind} {self.place.get('title', '')}".strip()


@dataclass(frozen=True, slots=True)
class CellPlan:
    """One row of the results: which steps its three accuracies are read from."""

    task: str
    teacher: str
    student: str
    method: str
    seed: int
    weak: Step
    transfer: Step
    """The student's, be it trained or prompted."""

    ceiling: Step

    curve: tuple[Step, ...] = ()
    """The student's training curve, where one was asked for."""

    cheating: bool = False
    """Whether gold had a part in the student."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Every step of an experiment, inputs before those who read them, each once."""

    steps: tuple[Step, ...]
    cells: tuple[CellPlan, ...]


def in_order(ends: list[Step]) -> tuple[Step, ...]:
    """Return these steps and all they stand on, inputs first, each fingerprint once.

    Where a step is there twice, it keeps whatever either of them is to keep.
    """
    found: dict[str, Step] = {}
    visited: set[int] = set()

    def visit(step: Step) -> None:
        if id(step) in visited:
            return
        visited.add(id(step))
        for before in step.inputs.values():
            visit(before)
        if step.fingerprint not in found:
            found[step.fingerprint] = step
        elif kept := {key: step.place[key] for key in KEPT if key in step.place}:
            first = found[step.fingerprint]
            found[step.fingerprint] = replace(first, place={**first.place, **kept})

    for end in ends:
        visit(end)
    return tuple(found.values())


def by_cell(graph: Graph) -> tuple[Step, ...]:
    """Return the graph's steps, inputs first, so that one cell after the other becomes complete."""
    ends = [end for cell in graph.cells for end in (cell.weak, cell.ceiling, cell.transfer, *cell.curve)]
    # The graph's own steps say what is to be kept of them.
    own = {step.fingerprint: step for step in graph.steps}
    return tuple(own[step.fingerprint] for step in in_order(ends))
