"""Label sets: what teachers said, checked, and as files. No gold."""

from outlearn.labels.calibration import Isotonic, Temperature, fit_isotonic, fit_temperature
from outlearn.labels.committee import logit_mean_vote, majority_vote, mean_vote
from outlearn.labels.dawid_skene import DawidSkene, dawid_skene
from outlearn.labels.files import read_labels, write_labels
from outlearn.labels.imported import import_labels
from outlearn.labels.label_set import LabelSet, label_set, with_votes

__all__ = [
    "DawidSkene",
    "Isotonic",
    "LabelSet",
    "Temperature",
    "dawid_skene",
    "fit_isotonic",
    "fit_temperature",
    "import_labels",
    "label_set",
    "logit_mean_vote",
    "majority_vote",
    "mean_vote",
    "read_labels",
    "with_votes",
    "write_labels",
]
