"""The MDL curriculum: first what the teacher is sure of, then everything, more gently."""

from dataclasses import replace

from outlearn.labels import LabelSet, confidences, top_overall
from outlearn.methods.method import Calibration, Method, method
from outlearn.methods.ranges import check_count, check_share
from outlearn.methods.student import Student, fit
from outlearn.training import CROSS_ENTROPY


@method
def mdl_curriculum(
    *,
    frac: float = 0.5,
    first_epochs: int = 2,
    then_epochs: int = 3,
    then_rate: float = 0.5,
    calibration: Calibration = "none",
) -> Method:
    """Fit the most confident `frac` of the labels, then go on from there with all of them at a lower rate.

        stage 1: `first_epochs` on the `frac` of examples with the largest max_c g_c, over all classes
        stage 2: `then_epochs` on all examples, at `then_rate` times the recipe's learning rate

    Each stage has the recipe's schedule and a fresh optimiser. The recipe's own number of epochs is not used.

    Args:
        frac: Share of the examples in the first stage, in (0, 1].
        first_epochs: At least 0; 0 skips the first stage, and with `then_rate` 1, the recipe's epochs for
            `then_epochs` and calibration "none" is naive to the bit.
        then_epochs: At least 1.
        then_rate: In (0, 1].
        calibration: How labels are calibrated first, on gold of the validation part.

    Raises:
        SpecError: If a parameter is out of its range.

    Reference:
        Wen et al. 2026, "Automated Weak-to-Strong Researcher", MDL curriculum. Whether their top half is
        taken over all classes or within each is not stated; here it is over all.
    """
    check_share(frac, name="mdl_curriculum: frac")
    check_count(first_epochs, name="mdl_curriculum: first_epochs", least=0)
    check_count(then_epochs, name="mdl_curriculum: then_epochs", least=1)
    check_share(then_rate, name="mdl_curriculum: then_rate")

    def transfer(student: Student, labels: LabelSet) -> Student:
        recipe = student.recipe
        started = student
        if first_epochs > 0:
            sure = top_overall(confidences(labels.probabilities), ids=labels.ids, frac=frac)
            first = recipe.model_copy(update={"epochs": first_epochs})
            started = fit(replace(student, recipe=first), labels.at(sure), loss=CROSS_ENTROPY)
        then = recipe.model_copy(update={"epochs": then_epochs, "learning_rate": recipe.peak() * then_rate})
        return fit(replace(started, recipe=then), labels, loss=CROSS_ENTROPY)

    return Method(
        transfer=transfer, reference="wen2026automated, sec. on MDL curriculum", calibration=calibration
    )
