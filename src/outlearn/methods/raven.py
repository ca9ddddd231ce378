"""RAVEN: the student learns, as it is trained, how far to trust each of several teachers."""

import torch
from torch import Tensor

from outlearn.core import UsageError
from outlearn.labels import LabelSet
from outlearn.methods.method import Method, method
from outlearn.methods.ranges import check_range
from outlearn.methods.student import Student, fit
from outlearn.training import Loss, cross_entropy


@method
def raven(*, rate: float = 0.1, easy_frac: float = 0.25) -> Method:
    """Fine-tune on the mixture sum_k w_k g_k of the teachers' labels, with w learnt beside the student.

        w = softmax(theta), theta <- theta - rate * d/d theta CE(sum_k w_k g_k, f)

    For the first `easy_frac` of training only the examples on whose class all teachers agree carry loss, and
    w stays uniform. The gradient of w is taken over the whole batch, by hand, without the student's.

    Args:
        rate: Learning rate of theta, in [0, 100]; 0 keeps the plain mean of the teachers.
        easy_frac: In [0, 1].

    Raises:
        SpecError: If a parameter is out of its range.
        UsageError: While training, if the labels are not those of a committee.

    Reference:
        Jeon et al. 2025, arXiv:2510.21332, sec. on method. Deviations: theta takes plain gradient steps; the
        mixture needs no clamping, because every label set is a distribution already.
    """
    check_range(rate, name="raven: rate", low=0.0, high=100.0)
    check_range(easy_frac, name="raven: easy_frac", low=0.0, high=1.0)

    def transfer(student: Student, labels: LabelSet) -> Student:
        num_teachers = labels.votes.shape[1]
        if num_teachers < 2:
            raise UsageError(
                "raven learns whom of several teachers to trust, but these labels are one teacher's; make the"
                ' teacher a committee: {members = ["world/xs", "world/s"], combine = "mean"}'
            )
        theta = torch.zeros(num_teachers, device=student.placement.device)

        def retarget(logits: Tensor, votes: Tensor, progress: float) -> Tensor:
            trust = theta.softmax(0)
            targets = torch.einsum("k,bkc->bc", trust, votes)
            if progress < easy_frac:
                said = votes.argmax(-1)
                agreed = (said == said[:, :1]).all(1)
                return targets * agreed[:, None]
            of_teacher = -(votes * logits.log_softmax(-1)[:, None]).sum(-1).mean(0)
            theta.sub_(rate * trust * (of_teacher - trust @ of_teacher))
            return targets

        loss = Loss(per_example=cross_entropy, retarget=retarget, state=(theta,), reads="votes")
        return fit(student, labels, loss=loss)

    return Method(transfer=transfer, reference="jeon2025weak, sec. on method", needs_votes=True)
