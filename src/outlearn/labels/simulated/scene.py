"""What a simulated supervisor is, what it may look at, and the names that experiments choose one by.

A scene is one part of a split (transfer, validation or test) in plain arrays. It holds gold, so only the step
that makes labels builds one, and only class indices leave. What a supervisor does not need stays empty.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int, Int64

from outlearn.core import DataError, Registry

Need = Literal["teacher", "ceiling", "features"]


def _no_labels() -> Int64[np.ndarray, " z"]:
    return np.zeros(0, dtype=np.int64)


def _no_rows() -> Float[np.ndarray, "z z"]:
    return np.zeros((0, 0))


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The examples of one part and what may be known of them."""

    ids: tuple[str, ...]
    gold: Int[np.ndarray, "n"]
    num_classes: int

    lengths: Int[np.ndarray, "n"]
    """Of the texts, in characters."""

    seed: int

    teacher: Int[np.ndarray, " t"] = field(default_factory=_no_labels)
    """Hard labels, on these examples, of the teacher whose errors are matched."""

    ceiling: Float[np.ndarray, "m c"] = field(default_factory=_no_rows)
    """Probabilities that the ceiling gives these examples."""

    features: Float[np.ndarray, "f h"] = field(default_factory=_no_rows)
    """Hidden states of these examples."""

    teach_features: Float[np.ndarray, "g h2"] = field(default_factory=_no_rows)
    """Hidden states of the teach half, which a simulatable supervisor learns from."""

    teach_gold: Int[np.ndarray, " g2"] = field(default_factory=_no_labels)

    def __post_init__(self) -> None:
        if not self.ids:
            raise DataError("a supervisor was given no examples to label; give it at least one")
        for name in ("gold", "lengths", "teacher", "ceiling", "features"):
            size, optional = len(getattr(self, name)), name not in ("gold", "lengths")
            if size != len(self.ids) and not (optional and size == 0):
                raise DataError(f"{name} has {size} rows for {len(self.ids)} examples; give one for each")
        if len(self.ceiling) and self.ceiling.shape[1] != self.num_classes:
            raise DataError(
                f"the ceiling has probabilities of {self.ceiling.shape[1]} classes; gold has"
                f" {self.num_classes}"
            )

    def has(self, need: Need) -> bool:
        """Return whether what is needed is there."""
        if need == "features":
            return bool(len(self.features) and len(self.teach_features) and len(self.teach_gold))
        return len(self.teacher if need == "teacher" else self.ceiling) > 0

    def only(self, rows: Bool[np.ndarray, "n"]) -> "Scene":
        """Return the scene of some of the examples, at least one."""
        return replace(
            self,
            ids=tuple(name for name, kept in zip(self.ids, rows, strict=True) if kept),
            gold=self.gold[rows],
            lengths=self.lengths[rows],
            teacher=self.teacher[rows] if len(self.teacher) else self.teacher,
            ceiling=self.ceiling[rows] if len(self.ceiling) else self.ceiling,
            features=self.features[rows] if len(self.features) else self.features,
        )


@dataclass(frozen=True, slots=True)
class Supervisor:
    """A supervisor made up from gold."""

    needs: frozenset[Need]
    """What a scene must hold besides ids, gold and lengths."""

    label: Callable[[Scene], Int64[np.ndarray, " n"]]
    """Hard labels of a scene's examples; call `supervise`, which checks the scene first."""

    reference: str
    """Where it comes from, as "bibkey, section"; empty for a control of ours."""


def supervise(scene: Scene, *, supervisor: Supervisor) -> Int64[np.ndarray, " n"]:
    """Return the supervisor's hard labels of the examples, as class indices.

    Raises:
        DataError: If the scene lacks what the supervisor needs, or cannot be labelled so.
        TrainingError: If a fit does not converge.
    """
    missing = sorted(need for need in supervisor.needs if not scene.has(need))
    if missing:
        raise DataError(
            f"this supervisor needs {', '.join(missing)} of the examples it labels, which the scene has not;"
            f" it needs {', '.join(sorted(supervisor.needs))} in all"
        )
    return supervisor.label(scene)


supervisors: Registry[Supervisor] = Registry("supervisor", group="outlearn.supervisors")
"""Factories of supervisors by name; an experiment's parameters are their keyword arguments."""
