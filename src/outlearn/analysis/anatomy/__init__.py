"""What a student took from its teacher and what it had of its own: the anatomy of a run, from its store.

One concept a file: `imitation`, `quadrants`, `similarity` (CAPA), `misfit`, `pseudolabels`, `reliability`,
`training_curve`, `saliency`, `slices`, and `examples` behind the numbers; `anatomy` gathers them.
"""

from outlearn.analysis.anatomy.anatomy import NO_COLUMNS, Anatomy, CellAnatomy, anatomy
from outlearn.analysis.anatomy.cells import ALL, Cells, cells_named
from outlearn.analysis.anatomy.examples import ALLOWED, Answer, ShownExample, examples
from outlearn.analysis.anatomy.imitation import Imitation
from outlearn.analysis.anatomy.misfit import Misfit, divergence
from outlearn.analysis.anatomy.pseudolabels import Pseudolabels
from outlearn.analysis.anatomy.quadrants import QUADRANTS, Quadrant, QuadrantName
from outlearn.analysis.anatomy.reading import Reading, Said, Three, agreed, reading_of, said_in, side_by_side
from outlearn.analysis.anatomy.reliability import ConfidenceBin, Reliability
from outlearn.analysis.anatomy.saliency import Saliency
from outlearn.analysis.anatomy.similarity import Similarity, capa
from outlearn.analysis.anatomy.slices import Slice
from outlearn.analysis.anatomy.training_curve import CurvePoint

__all__ = [
    "ALL",
    "ALLOWED",
    "Anatomy",
    "Answer",
    "CellAnatomy",
    "Cells",
    "ConfidenceBin",
    "CurvePoint",
    "Imitation",
    "Misfit",
    "NO_COLUMNS",
    "Pseudolabels",
    "QUADRANTS",
    "Quadrant",
    "QuadrantName",
    "Reading",
    "Reliability",
    "Said",
    "Saliency",
    "ShownExample",
    "Similarity",
    "Slice",
    "Three",
    "agreed",
    "anatomy",
    "capa",
    "cells_named",
    "divergence",
    "examples",
    "reading_of",
    "said_in",
    "side_by_side",
]
