"""Logistic regression from features to soft labels, and its out-of-fold probabilities.

A probe that is scored on the examples it was fitted to repeats their labels, mistakes and all; out of fold,
every example is judged by a probe that has not seen its label.

Letters in shapes: n examples, h features, c classes, p = (h + 1) c parameters.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from outlearn.labels.folds import fold_of
from outlearn.labels.lbfgs import Evaluation, minimise

MOST_ITERATIONS = 200
"""Of L-BFGS. Where features are many and alike it stops here; it always does at the same place."""

GRADIENT_TOLERANCE = 1e-5
"""L-BFGS stops once no entry of the gradient is larger."""


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """A fitted regression: softmax of standardised features times weights plus bias."""

    centre: Float[np.ndarray, " h"]
    scale: Float[np.ndarray, " h"]
    weight: Float[np.ndarray, "h c"]
    bias: Float[np.ndarray, " c"]

    def predict(self, features: Float[np.ndarray, "n h"]) -> Float[np.ndarray, "n c"]:
        """Return each example's class probabilities."""
        standardised = (features - self.centre) / self.scale
        found: Float[np.ndarray, "n c"] = np.exp(_log_softmax(standardised @ self.weight + self.bias))
        return found


def fit_logistic(
    features: Float[np.ndarray, "n h"], *, targets: Float[np.ndarray, "n c"], l2: float
) -> Logistic:
    """Return the regression with the lowest mean cross-entropy + l2 / 2 * sum of squared weights.

    Features are standardised by the examples given, and one that never varies is left out of account. The
    bias bears no penalty. Starts from zero and takes L-BFGS steps until every entry of the gradient is below
    1e-5, or 200 steps. Products are worked out in the precision of the features: hidden states come in
    float32, which halves the time; steps are in float64.

    Args:
        features: One row an example.
        targets: Soft labels; each row sums to 1.
        l2: Weight of the penalty, at least 0.
    """
    num_examples, num_features = features.shape
    num_classes = targets.shape[1]
    centre = features.mean(axis=0, dtype=np.float64).astype(features.dtype)
    spread = features.std(axis=0, dtype=np.float64).astype(features.dtype)
    scale = np.where(spread > 0, spread, np.ones_like(spread))
    standardised = (features - centre) / scale

    def objective(flat: Float[np.ndarray, " p"]) -> Evaluation:
        weight, bias = flat[:-num_classes].reshape(num_features, num_classes), flat[-num_classes:]
        logs = _log_softmax(standardised @ weight.astype(features.dtype) + bias)
        value = -(targets * logs).sum() / num_examples + l2 / 2 * (weight**2).sum()
        error = (np.exp(logs) - targets) / num_examples
        slope = standardised.T @ error.astype(features.dtype) + l2 * weight
        return Evaluation(float(value), np.concatenate([slope.ravel(), error.sum(axis=0)]))

    found = minimise(
        objective,
        start=np.zeros((num_features + 1) * num_classes),
        gradient_tolerance=GRADIENT_TOLERANCE,
        most_iterations=MOST_ITERATIONS,
    )
    return Logistic(
        centre=centre,
        scale=scale,
        weight=found[:-num_classes].reshape(num_features, num_classes).astype(features.dtype),
        bias=found[-num_classes:],
    )


def cross_fitted(
    features: Float[np.ndarray, "n h"],
    *,
    labels: Float[np.ndarray, "n c"],
    ids: Sequence[str],
    num_folds: int = 5,
    seed: int = 0,
    l2: float = 1e-2,
) -> Float[np.ndarray, "n c"]:
    """Return each example's probabilities from a regression fitted to the labels of the other folds.

    Args:
        features: One row an example.
        labels: Soft labels of the same examples.
        ids: Their ids, which decide the folds.
        num_folds: At least 2.
        seed: Root of the folds.
        l2: See `fit_logistic`.

    Raises:
        SpecError: If there is but one fold.
        UsageError: If there are fewer examples than folds.

    Reference:
        Wen et al. 2026, "Automated Weak-to-Strong Researcher" (overlap density, for the out-of-fold form);
        EleutherAI 2024, "Experiments in Weak-to-Strong Generalization" (for l2 = 1e-2).
    """
    folds = fold_of(ids, num_folds=num_folds, seed=seed)
    # Sums do not depend on the order of the rows if they are always taken in the same one.
    inorder = np.array(sorted(range(len(ids)), key=ids.__getitem__))
    found = np.empty(labels.shape)
    for fold in range(num_folds):
        others = inorder[folds[inorder] != fold]
        probe = fit_logistic(features[others], targets=labels[others], l2=l2)
        found[folds == fold] = probe.predict(features[folds == fold])
    return found


def _log_softmax(scores: Float[np.ndarray, "n c"]) -> Float[np.ndarray, "n c"]:
    shifted = scores.astype(np.float64) - scores.max(axis=1, keepdims=True)
    logs: Float[np.ndarray, "n c"] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return logs
