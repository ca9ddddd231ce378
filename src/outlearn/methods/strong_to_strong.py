"""Strong to strong: the student relabels its own training set and a fresh one starts from there."""

from outlearn.labels import LabelSet
from outlearn.methods.blending import blended
from outlearn.methods.method import Method, method
from outlearn.methods.ranges import check_count, check_range
from outlearn.methods.student import Student, ask, fit, fresh
from outlearn.training import CROSS_ENTROPY


@method
def strong_to_strong(*, rounds: int = 2, blend: float = 1.0) -> Method:
    """Train, relabel, train a fresh student on (1 - blend) * g + blend * f, and so on.

    f are a trained student's answers on the texts that it was trained on; see `out_of_fold` for answers on
    texts that it was not.

    Args:
        rounds: How often the labels are replaced, at least 0; 0 is naive to the bit. Each costs a training
            run.
        blend: In [0, 1]; 0 is naive to the bit. The g that is blended in is always the teacher's.

    Raises:
        SpecError: If a parameter is out of its range.

    Reference:
        EleutherAI 2024, "Experiments in Weak-to-Strong Generalization", strong-to-strong training (2
        rounds); Furlanello et al. 2018, arXiv:1805.04770, sec. 3 (born-again networks).
    """
    check_count(rounds, name="strong_to_strong: rounds", least=0)
    check_range(blend, name="strong_to_strong: blend", low=0.0, high=1.0)

    def transfer(student: Student, labels: LabelSet) -> Student:
        current = labels
        for turn in range(rounds if blend > 0 else 0):
            trained = fit(fresh(student, again=turn + 1), current, loss=CROSS_ENTROPY)
            current = blended(labels, ask(trained, labels).probabilities, blend=blend)
        return fit(student, current, loss=CROSS_ENTROPY)

    return Method(
        transfer=transfer,
        reference="scherlis2024experiments, sec. on strong-to-strong training; furlanello2018born, sec. 3",
        zero={"blend": 0.0},
    )
