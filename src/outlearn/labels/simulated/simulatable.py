"""Supervisors that a student can imitate perfectly: logistic regression on the first k features of a model.

A student that reads k or more of the same features can express everything such a supervisor says, errors
included, so imitating it is easy; that is the point of the comparison with errors that no model can express.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, Int, Int64

from outlearn.core import DataError, TrainingError

MAX_ITERATIONS = 10_000
LARGEST_SLOPE = 1e-3
"""In nats over all examples for one standard error of a weight; the fit itself stops at a hundredth of it."""


@dataclass(frozen=True, slots=True, eq=False)
class FirstFeatures:
    """A linear classifier of the first k features."""

    weights: Float64[np.ndarray, "k c"]
    """For two classes those of the first are 0."""

    bias: Float64[np.ndarray, " c"]


def fit_first_features(
    features: Float[np.ndarray, "n h"], *, gold: Int[np.ndarray, "n"], num_classes: int, num_features: int
) -> FirstFeatures:
    """Return the classifier that minimises summed cross-entropy + |weights|^2 / 2, in nats; the bias is free.

    Two classes have one vector of weights, more have one each. The penalty looks at features as they are
    given: scaling them changes the fit.

    Args:
        features: Of the examples learned from, in any scale.
        gold: Their true classes.
        num_classes: Two or more; each needs an example.
        num_features: How many features, from the first, it may read.

    Raises:
        DataError: If there are fewer features than asked for, features that are not finite, or a class
            without an example.
        TrainingError: If the fit does not converge.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. E.1, says only "logistic regression"; the penalty is that
        of scikit-learn's default, C = 1.
    """
    counts = np.bincount(gold, minlength=num_classes)
    if num_classes < 2 or len(counts) > num_classes or not counts.all() or len(gold) != len(features):
        raise DataError(
            f"each of two or more classes needs an example to learn from: got {len(features)} rows of"
            f" features with {counts.tolist()} examples by class, for {num_classes} classes"
        )
    seen = _first(features, num_features=num_features)
    # Centred and scaled by a bound on the curvature, so that the search is well conditioned; same optimum.
    centre = seen.mean(axis=0)
    seen = np.hstack([seen - centre, np.ones((len(seen), 1))])
    scale = np.sqrt(0.25 * (seen**2).sum(axis=0) + 1)
    shrink = np.append(scale[:-1] ** -2, 0.0)
    weights = _minimise(seen / scale, one_hot=np.eye(num_classes)[gold], shrink=shrink) / scale[:, None]
    return FirstFeatures(weights=weights[:-1], bias=weights[-1] - centre @ weights[:-1])


def _minimise(
    seen: Float64[np.ndarray, "n k"],
    *,
    one_hot: Float64[np.ndarray, "n c"],
    shrink: Float64[np.ndarray, " k"],
) -> Float64[np.ndarray, "k c"]:
    """Return the weights of least summed cross-entropy + sum(shrink * weights^2) / 2."""
    from scipy.optimize import minimize

    num_classes = one_hot.shape[1]
    num_free = 1 if num_classes == 2 else num_classes

    def objective(params: Float64[np.ndarray, " p"]) -> tuple[float, Float64[np.ndarray, " p"]]:
        free = params.reshape(-1, num_free)
        logits = np.zeros_like(one_hot)
        logits[:, -num_free:] = seen @ free
        top = logits.max(axis=1, keepdims=True)
        log_total = top + np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
        pull = shrink[:, None] * free
        loss = (log_total - logits)[one_hot == 1].sum() + 0.5 * (pull * free).sum()
        slope = seen.T @ (np.exp(logits - log_total) - one_hot)[:, -num_free:] + pull
        return float(loss), slope.ravel()

    options = {
        "maxiter": MAX_ITERATIONS,
        "maxfun": 2 * MAX_ITERATIONS,
        "gtol": LARGEST_SLOPE / 100,
        "ftol": 0,
    }
    start = np.zeros(seen.shape[1] * num_free)
    found = minimize(objective, start, jac=True, method="L-BFGS-B", options=options)
    slope = float(np.abs(found.jac).max())
    if not slope <= LARGEST_SLOPE:
        raise TrainingError(
            f"logistic regression on the first {len(shrink) - 1} features did not converge: its largest slope"
            f" is {slope:.3g} after {found.nit} iterations; rescale the features"
        )
    weights = np.zeros((seen.shape[1], num_classes))
    weights[:, -num_free:] = found.x.reshape(-1, num_free)
    return weights


def predict(model: FirstFeatures, features: Float[np.ndarray, "n h"]) -> Int64[np.ndarray, "n"]:
    """Return the likeliest class of each example, as a hard label.

    Raises:
        DataError: If there are fewer features than the model reads, or features that are not finite.
    """
    scores = _first(features, num_features=len(model.weights)) @ model.weights + model.bias
    return np.asarray(scores.argmax(axis=1), dtype=np.int64)


def _first(features: Float[np.ndarray, "n h"], *, num_features: int) -> Float64[np.ndarray, "n k"]:
    if not 1 <= num_features <= features.shape[1]:
        raise DataError(
            f"the first {num_features} features cannot be read: there are {features.shape[1]};"
            f" set num_features to 1 to {features.shape[1]}"
        )
    first = features[:, :num_features].astype(np.float64)
    if not np.isfinite(first).all():
        row = int((~np.isfinite(first)).any(axis=1).argmax())
        raise DataError(f"the features of row {row} are not finite; compute them in float32 or wider")
    return first
