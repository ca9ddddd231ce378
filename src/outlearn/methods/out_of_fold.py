"""Out-of-fold self-training: every label is replaced by a student that did not train on it."""

import numpy as np

from outlearn.core import derive
from outlearn.labels import LabelSet, fold_of
from outlearn.methods.blending import blended
from outlearn.methods.method import Method, method
from outlearn.methods.ranges import check_count, check_range
from outlearn.methods.student import Student, ask, fit, fresh
from outlearn.training import CROSS_ENTROPY


@method
def out_of_fold(*, folds: int = 2, rounds: int = 1, blend: float = 1.0) -> Method:
    """Fine-tune on (1 - blend) * g + blend * f, by a student f that has not seen the label.

    The labelled examples are parted into folds, by their ids; for each, a fresh student is trained on the
    others and answers for it. Further rounds start from the last round's labels, with other folds.

    Args:
        folds: At least 2; each costs a training run in each round.
        rounds: At least 0; 0 is naive to the bit.
        blend: In [0, 1]; 0 is naive to the bit. The g that is blended in is always the teacher's.

    Raises:
        SpecError: If a parameter is out of its range.
        UsageError: While training, if there are fewer examples than folds.

    Reference:
        Wen et al. 2026, "Automated Weak-to-Strong Researcher", out-of-fold relabelling (2 folds). Further
        rounds are ours.
    """
    check_count(folds, name="out_of_fold: folds", least=2)
    check_count(rounds, name="out_of_fold: rounds", least=0)
    check_range(blend, name="out_of_fold: blend", low=0.0, high=1.0)

    def transfer(student: Student, labels: LabelSet) -> Student:
        current = labels
        for turn in range(rounds if blend > 0 else 0):
            said = fold_answers(student, current, num_folds=folds, turn=turn)
            current = blended(labels, said, blend=blend)
        return fit(student, current, loss=CROSS_ENTROPY)

    return Method(
        transfer=transfer, reference="wen2026automated, sec. on out-of-fold relabelling", zero={"blend": 0.0}
    )


def fold_answers(student: Student, labels: LabelSet, *, num_folds: int, turn: int) -> np.ndarray:
    """Return each example's probabilities by a student that was trained on the other folds.

    Args:
        student: Untrained; it stays so.
        labels: What the students are trained on.
        num_folds: At least 2.
        turn: Number of the round; each has folds and orders of its own.
    """
    folds = fold_of(labels.ids, num_folds=num_folds, seed=derive(student.seed, "round", turn))
    answers = np.empty(labels.probabilities.shape)
    for fold in range(num_folds):
        inside = folds == fold
        untrained = fresh(student, again=1 + turn * num_folds + fold)
        trained = fit(untrained, labels.at(np.flatnonzero(~inside)), loss=CROSS_ENTROPY)
        answers[inside] = ask(trained, labels.at(np.flatnonzero(inside))).probabilities
    return answers
