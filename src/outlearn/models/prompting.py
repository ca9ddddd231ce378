"""A causal model asked by prompt: the logits it gives to a few answers as the next token.

What all prompts begin with, the instruction and the shots, is read once; its keys and values are then laid
under every batch of queries. That changes the time, not the logits. Prompts are padded on the right with any
id at all: models that can read them end to end never see the padding (see `packing`), and the others cannot
see what follows, so lengths are enough.

Shapes: b prompts, p tokens they share, t tokens of the longest query, r rows of n tokens, h hidden units, c
answers. Importing this module imports torch.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float, Float32, Int
from torch import Tensor, nn

from outlearn.core import ModelError
from outlearn.models.backbone import load_config, load_language_model, random_backbone, reads_first_token
from outlearn.models.packing import end_to_end, layout, packs
from outlearn.models.read_out import ReadOut
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
        self.packs = packs(language_model.config)
        if self.packs:
            ReadOut().narrow(language_model.get_decoder())
        self.answers = answers

    def read(self, ids: Int[Tensor, "p"]) -> Prefix:
        """Return the beginning of prompts, ready for `forward`.

        Raises:
            ModelError: If the model does not keep keys and values.
        """
        if not len(ids):
            return Prefix(0, cache=())
        last = torch.tensor([len(ids) - 1], device=ids.device)
        with torch.no_grad(), _reading_out(self.language_model, last):
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
        # The model writes the queries' own keys and values into the cache it is given: hence a copy.
        under = copy.deepcopy(prefix.cache) if prefix.num_tokens else None
        if self.packs:
            ends = lengths.cumsum(0) - 1
            where = layout(ids, lengths, causal=True, shared=prefix.num_tokens)
            given = replace(where, read=(ends,)).given(ids)
        else:
            given = {"input_ids": ids}
            ends = torch.arange(len(ids), device=ids.device) * ids.shape[1] + lengths - 1
            if under is not None:
                under.batch_repeat_interleave(len(ids))
        past = {"use_cache": False} if under is None else {"use_cache": True, "past_key_values": under}
        with _reading_out(self.language_model, ends):
            logits: Tensor = self.language_model(**given, **past).logits
        return logits[0, :, list(self.answers)].float()


def load_answer_model(source: ModelSource, *, answers: tuple[int, ...]) -> AnswerModel:
    """Return the pretrained language model in float32, to be asked for these tokens.

    Raises:
        ModelError: If the model is an encoder, or its checkpoint cannot be read or lacks weights.
    """
    check_promptable(source)
    return AnswerModel(load_language_model(source, frozen=True).eval(), answers=answers)


def randomise_answers(model: AnswerModel, *, seed: int) -> AnswerModel:
    """Return a model of the same architecture with fresh weights, head included: the control."""
    fresh = end_to_end(random_backbone(model.language_model, seed=seed))
    return AnswerModel(fresh.eval(), answers=model.answers)


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
def _reading_out(model: Any, places: Int[Tensor, "b"]) -> Iterator[None]:
    """Let the head see these of all positions, row after row: logits of whole texts would fill memory.

    A hook rather than the head's rows by hand, since families scale or cap their logits behind the head.
    """

    def chosen(_: nn.Module, given: tuple[Float[Tensor, "r n h"], ...]) -> tuple[Float[Tensor, "1 b h"], ...]:
        return (given[0].flatten(0, 1)[places][None],)

    hook = model.get_output_embeddings().register_forward_pre_hook(chosen)
    try:
        yield
    finally:
        hook.remove()
