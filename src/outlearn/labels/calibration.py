"""Calibration: a teacher's probabilities made to mean what they say, fitted where gold is known.

Only a step of an experiment can fit one, because it needs gold: that of the teach half's validation part. A
method says which calibration it wants and is given labels that have been through it.

Letters in shapes: n examples, c classes, m knots.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from outlearn.core import DataError
from outlearn.labels.distributions import softmax

FEWEST_EXAMPLES = 10
"""Calibration on fewer says more about the examples than about the teacher."""

COLDEST, HOTTEST = 0.05, 20.0
"""Bounds of the temperature; a teacher that is always right, or no better than chance, ends at one."""

SMALLEST = 1e-12
"""Probabilities are kept from below by this before their logarithm is taken."""


@dataclass(frozen=True, slots=True)
class Temperature:
    """Probabilities to the power 1 / temperature, normalised."""

    temperature: float
    """In [0.05, 20]; above 1 makes the teacher less sure, 1 changes no bit."""

    def apply(self, probabilities: Float[np.ndarray, "n c"]) -> Float[np.ndarray, "n c"]:
        """Return the calibrated probabilities."""
        if self.temperature == 1:
            return probabilities
        return softmax(np.log(probabilities.clip(min=SMALLEST)) * (1 / self.temperature))


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A function that never falls: straight lines between knots, level beyond the first and last."""

    given: Float[np.ndarray, " m"]
    """Probabilities as the teacher stated them, increasing."""

    calibrated: Float[np.ndarray, " m"]
    """How often it was right when it said so."""


@dataclass(frozen=True, slots=True, eq=False)
class Isotonic:
    """A curve for each class but, of two classes, for the second alone."""

    curves: tuple[Curve, ...]

    def apply(self, probabilities: Float[np.ndarray, "n c"]) -> Float[np.ndarray, "n c"]:
        """Return the calibrated probabilities; a row that no class's curve wants is shared equally."""
        if len(self.curves) == 1:
            positive = _read_off(self.curves[0], probabilities[:, 1])
            return np.stack([1 - positive, positive], axis=1)
        columns = [_read_off(curve, probabilities[:, place]) for place, curve in enumerate(self.curves)]
        stacked = np.stack(columns, axis=1)
        total = stacked.sum(axis=1, keepdims=True)
        shared = np.full_like(stacked, 1 / len(columns))
        normalised: Float[np.ndarray, "n c"] = np.divide(stacked, total, out=shared, where=total > 0)
        return normalised


Calibration = Temperature | Isotonic


def fit_temperature(probabilities: Float[np.ndarray, "n c"], *, gold: Int[np.ndarray, " n"]) -> Temperature:
    """Return the temperature with the lowest negative log-likelihood of gold.

    The likelihood is concave in 1 / temperature, so its derivative has one root, found to 1e-10.

    Args:
        probabilities: A teacher's, on examples that it was not trained on; their logarithms are its logits.
        gold: The true classes, as columns of `probabilities`.

    Raises:
        DataError: If there are fewer than 10 examples, or gold is all of one class.

    Reference:
        Guo et al. 2017, arXiv:1706.04599, sec. 4.2.
    """
    from scipy.optimize import brentq

    _check(probabilities, gold)
    logs = np.log(probabilities.clip(min=SMALLEST))
    reached = float(logs[np.arange(len(gold)), gold].mean())

    def slope(sharpness: float) -> float:
        return float((softmax(logs * sharpness) * logs).sum(axis=1).mean()) - reached

    if slope(1 / HOTTEST) >= 0:
        return Temperature(HOTTEST)
    if slope(1 / COLDEST) <= 0:
        return Temperature(COLDEST)
    return Temperature(1 / float(brentq(slope, 1 / HOTTEST, 1 / COLDEST, xtol=1e-10)))


def fit_isotonic(probabilities: Float[np.ndarray, "n c"], *, gold: Int[np.ndarray, " n"]) -> Isotonic:
    """Return the curves that never fall with the least squared error towards gold.

    Args:
        probabilities: A teacher's, on examples that it was not trained on.
        gold: The true classes, as columns of `probabilities`.

    Raises:
        DataError: If there are fewer than 10 examples, or gold is all of one class.

    Reference:
        Zadrozny and Elkan 2002, "Transforming classifier scores into accurate multiclass probability
        estimates", sec. 3 (isotonic, for two classes) and sec. 4 (one class against the rest, normalised).
        Between knots we draw straight lines where the paper draws steps.
    """
    _check(probabilities, gold)
    wanted = (1,) if probabilities.shape[1] == 2 else range(probabilities.shape[1])
    return Isotonic(
        tuple(_curve(probabilities[:, place], (gold == place).astype(np.float64)) for place in wanted)
    )


def _curve(given: Float[np.ndarray, " n"], right: Float[np.ndarray, " n"]) -> Curve:
    from scipy.optimize import isotonic_regression

    # Equal probabilities are one knot, or the order of the examples would decide.
    knots, place, counts = np.unique(given, return_inverse=True, return_counts=True)
    means = np.bincount(place, weights=right) / counts
    fitted = isotonic_regression(means, weights=counts.astype(np.float64)).x
    return Curve(given=knots.astype(np.float64), calibrated=np.clip(fitted, 0.0, 1.0))


def _read_off(curve: Curve, given: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    found: Float[np.ndarray, " n"] = np.interp(given, curve.given, curve.calibrated)
    return found


def _check(probabilities: Float[np.ndarray, "n c"], gold: Int[np.ndarray, " n"]) -> None:
    num_classes = len(np.unique(gold))
    if len(gold) < FEWEST_EXAMPLES or num_classes < 2:
        raise DataError(
            f"calibration needs at least {FEWEST_EXAMPLES} examples of at least 2 classes with gold, got"
            f' {len(gold)} of {num_classes}; make the validation part larger, or use calibration = "none"'
        )
    assert gold.min() >= 0, f"gold class {gold.min()}"
    assert gold.max() < probabilities.shape[1], f"gold class {gold.max()} of {probabilities.shape[1]}"
