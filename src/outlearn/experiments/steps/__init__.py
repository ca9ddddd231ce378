"""What each kind of step does. Gold enters here and nowhere else: see `gold`.

Every step reads the records of its inputs and writes its own record last, so a step that was cut off leaves
nothing but checkpoints in its scratch folder.
"""

from outlearn.experiments.steps.execute import execute
from outlearn.experiments.steps.gold import gold_shots
from outlearn.experiments.steps.labelling import chunk_of
from outlearn.experiments.steps.models import tokenizer_of, wording_of
from outlearn.experiments.steps.records import write_predictions, writes, writing
from outlearn.experiments.steps.together import ALONE, Companions, companionship, execute_together
from outlearn.experiments.steps.training import kept_artifacts
from outlearn.experiments.steps.written import write_written

__all__ = [
    "ALONE",
    "Companions",
    "chunk_of",
    "companionship",
    "execute",
    "execute_together",
    "gold_shots",
    "kept_artifacts",
    "tokenizer_of",
    "wording_of",
    "write_predictions",
    "write_written",
    "writes",
    "writing",
]
