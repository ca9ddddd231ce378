"""Prediction: probabilities for any number of texts, sorted by length so that little is padded."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import nn

from outlearn.training.batching import batch
from outlearn.training.inputs import Inputs, Options, joined
from outlearn.training.out_of_memory import pieces_that_fit
from outlearn.training.placement import Placement
from outlearn.training.precision import autocast
from outlearn.training.recipe import Recipe


def predict(
    model: nn.Module, inputs: Inputs, *, recipe: Recipe, placement: Placement
) -> Float[np.ndarray, "n c"]:
    """Return each text's class probabilities in float64, in the order of the texts."""
    model.to(placement.device).eval()

    def logits_of(piece: np.ndarray) -> torch.Tensor:
        read = batch(inputs, piece, device=placement.device)
        return joined(inputs, model(*read))

    # All pieces in one context: weights are rounded to bfloat16 once, and not for each.
    with torch.inference_mode(), autocast(recipe, placement.device):
        found = list(pieces_that_fit(logits_of, lengths=inputs.lengths, max_tokens=placement.predict_tokens))
    num_logits: Any = inputs.num_options if isinstance(inputs, Options) else model.num_classes
    probabilities = np.empty((len(inputs), num_logits))
    # Only now: a copy waits for the device, and not every device computes in float64.
    for piece, logits in found:
        probabilities[piece] = logits.cpu().double().softmax(-1).numpy()
    return probabilities
