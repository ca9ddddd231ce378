"""Training touches the rows of the embedding that its texts use, and no others.

A vocabulary has 50,000 to 250,000 rows, of which a task's texts use a few thousand. The gradient of the rest
is 0, and so are its moments, so AdamW without weight decay leaves it as it is. It need not be worked out at
all: for the time of training, the rows in use are a table of their own. Gradient, moments and averages are
kept for those rows alone; the numbers are the same but for the order in which the gradient's norm is summed.

Shapes: v rows of the vocabulary, u of them in use, h units.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int, Int64
from torch import Tensor, nn
from torch.nn import functional

from outlearn.models import Classifier, Tokens
from outlearn.training.batching import PADDING
from outlearn.training.inputs import Inputs, Options, Orders
from outlearn.training.recipe import Recipe

WORTH = 0.75
"""Largest share of the vocabulary in use for which a table of its own is made."""


class RowsInUse(nn.Module):
    """Some rows of an embedding, to be trained in its place.

    Args:
        whole: The embedding; it is left alone until `put_back`.
        rows: Which of its rows, in order, each once.
    """

    def __init__(self, whole: nn.Embedding, rows: Int64[Tensor, " u"]) -> None:
        super().__init__()
        self.weight = nn.Parameter(whole.weight.detach()[rows])
        self.rows = rows
        # In a tuple, so that its weights are not taken for this module's own.
        self.whole = (whole,)
        self.places = torch.full((whole.num_embeddings,), -1, device=rows.device)
        self.places[rows] = torch.arange(len(rows), device=rows.device)
        padding = -1 if whole.padding_idx is None else int(self.places[whole.padding_idx])
        self.padding = padding if padding >= 0 else None
        self.train(whole.training)

    def forward(self, ids: Int[Tensor, "*n"]) -> Float[Tensor, "*n h"]:
        """Return the embeddings: in training of ids in use, otherwise of any."""
        places = self.places[ids]
        if self.training:
            return functional.embedding(places, self.weight, padding_idx=self.padding)
        (whole,) = self.whole
        others: Tensor = whole(ids)
        own = functional.embedding(places.clamp(min=0), self.weight)
        return torch.where(places[..., None] >= 0, own, others)

    def put_back(self) -> None:
        """Write the rows into the embedding."""
        with torch.no_grad():
            self.whole[0].weight[self.rows] = self.weight


@contextmanager
def rows_in_use(model: nn.Module, inputs: Inputs, *, recipe: Recipe) -> Iterator[None]:
    """Have only the rows of the embedding trained that the inputs use, where that changes no number.

    Weight decay moves every row, and a factored optimiser takes means over all: with these, all are trained.
    """
    body: Any = getattr(model, "backbone", None)
    used = _used(inputs)
    moved = recipe.weight_decay or recipe.optimiser != "adamw"
    if not isinstance(model, Classifier) or moved or not len(used):
        yield
        return
    whole: Any = body.get_input_embeddings()
    # A subclass may do more than look up.
    plain = type(whole) is nn.Embedding and whole.weight.requires_grad and whole.max_norm is None
    if not plain or len(used) > WORTH * whole.num_embeddings:
        yield
        return
    own = RowsInUse(whole, torch.from_numpy(used).to(whole.weight.device))
    body.set_input_embeddings(own)
    try:
        yield
    finally:
        own.put_back()
        body.set_input_embeddings(whole)


def _used(inputs: Inputs) -> Int64[np.ndarray, " u"]:
    """Return the tokens that stand in the texts and after them, each once; none where none are read."""
    match inputs:
        case Tokens():
            rows = [inputs.row(row) for row in range(len(inputs))]
            return np.unique(np.concatenate([[PADDING], *rows])).astype(np.int64)
        case Options() | Orders():
            return _used(inputs.texts)
        case _:
            return np.zeros(0, dtype=np.int64)
