"""A causal language model as a scorer of texts: how likely each is, for training on texts without labels.

Which tokens count follows from lengths, never from a padding id: a token is scored if it stands inside its
text, is not its first (nothing comes before it) and does not stand before the text's start of scoring.

The loss of unsupervised fine-tuning is a mean over tokens, while the training loop takes means over examples.
Every text's log-likelihood is therefore divided by one constant, the mean number of scored tokens a text of
the whole set. A token then weighs the same in every batch and micro-batch, however long the texts beside it
are, and the mean over the examples of the set is the mean over its tokens.

The logits of a whole batch, one for every token and entry of the vocabulary, are the largest tensor by far.
They are made a chunk of tokens at a time and all but the last made again in the backward pass, so memory
holds one chunk's. Texts are read end to end where the family can (see `packing`), and padded where not.

Shapes: b texts, t tokens of the longest, h hidden units, k tokens of a chunk, r texts of a set. Importing
this module imports torch.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32, Int, Int64
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from outlearn.core import DataError, ModelError
from outlearn.models.backbone import load_language_model, random_backbone
from outlearn.models.classifier import Classifier
from outlearn.models.packing import end_to_end, layout, packs, places_of
from outlearn.models.read_out import ReadOut
from outlearn.models.source import ModelSource

CHUNK_TOKENS = 256
"""Tokens whose logits are held at once: 50 MB a copy with GPT-2's vocabulary."""


class TextLikelihood(nn.Module):
    """The log-likelihood of texts under a causal language model, in float32 whatever the body computes in.

    Args:
        language_model: With its language-modelling head.
        per_tokens: What log-likelihoods are divided by: the mean of `scored_tokens` over the whole set, above
            0; 1 leaves them as they are.
    """

    def __init__(self, language_model: Any, *, per_tokens: float) -> None:
        super().__init__()
        if not per_tokens > 0:
            raise DataError(
                f"per_tokens must be above 0, got {per_tokens}: a language model learns from the second token"
                " of a text on, and no text has one that counts"
            )
        self.language_model = language_model
        self.packs = packs(language_model.config)
        if self.packs:
            ReadOut().narrow(language_model.get_decoder())
        self.per_tokens = per_tokens

    @property
    def backbone(self) -> Any:
        """Return the body, without the language-modelling head."""
        return self.language_model.base_model

    def forward(
        self, ids: Int[Tensor, "b t"], lengths: Int[Tensor, "b"], starts: Int[Tensor, "b"] | int = 0
    ) -> Float32[Tensor, "b 1"]:
        """Return every text's log-likelihood in nats, divided by `per_tokens`; its negative is the loss.

        Args:
            ids: Token ids, padded on the right with any valid id.
            lengths: Number of real tokens, each in 1..t.
            starts: Place of the first token that is scored, one for each text or one for all; what stands
                before it is read but carries no loss. The first token of a text is never scored.
        """
        body = self.language_model.get_decoder()
        where = layout(ids, lengths, causal=True) if self.packs else places_of(ids, lengths)
        first = torch.as_tensor(starts, device=ids.device).expand(len(ids)).clamp(min=1)
        scored = (where.positions >= first[where.places // ids.shape[1]]).nonzero()[:, 0]
        # The token before one that is scored is of the same text.
        before = (scored if self.packs else where.places[scored]) - 1
        given = replace(where, read=(before,)).given(ids) if self.packs else {"input_ids": ids}
        read = body(**given, use_cache=False)
        hidden = read.last_hidden_state.flatten(0, 1)[before]
        following = where.end_to_end(ids)[scored]
        # At least one chunk, be it empty: a batch in which nothing is scored has a gradient too, which is 0.
        chunks = zip(torch.split(hidden, CHUNK_TOKENS), torch.split(following, CHUNK_TOKENS), strict=True)
        *others, last = ((*chunk, type(read)) for chunk in chunks)
        found = [
            checkpoint(self._log_probabilities, *one, use_reentrant=False, preserve_rng_state=False)
            for one in others
        ]
        # Its logits are what the backward pass needs first: to drop them would save nothing.
        found.append(self._log_probabilities(*last))
        by_place = torch.zeros(ids.numel(), device=ids.device)
        by_place = by_place.index_copy(0, where.places[scored], torch.cat(found)).view_as(ids)
        return by_place.sum(dim=1, keepdim=True) / self.per_tokens

    def _log_probabilities(
        self, hidden: Float[Tensor, "k h"], following: Int[Tensor, "k"], output: type
    ) -> Float32[Tensor, "k"]:
        """Return the log-probability of the token that follows each hidden state."""
        with _body_gives(self.language_model, output(last_hidden_state=hidden[None])):
            logits: Tensor = self.language_model(input_ids=following[None], use_cache=False).logits
        return -functional.cross_entropy(logits[0].float(), following, reduction="none")


def load_likelihood(source: ModelSource, *, per_tokens: float, frozen: bool = False) -> TextLikelihood:
    """Return the pretrained language model in float32 and train mode, ready to be trained on texts.

    Args:
        source: From `open_model`.
        per_tokens: The mean of `scored_tokens` over the whole set.
        frozen: Whether its weights will stay as they are; see `load_backbone`.

    Raises:
        ModelError: If the model is an encoder, or its checkpoint cannot be read or lacks weights.
        DataError: If `per_tokens` is not above 0.
    """
    return TextLikelihood(load_language_model(source, frozen=frozen), per_tokens=per_tokens)


def scored_tokens(
    lengths: Int64[np.ndarray, "r"], *, starts: Int64[np.ndarray, "r"] | int = 0
) -> Int64[np.ndarray, "r"]:
    """Return how many tokens of each text carry loss: those `TextLikelihood` scores."""
    scored: np.ndarray = np.maximum(lengths - np.maximum(starts, 1), 0)
    return scored


def backbone_state(model: TextLikelihood) -> dict[str, Tensor]:
    """Return copies of the body's weights on the CPU, by the names they have in a classifier's body."""
    return {name: value.detach().to("cpu", copy=True) for name, value in model.backbone.state_dict().items()}


def language_state(model: TextLikelihood) -> dict[str, Tensor]:
    """Return copies of all weights of the language model, its head included, on the CPU."""
    state = model.language_model.state_dict()
    # Tied tensors stand in it twice; a file of tensors holds each once.
    seen: dict[int, str] = {}
    kept = {name: value for name, value in state.items() if seen.setdefault(value.data_ptr(), name) == name}
    return {name: value.detach().to("cpu", copy=True) for name, value in kept.items()}


def load_language_state(model: TextLikelihood, state: Mapping[str, Tensor]) -> None:
    """Put weights from `language_state` into a language model of the same architecture.

    Raises:
        ModelError: If names or shapes are not the model's, which may then hold some of them.
    """
    own = language_state(model)
    wrong = sorted(
        own.keys() ^ state.keys()
        | {name for name in own.keys() & state.keys() if own[name].shape != state[name].shape}
    )
    if wrong:
        raise ModelError(
            f"these weights are not of this {type(model.language_model).__name__}: {wrong[0]!r} differs; tune"
            " and train the same checkpoint"
        )
    model.language_model.load_state_dict(dict(state), strict=False)


def randomise_likelihood(model: TextLikelihood, *, seed: int) -> TextLikelihood:
    """Return a model of the same architecture with fresh weights, head included: the control."""
    fresh = end_to_end(random_backbone(model.language_model, seed=seed))
    return TextLikelihood(fresh, per_tokens=model.per_tokens)


def load_backbone_state(classifier: Classifier, state: Mapping[str, Tensor]) -> None:
    """Put a body's weights, from `backbone_state`, into a classifier of the same architecture.

    Raises:
        ModelError: If names or shapes are not those of the classifier's body, which is then left as it is.
    """
    own = classifier.backbone.state_dict()
    strange, missing = sorted(state.keys() - own.keys()), sorted(own.keys() - state.keys())
    misshapen = sorted(name for name in own.keys() & state.keys() if own[name].shape != state[name].shape)
    for names, trouble in ((missing, "lack"), (strange, "have, unlike the model,"), (misshapen, "misshape")):
        if names:
            shown = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
            raise ModelError(
                f"these weights are not of this {type(classifier.backbone).__name__}: they {trouble}"
                f" {len(names)} of its tensors: {shown}; tune and classify with the same checkpoint"
            )
    classifier.backbone.load_state_dict(dict(state))


@contextmanager
def _body_gives(language_model: Any, output: object) -> Iterator[None]:
    """Let the model's forward pass find this output where it would run its body.

    What a family does between its last hidden state and its logits (a head, a scale, a cap) is then its own
    code, whatever it is. A model whose forward pass goes around its body would give logits of something else,
    so it is refused.
    """
    body = language_model.get_decoder()
    calls = 0

    def give(*_: object, **__: object) -> object:
        nonlocal calls
        calls += 1
        return output

    body.forward = give  # shadows the method of the class
    try:
        yield
    finally:
        del body.forward
    if calls != 1:
        raise ModelError(
            f"{type(language_model).__name__} does not compute its logits from its body's last hidden state;"
            " choose another model"
        )
