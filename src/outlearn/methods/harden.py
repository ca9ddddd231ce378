"""Hard labels: the teacher's first choice, as if it were certain."""

from outlearn.labels import LabelSet
from outlearn.methods.blending import blended
from outlearn.methods.method import Method, method
from outlearn.methods.one_fit import one_fit
from outlearn.methods.ranges import check_range
from outlearn.methods.student import Student
from outlearn.training import CROSS_ENTROPY


@method
def harden(*, blend: float = 1.0) -> Method:
    """Fine-tune on (1 - blend) * g + blend * one-hot(argmax g); classes that tie for the maximum share it.

    Args:
        blend: In [0, 1]; 0 is naive to the bit.

    Raises:
        SpecError: If `blend` is out of its range.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, sec. 4.2, which takes soft labels and names hard ones as the
        alternative.
    """
    check_range(blend, name="harden: blend", low=0.0, high=1.0)

    def prepare(_: Student, labels: LabelSet) -> LabelSet:
        return blended(labels, labels.hard(), blend=blend)

    return one_fit(
        loss=CROSS_ENTROPY,
        prepare=prepare,
        reference="burns2023weak, sec. 4.2",
        zero={"blend": 0.0},
    )
