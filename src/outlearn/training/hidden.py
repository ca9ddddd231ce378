"""Hidden states of a model for many texts, sorted by length so that little is padded."""

from typing import Literal

import numpy as np
import torch
from jaxtyping import Float

from outlearn.models import Classifier, Tokens
from outlearn.training.batching import pad
from outlearn.training.out_of_memory import pieces_that_fit
from outlearn.training.placement import Placement
from outlearn.training.precision import autocast
from outlearn.training.recipe import Recipe


def hidden_states(
    model: Classifier,
    tokens: Tokens,
    *,
    recipe: Recipe,
    placement: Placement,
    layer: int = -1,
    position: Literal["read_out", "mean"] = "read_out",
) -> Float[np.ndarray, "n h"]:
    """Return one vector a text in float32, in the order of the texts; by default what the head reads.

    Raises:
        ModelError: If there is no such layer.
    """
    model.to(placement.device).eval()

    def states_of(piece: np.ndarray) -> torch.Tensor:
        padded = pad(tokens, piece, device=placement.device)
        with torch.inference_mode(), autocast(recipe, placement.device):
            return model.states(padded.ids, padded.lengths, layer=layer, position=position)

    found, done = [], 0
    for piece, states in pieces_that_fit(
        states_of, lengths=tokens.lengths, max_tokens=placement.predict_tokens
    ):
        found.append((piece, states))
        done += len(piece)
        placement.on_step(done, len(tokens))
    values = np.empty((len(tokens), found[0][1].shape[1]), dtype=np.float32)
    for piece, states in found:  # only now: a copy waits for the device
        values[piece] = states.float().cpu().numpy()
    return values
