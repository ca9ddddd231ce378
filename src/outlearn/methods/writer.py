"""A student that writes its answers: a language model before its training, and the prompts it may read.

What `Student` is to classes this is to generation. A method is given it with what the teacher wrote, never
with gold or test prompts.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from outlearn.core import DataError, derive
from outlearn.labels import TextLabels
from outlearn.methods.stages import check_known, stage_of
from outlearn.models import ModelSource, TextLikelihood, scored_tokens, tokenise_continuations
from outlearn.training import Loss, Placement, Recipe, Scored, train

LIKELIHOOD = Loss(per_example=lambda likelihoods, _: -likelihoods[:, 0])
"""Cross-entropy of the answers' tokens: what a language model gives is their log-likelihood."""


@dataclass(frozen=True, slots=True)
class Writer:
    """What a method is given where answers are written."""

    model: TextLikelihood
    """`learn` trains it in place."""

    prompts: Mapping[str, str]
    """Example id to the text it may train on."""

    source: ModelSource
    tokenizer: Any
    recipe: Recipe
    seed: int
    placement: Placement

    load: Callable[[], TextLikelihood]
    """Gives the model anew, as it was before any training."""

    losses: Float[np.ndarray, " s"]
    """Training loss of every step so far, in nats a token; empty before the first."""

    train_tokens: int = 0
    """Tokens read in training so far, every epoch counted."""


Write = Callable[[Writer, TextLabels], Writer]
"""(student, what the teacher wrote) to the trained student."""


def learn(writer: Writer, labels: TextLabels) -> Writer:
    """Return the student trained to write the labels: cross-entropy of the answers' tokens and their end.

    The prompt is read and carries no loss. The loss is a mean over answer tokens, so a long answer counts for
    more than a short one. The order of examples follows from the seed alone, as in `fit`.

    Raises:
        DataError: If a label is on an example that is not among the student's prompts, or all weights are 0.
        TrainingError: If the training goes wrong.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. A.2, which does not say that only the answer carries loss.
    """
    check_known(labels.ids, known=writer.prompts)
    if not labels.weights.any():
        raise DataError("every label has weight 0, so there is nothing to train on; keep some that count")
    inputs = tokenise_continuations(
        writer.tokenizer,
        [writer.prompts[name] for name in labels.ids],
        labels.texts,
        ids=labels.ids,
        source=writer.source,
    )
    writer.model.per_tokens = float(scored_tokens(inputs.lengths, starts=inputs.begins).mean())
    losses = train(
        writer.model,
        Scored(inputs.tokens, inputs.begins),
        np.ones((len(labels.ids), 1)),
        weights=labels.weights,
        loss=LIKELIHOOD,
        recipe=writer.recipe,
        seed=derive(writer.seed, "fit"),
        placement=stage_of(writer.placement, done=len(writer.losses), digest=_digest(labels, writer)),
    )
    read = int(inputs.lengths.sum()) * writer.recipe.epochs
    return replace(
        writer, losses=np.concatenate([writer.losses, losses]), train_tokens=writer.train_tokens + read
    )


def _digest(labels: TextLabels, writer: Writer) -> str:
    digest = hashlib.sha256(f"{writer.seed} {writer.recipe!r} {labels.ids!r} {labels.texts!r}".encode())
    digest.update(labels.weights.tobytes())
    return digest.hexdigest()[:16]
