"""Unsupervised elicitation: the student's own answers in place of the teacher's labels.

The control that every weak-to-strong claim needs: where it does as well, the weak labels did not matter.
"""

from dataclasses import replace

import numpy as np

from outlearn.core import UsageError
from outlearn.labels import LabelSet
from outlearn.labels.contrast_consistent import contrast_consistent
from outlearn.methods.blending import blended
from outlearn.methods.method import Method, method
from outlearn.methods.one_fit import one_fit
from outlearn.methods.ranges import check_count, check_range
from outlearn.methods.student import Student, labelled_rows
from outlearn.training import CROSS_ENTROPY


@method
def zero_shot_labels(*, blend: float = 1.0) -> Method:
    """Fine-tune on what the untrained student answers when it is asked by prompt; no teacher.

    The answers are rebalanced first: each class's probabilities are divided by their mean over the examples
    and normalised, since prompts favour one answer whatever the text.

    Args:
        blend: Share of the student's answers in the labels, in [0, 1]; 0 is naive to the bit.

    Raises:
        SpecError: If the blend is out of its range.
        UsageError: While training, if the student cannot be asked by prompt.

    Reference:
        Wen et al. 2025, arXiv:2506.10139, sec. on baselines (zero-shot labels). The rebalancing follows Zhou
        et al. 2023, arXiv:2309.17249, sec. 3 (batch calibration).
    """
    check_range(blend, name="zero_shot_labels: blend", low=0.0, high=1.0)

    def prepare(student: Student, labels: LabelSet) -> LabelSet:
        if blend == 0:
            return labels
        if not student.prior:
            raise UsageError("zero_shot_labels needs a student that can be asked by prompt")
        said = student.prior[0].only(labels.ids).probabilities
        even = said / said.mean(axis=0)
        return blended(labels, even / even.sum(axis=1, keepdims=True), blend=blend)

    made = one_fit(
        loss=CROSS_ENTROPY,
        prepare=prepare,
        reference="wen2025unsupervised, sec. on baselines; zhou2023batch, sec. 3",
        zero={"blend": 0.0},
    )
    return replace(made, needs_prior=True)


@method
def ccs(*, tries: int = 10, blend: float = 1.0) -> Method:
    """Fine-tune on a direction in the hidden states that answers a question and its opposite consistently.

    A contrast-consistent search over the states after the text with either answer. It uses no labels but for
    one bit: which end of the direction is which class, by majority agreement with the teacher.

    Args:
        tries: Random starts, of which the one with the lowest loss is kept; at least 1.
        blend: Share of the direction's answers in the labels, in [0, 1]; 0 is naive to the bit.

    Raises:
        SpecError: If a parameter is out of its range.
        UsageError: While training, if there are not two classes, or nothing was read of either answer.

    Reference:
        Burns et al. 2022, arXiv:2212.03827, sec. 2.2. Deviations: see `contrast_consistent`; the layer is the
        last, where Wen et al. 2026 search over layers.
    """
    check_count(tries, name="ccs: tries", least=1)
    check_range(blend, name="ccs: blend", low=0.0, high=1.0)

    def prepare(student: Student, labels: LabelSet) -> LabelSet:
        if blend == 0:
            return labels
        if len(labels.classes) != 2 or not student.contrast:
            raise UsageError(f"ccs tells two classes apart, got {len(labels.classes)}; leave it out here")
        states = student.contrast[0][labelled_rows(student, labels)]
        second = contrast_consistent(states, tries=tries, seed=student.seed)
        agree = np.average((second > 0.5) == (labels.probabilities[:, 1] > 0.5), weights=labels.weights)
        second = second if agree >= 0.5 else 1 - second
        return blended(labels, np.column_stack([1 - second, second]), blend=blend)

    made = one_fit(
        loss=CROSS_ENTROPY, prepare=prepare, reference="burns2022discovering, sec. 2.2", zero={"blend": 0.0}
    )
    return replace(made, needs_contrast=True)
