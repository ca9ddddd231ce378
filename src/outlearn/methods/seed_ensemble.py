"""Seed ensembles: students that saw the examples in other orders, their logits averaged."""

from dataclasses import replace

import numpy as np

from outlearn.labels import LabelSet
from outlearn.methods.method import Method, method
from outlearn.methods.ranges import check_count
from outlearn.methods.student import Student, fit, fresh
from outlearn.models import Ensemble
from outlearn.training import CROSS_ENTROPY


@method
def seed_ensemble(*, members: int = 4) -> Method:
    """Train `members` students alike but for the order of examples; the answer is softmax(mean of logits).

    The first member is the naive student. All members are held in memory together.

    Args:
        members: At least 1; 1 is naive to the bit. Each costs a training run.

    Raises:
        SpecError: If there is no member.

    Reference:
        Wen et al. 2026, "Automated Weak-to-Strong Researcher", seed ensembling in logit space.
    """
    check_count(members, name="seed_ensemble: members", least=1)

    def transfer(student: Student, labels: LabelSet) -> Student:
        starts = [student, *(fresh(student, again=place) for place in range(1, members))]
        trained = [fit(start, labels, loss=CROSS_ENTROPY) for start in starts]
        if members == 1:
            return trained[0]
        return replace(
            student,
            model=Ensemble([member.model for member in trained]),
            losses=np.concatenate([member.losses for member in trained]),
        )

    return Method(
        transfer=transfer, reference="wen2026automated, sec. on seed ensembling", zero={"members": 1}
    )
