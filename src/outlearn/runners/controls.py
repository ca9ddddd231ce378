"""The controls of a weak-to-strong claim on the world: students that know nothing before they are taught.

If a student without knowledge did as well as a pretrained one, the gain would be the labels', not the
student's. Two of them learn from the same weak labels as the pretrained student: the same architecture with
random weights, and a bag of words.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from outlearn.analysis import Estimate, load_run, t_interval
from outlearn.labels import read_labels
from outlearn.runners.whole import Run
from outlearn.store import Store
from outlearn.tasks import read_split
from outlearn.world import fit_bag_of_words, predict_bag_of_words


@dataclass(frozen=True, slots=True)
class Control:
    """A student taught by one teacher, over seeds."""

    teacher: str
    student: str
    weak: Estimate
    student_accuracy: Estimate
    num_below: int
    """Seeds in which the student ended below its teacher."""

    num_seeds: int


def read_controls(run: Run) -> tuple[Control, ...]:
    """Return the students of a finished run of the preset `controls`, and a bag of words beside them."""
    found = []
    grid = load_run(run.store, run.name)
    for cell in grid.cells:
        weak = np.array([seed.weak_accuracy for seed in cell.seeds])
        student = np.array([seed.student_accuracy for seed in cell.seeds])
        found.append(_control(cell.teacher, cell.student, weak, student))
        if "random" in cell.student:
            bag = _bags_of_words(run, cell.teacher, cell.student)
            accuracies = np.array([bag[seed.seed] for seed in cell.seeds])
            found.append(_control(cell.teacher, "bag of words", weak, accuracies))
    return tuple(found)


def _control(
    teacher: str, student: str, weak: Float64[np.ndarray, " s"], accuracies: Float64[np.ndarray, " s"]
) -> Control:
    return Control(
        teacher=teacher,
        student=student,
        weak=t_interval(weak),
        student_accuracy=t_interval(accuracies),
        num_below=int((accuracies < weak).sum()),
        num_seeds=len(weak),
    )


def _bags_of_words(run: Run, teacher: str, student: str) -> Mapping[int, float]:
    """Return the accuracy of a bag of words taught the same labels, by seed."""
    cells = run.store.read_run(run.name)["cells"]
    assert isinstance(cells, list)
    return {
        cell["seed"]: _bag_of_words(run.store, cell["student_record"])
        for cell in cells
        if (cell["teacher"], cell["student"]) == (teacher, student)
    }


def _bag_of_words(store: Store, evaluation: str) -> float:
    transfer = store.read(store.read(evaluation).inputs[0])
    labels = read_labels(store.artifact(transfer.inputs[0], "labels.parquet"))
    split = read_split(store.artifact(transfer.inputs[1], "split.parquet"))
    texts = {example.id: example.text for example in split.transfer}
    positive = np.ascontiguousarray(labels.probabilities[:, 1])
    bag = fit_bag_of_words(tuple(texts[name] for name in labels.ids), positive=positive)
    predicted = predict_bag_of_words(bag, tuple(example.text for example in split.test)) > 0.5
    return float(np.mean(predicted == np.array([example.gold for example in split.test], dtype=bool)))
