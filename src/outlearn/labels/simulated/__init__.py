"""Simulated supervisors: labels made from gold to learn what makes errors easy or hard to overcome.

Pure functions of plain arrays, called by the one step that may hold gold; what they return are labels.
"""

import outlearn.labels.simulated.named  # noqa: F401  (registers the supervisors)
from outlearn.labels.simulated.flips import (
    choose_confidently_correct,
    choose_longest,
    choose_random,
    choose_shortest,
    choose_unconfident,
    flip,
)
from outlearn.labels.simulated.hint import hint_word, hinted
from outlearn.labels.simulated.matched import Matched, matched
from outlearn.labels.simulated.mixture import mix_in_flips
from outlearn.labels.simulated.permuted import permuted_labels
from outlearn.labels.simulated.scene import Need, Scene, Supervisor, supervise, supervisors
from outlearn.labels.simulated.simulatable import FirstFeatures, fit_first_features, predict

__all__ = [
    "FirstFeatures",
    "Matched",
    "Need",
    "Scene",
    "Supervisor",
    "choose_confidently_correct",
    "choose_longest",
    "choose_random",
    "choose_shortest",
    "choose_unconfident",
    "fit_first_features",
    "flip",
    "hint_word",
    "hinted",
    "matched",
    "mix_in_flips",
    "permuted_labels",
    "predict",
    "supervise",
    "supervisors",
]
