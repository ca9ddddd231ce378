"""Results as they come in: a cell's seed counts once its teacher, student and ceiling are evaluated."""

from collections.abc import Sequence

import numpy as np

from outlearn.analysis import Answers, read_answers
from outlearn.experiments import CellPlan
from outlearn.store import SoFar, Store


class Partial:
    """The cells of a run that have complete seeds; it reads the evaluations of each as they are done."""

    def __init__(self, cells: Sequence[CellPlan], *, store: Store, done: Sequence[str]) -> None:
        self._store = store
        self._done = set(done)
        self._waiting = list(cells)
        self._answers: dict[str, Answers] = {}
        self._found: dict[tuple[str, str, str, str], list[tuple[float, float, float]]] = {}
        self._planned: dict[tuple[str, str, str, str], int] = {}
        for cell in cells:
            self._planned[_key(cell)] = self._planned.get(_key(cell), 0) + 1

    def learn(self, fingerprint: str) -> None:
        """Note that a step is done."""
        self._done.add(fingerprint)

    def so_far(self) -> tuple[SoFar, ...]:
        """Return the means of each cell over its complete seeds, in the order of the cells."""
        waiting = []
        for cell in self._waiting:
            if all(one in self._done for one in _prints(cell)):
                self._found.setdefault(_key(cell), []).append(self._accuracies(cell))
            else:
                waiting.append(cell)
        self._waiting = waiting
        return tuple(
            SoFar(*key, len(rows), self._planned[key], *(float(mean) for mean in np.mean(rows, axis=0)))
            for key in self._planned
            if (rows := self._found.get(key))
        )

    def _accuracies(self, cell: CellPlan) -> tuple[float, float, float]:
        """Return the accuracies of teacher, student and ceiling on the examples that all three answered."""
        weak, student, ceiling = (self._read(one) for one in _prints(cell))
        ids = weak.position.keys() & student.position.keys() & ceiling.position.keys()

        def of(one: Answers) -> float:
            return float(np.mean([one.correct[one.position[name]] for name in ids])) if ids else 0.0

        return of(weak), of(student), of(ceiling)

    def _read(self, fingerprint: str) -> Answers:
        if fingerprint not in self._answers:
            self._answers[fingerprint] = read_answers(self._store, fingerprint)
        return self._answers[fingerprint]


def _key(cell: CellPlan) -> tuple[str, str, str, str]:
    return cell.task, cell.teacher, cell.student, cell.method


def _prints(cell: CellPlan) -> tuple[str, str, str]:
    return cell.weak.fingerprint, cell.transfer.fingerprint, cell.ceiling.fingerprint
