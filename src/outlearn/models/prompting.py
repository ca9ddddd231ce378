"""A causal model asked by prompt: the logits it gives to a few answers as the next token.

What all prompts begin with, the instruction and the shots, is read once; its keys and values are then laid
under every batch of queries. That changes the time, not the logits. Prompts are padded on the right with any
id at all: a causal model cannot see what follows, so their lengths are enough.

Shapes: b prompts, p tokens they share, t tokens of the longest query, c answers. Importing this module
imports torch.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float32, Int
from torch import Tensor, nn

from outlearn.core import ModelError
from outlearn.models.backbone import load_config, load_pretrained, random_backbone, reads_first_token
from outlearn.models.source import ModelSource


@dataclass(frozen=True, slots=True, eq=False)
class Prefix:
    """The beginning of prompts, read once."""

    num_tokens: int
    cache: Any
    """Its keys and values, for one row; never read where `num_tokens` is 0."""


class AnswerModel(nn.Module):
    """A language model that chooses among a few tokens; logits in float32 whatever it computes in.

    Args:
        language_model: With its language-modelling head.
        answers: The token of each answer.
    """

    def __init__(self, language_model: Any, *, answers: tuple[int, ...]) -> None:
        super().__init__()
        self.language_model = language_model
        self.answers = answers

    def read(self, ids: Int[Tensor, "p"]) -> Prefix:
        """Return the beginning of prompts, ready for `forward`.

        Raises:
            ModelError: If the model does not keep keys and values.
        """
        if not len(ids):
            return Prefix(0, cache=())
        with torch.no_grad(), _reading_out(self.language_model, torch.tensor([len(ids)], device=ids.device)):
            read = self.language_model(input_ids=ids[None], use_cache=True)
        cache = getattr(read, "past_key_values", None)
        if cache is None or not hasattr(cache, "batch_repeat_interleave"):
            raise ModelError(
                f"{type(self.language_model).__name__} keeps no keys and values of what it has read, so"
                " prompts cannot share their beginning; choose a model with attention, or a method that"
                " trains"
            )
        return Prefix(len(ids), cache)

    def forward(
        self, ids: Int[Tensor, "b t"], lengths: Int[Tensor, "b"], *, prefix: Prefix
    ) -> Float32[Tensor, "b c"]:
        """Return the logits of every answer after each prompt.

        Args:
            ids: Token ids of what follows the prefix, padded on the right with any valid id.
            lengths: Number of real tokens, each in 1..t.
            prefix: From `read`.
        """
        past: dict[str, Any] = {"use_cache": False}
        if prefix.num_tokens:
            # The model writes the queries' own keys and values into the cache it is given: hence a copy.
            under = copy.deepcopy(prefix.cache)
            under.batch_repeat_interleave(len(ids))
            past = {"use_cache": True, "past_key_values": under}
        with _reading_out(self.language_model, lengths):
            logits: Tensor = self.language_model(input_ids=ids, **past).logits
        return logits[:, 0, list(self.answers)].float()


def load_answer_model(source: ModelSource, *, answers: tuple[int, ...]) -> AnswerModel:
    """Return the pretrained language model in float32, to be asked for these tokens.

    Raises:
        ModelError: If the model is an encoder, or its checkpoint cannot be read or lacks weights.
    """
    from transformers import MODEL_FOR_CAUSAL_LM_MAPPING

    check_promptable(source)
    config = load_config(source)
    found = MODEL_FOR_CAUSAL_LM_MAPPING[type(config)]
    model_class = found[0] if isinstance(found, tuple | list) else found
    model = load_pretrained(model_class, source, config=config, frozen=True)
    return AnswerModel(model.eval(), answers=answers)


def randomise_answers(model: AnswerModel, *, seed: int) -> AnswerModel:
    """Return a model of the same architecture with fresh weights, head included: the control."""
    return AnswerModel(random_backbone(model.language_model, seed=seed).eval(), answers=model.answers)


def check_promptable(source: ModelSource) -> None:
    """Return if the model is one that continues a text; no weights are loaded.

    Raises:
        ModelError: If it is an encoder, or not a language model.
    """
    config = load_config(source)
    if reads_first_token(config):
        raise ModelError(
            f"model {source.name!r} ({config.model_type}) is an encoder and does not continue a text, so it"
            " cannot be prompted; choose a causal model (GPT-2, Llama, Qwen, ...), or a method that trains"
        )


@contextmanager
def _reading_out(model: Any, lengths: Int[Tensor, "b"]) -> Iterator[None]:
    """Let the head see the last real position of every row alone: logits of whole texts would fill memory.

    A hook rather than the head's rows by hand, since families scale or cap their logits behind the head.
    """

    def last(_: nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        hidden = given[0]
        rows = torch.arange(len(hidden), device=hidden.device)
        return (hidden[rows, lengths - 1][:, None],)

    hook = model.get_output_embeddings().register_forward_pre_hook(last)
    try:
        yield
    finally:
        hook.remove()
