"""Label noise: some of the teacher's labels are turned to another class at random."""

from outlearn.labels import LabelSet, flip_labels
from outlearn.methods.method import Method, method
from outlearn.methods.one_fit import one_fit
from outlearn.methods.ranges import check_range
from outlearn.methods.student import Student
from outlearn.training import CROSS_ENTROPY


@method
def label_noise(*, frac: float = 0.1) -> Method:
    """Fine-tune on labels of which `frac`, drawn at random, swap their likeliest class with a random other.

    Which ones follows from the seed and the examples' ids. The noise is the same in every epoch.

    Args:
        frac: Share of the labels, in [0, 1]; 0 is naive to the bit.

    Raises:
        SpecError: If `frac` is out of its range.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. B (less imitation, no gain in the end). The paper does not
        state the form or the rate of its noise.
    """
    check_range(frac, name="label_noise: frac", low=0.0, high=1.0)

    def prepare(student: Student, labels: LabelSet) -> LabelSet:
        noisy = flip_labels(labels.probabilities, ids=labels.ids, frac=frac, seed=student.seed)
        return labels.relabelled(noisy, source="labels with noise")

    return one_fit(
        loss=CROSS_ENTROPY,
        prepare=prepare,
        reference="burns2023weak, app. B (sec. on noise injection)",
        zero={"frac": 0.0},
    )
