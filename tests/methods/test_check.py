"""Every registered method keeps every promise, and a broken method is told which one it breaks."""

import types
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from outlearn.core import DataError, UnknownName, UsageError
from outlearn.labels import LabelSet, label_set
from outlearn.methods import Method, Prompting, Student, check_method, fit, methods
from outlearn.training import Loss, cross_entropy

torch.set_num_threads(1)
NAIVE = Loss(per_example=cross_entropy)


@pytest.mark.parametrize("name", methods.names())
def test_every_registered_method_keeps_every_promise(name: str) -> None:
    check_method(name)


@pytest.mark.parametrize(
    "params",
    [
        {"max_weight": 1.0, "ramp_frac": 0.0},
        {"max_weight": 0.75, "quota": "half"},
        {"max_weight": 1.0, "ramp_frac": 0.0, "quota": "half"},
    ],
)
def test_the_confidence_loss_keeps_them_with_other_parameters(params: dict[str, object]) -> None:
    check_method(methods["confidence"](**params))


def test_a_method_that_is_not_there_is_answered_with_a_suggestion() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'naive'"):
        check_method("naiv")


# --- broken methods -----------------------------------------------------------------------------------------


def _with_targets(targets: Callable[[Tensor, Tensor], Tensor]) -> Method:
    """Return a method whose targets are worked out inside the loss, one micro-batch at a time."""
    loss = Loss(per_example=lambda logits, weak: cross_entropy(logits, targets(logits.detach(), weak)))
    return Method(transfer=lambda student, labels: fit(student, labels, loss=loss), reference="mine")


def _with_retarget(retarget: Callable[[Tensor, Tensor, float], Tensor]) -> Method:
    loss = Loss(per_example=cross_entropy, retarget=retarget)
    return Method(transfer=lambda student, labels: fit(student, labels, loss=loss), reference="mine")


def _one_hot(positive: Tensor) -> Tensor:
    return torch.stack([1 - positive.float(), positive.float()], dim=1)


def _threshold_per_micro_batch() -> Method:
    def targets(logits: Tensor, weak: Tensor) -> Tensor:
        score = logits[:, 1] - logits[:, 0]
        return 0.5 * weak + 0.5 * _one_hot(score > score.median())

    return _with_targets(targets)


def _ties_to_the_first_class() -> Method:
    def retarget(logits: Tensor, weak: Tensor, progress: float) -> Tensor:
        score = logits[:, 1] - logits[:, 0]
        return 0.5 * weak + 0.5 * _one_hot(score > score.median())

    return _with_retarget(retarget)


def _remembers() -> Method:
    seen: list[Tensor] = []

    def retarget(logits: Tensor, weak: Tensor, progress: float) -> Tensor:
        seen.append(logits[:, 1] - logits[:, 0])
        score = seen[-1]
        return 0.5 * weak + 0.5 * _one_hot(score > torch.cat(seen).mean())

    return _with_retarget(retarget)


def _draws_from_the_shared_generator() -> Method:
    return _with_retarget(lambda logits, weak, progress: (weak + torch.rand(len(weak), 1)).softmax(-1))


def _by_row() -> Method:
    def transfer(student: Student, labels: LabelSet) -> Student:
        in_rows = sorted(student.rows, key=lambda name: student.rows[name])
        joined = label_set(
            in_rows[: len(labels.ids)], labels.probabilities, classes=labels.classes, source="rows"
        )
        return fit(student, joined, loss=NAIVE)

    return Method(transfer=transfer, reference="mine")


def _starts_again_from_the_first_student() -> Method:
    def transfer(student: Student, labels: LabelSet) -> Student:
        fit(student, labels, loss=NAIVE)
        return fit(student, labels, loss=NAIVE)

    return Method(transfer=transfer, reference="mine")


def _loses_its_losses() -> Method:
    def transfer(student: Student, labels: LabelSet) -> Student:
        return replace(fit(student, labels, loss=NAIVE), losses=student.losses)

    return Method(transfer=transfer, reference="mine")


def _divides_by_the_share_of_a_class() -> Method:
    return _with_retarget(lambda logits, weak, progress: weak / weak.mean(0))


def _knows_gold() -> Method:
    from outlearn.tasks import Example

    naive = methods["naive"]().transfer
    assert isinstance(naive, types.FunctionType)
    around = {**naive.__globals__, "Example": Example}
    peeking = types.FunctionType(naive.__code__, around, closure=naive.__closure__)
    return Method(transfer=peeking, reference="mine")


BROKEN: dict[str, tuple[Callable[[], Method], str]] = {
    "threshold per micro-batch": (_threshold_per_micro_batch, "depends on the micro-batch"),
    "ties to the first class": (_ties_to_the_first_class, "swapping the two classes does more"),
    "remembers": (_remembers, "give other weights the second time"),
    "shared generator": (_draws_from_the_shared_generator, "give other weights the second time"),
    "by row": (_by_row, "depends on the order of the texts"),
    "starts again": (_starts_again_from_the_first_student, "was cut off and went on gives other weights"),
    "loses losses": (_loses_its_losses, "8 steps left 0 losses"),
    "one class": (_divides_by_the_share_of_a_class, "labels all of one class break the training"),
    "knows gold": (_knows_gold, r"its module uses Example of outlearn\.tasks\.example, which holds gold"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_method_is_told_which_promise_it_breaks(name: str) -> None:
    make, says = BROKEN[name]
    with pytest.raises(UsageError, match=says):
        check_method(make())


def test_every_broken_promise_is_listed() -> None:
    says = r"the method breaks 2 promise\(s\):\n- it has no reference.*\n- its version is 0"
    with pytest.raises(UsageError, match=says):
        check_method(replace(methods["naive"](), reference=" ", version=0))


# --- what is allowed ----------------------------------------------------------------------------------------


def test_hard_cases_may_be_refused_in_words() -> None:
    naive = methods["naive"]()

    def transfer(student: Student, labels: LabelSet) -> Student:
        if (
            len(labels.classes) > 2
            or np.ptp(labels.probabilities) == 0
            or labels.probabilities[:, 1].max() == 0
        ):
            raise DataError("two classes, both of them, please")
        return naive.transfer(student, labels)

    check_method(Method(transfer=transfer, reference="mine"))


def test_two_stages_that_follow_each_other_are_a_method() -> None:
    def transfer(student: Student, labels: LabelSet) -> Student:
        first = fit(student, labels, loss=NAIVE)
        return fit(first, labels, loss=NAIVE)

    check_method(Method(transfer=transfer, reference="mine"))


def test_the_check_leaves_the_shared_generators_alone() -> None:
    torch.manual_seed(3)
    np.random.seed(3)
    expected = (torch.rand(2).tolist(), np.random.rand(2).tolist())
    torch.manual_seed(3)
    np.random.seed(3)
    check_method("naive")
    assert (torch.rand(2).tolist(), np.random.rand(2).tolist()) == expected


# --- prompting ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["zero_shot", "few_shot"])
def test_prompting_methods_are_checked_by_what_they_say(name: str) -> None:
    made = methods[name]()
    check_method(made)
    with pytest.raises(
        UsageError, match=r"breaks 2 promise\(s\):\n- it has no reference.*\n- its version is 0"
    ):
        check_method(replace(made, reference="", version=0))


@pytest.mark.parametrize(("num_shots", "labels"), [(0, "weak"), (2, "none"), (-1, "gold")])
def test_shots_without_labels_and_labels_without_shots_are_refused(num_shots: int, labels: str) -> None:
    made = Prompting(num_shots=num_shots, labels=labels, reference="mine")
    with pytest.raises(UsageError, match=f"it shows {num_shots} shots with {labels} labels"):
        check_method(made)
