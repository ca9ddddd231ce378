"""Answers to prompts, sorted by length so that little is padded; what they all begin with is read once."""

import numpy as np
import torch
from jaxtyping import Float

from outlearn.models import AnswerModel, PromptTokens
from outlearn.training.batching import pad
from outlearn.training.out_of_memory import pieces_that_fit
from outlearn.training.placement import Placement
from outlearn.training.precision import autocast
from outlearn.training.recipe import Recipe


def answer_scores(
    model: AnswerModel, prompts: PromptTokens, *, recipe: Recipe, placement: Placement
) -> Float[np.ndarray, "n c"]:
    """Return the logits of every answer after each prompt, in float64, in the order of the prompts.

    They are those of each whole prompt alone. A softmax over a row gives the answers' probabilities, given
    that one of them comes next.

    Args:
        model: From `load_answer_model`.
        prompts: From `tokenise_prompts`.
        recipe: Its precision.
        placement: Device and memory; a prompt counts with the tokens it shares.
    """
    model.to(placement.device).eval()
    shared = len(prompts.prefix)
    with torch.inference_mode(), autocast(recipe, placement.device):
        prefix = model.read(torch.tensor(prompts.prefix, device=placement.device))

    def logits_of(piece: np.ndarray) -> torch.Tensor:
        padded = pad(prompts.queries, piece, device=placement.device)
        with torch.inference_mode(), autocast(recipe, placement.device):
            scored: torch.Tensor = model(padded.ids, padded.lengths, prefix=prefix)
        return scored

    lengths, found, done = prompts.queries.lengths + shared, [], 0
    for piece, logits in pieces_that_fit(logits_of, lengths=lengths, max_tokens=placement.predict_tokens):
        found.append((piece, logits))
        done += len(piece)
        placement.on_step(done, len(lengths))
    scores = np.empty((len(prompts.queries), len(prompts.answers)))
    for piece, logits in found:  # only now: a copy waits for the device
        scores[piece] = logits.cpu().double().numpy()
    return scores
