"""Prompts to token ids: what all of them begin with, what is each one's own, the answers' tokens. No torch.

A prompt is never put together from tokenised pieces. Each one is tokenised whole, with each answer behind it,
so that a merge across a border cannot change what the model reads; what the prompts share is then read off
their tokens. It also settles where the blank before an answer goes: into the answer's token (" 1" in GPT-2)
or before it (Llama 3).

Shapes: p tokens that all prompts share.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int64

from outlearn.core import DataError, ModelError
from outlearn.models.source import ModelSource
from outlearn.models.tokenisation import known_rows
from outlearn.models.tokens import Tokens, pack


@dataclass(frozen=True, slots=True, eq=False)
class PromptTokens:
    """Token ids of many prompts that begin alike, ready to be answered."""

    prefix: Int64[np.ndarray, "p"]
    """What all of them begin with; read-only, and empty where they share nothing."""

    queries: Tokens
    """What follows in each: never empty."""

    answers: tuple[int, ...]
    """The token of each answer."""


def tokenise_prompts(
    tokenizer: Any, prompts: Sequence[str], *, answers: Sequence[str], ids: Sequence[str], source: ModelSource
) -> PromptTokens:
    """Return the token ids of the prompts, special tokens before the answer included.

    Args:
        tokenizer: From `load_tokenizer`.
        prompts: Texts that the answer follows at once; a blank before the answer is the prompt's last letter.
        answers: The texts to choose from, as "0" and "1".
        ids: The example each prompt asks about, for error messages.
        source: The model that reads the prompts; its context is the limit.

    Raises:
        ModelError: If the answers are not one token each, all different and known to the model.
        DataError: If there are no prompts, or one does not fit in the model's context.
    """
    if not prompts or len(ids) != len(prompts):
        raise DataError(f"got {len(prompts)} prompts and {len(ids)} ids; give one id a prompt, and a prompt")
    if len(answers) < 2:
        raise _not_single(answers, prompt=prompts[0], source=source)
    wholes = list(
        zip(
            *(known_rows(tokenizer, [prompt + answer for prompt in prompts]).lists() for answer in answers),
            strict=True,
        )
    )
    found = _answer_place(wholes[0])
    tokens = tuple(row[found] for row in wholes[0]) if found >= 0 else ()
    if len(set(tokens)) < len(answers) or tokenizer.unk_token_id in tokens:
        raise _not_single(answers, prompt=prompts[0], source=source)
    after = len(wholes[0][0]) - found  # the answer and special tokens behind it, if any
    rows = []
    for whole, name in zip(wholes, ids, strict=True):
        asked = whole[0][:-after]
        if any(row[:-after] != asked for row in whole) or tuple(row[-after] for row in whole) != tokens:
            raise _not_single(answers, prompt=prompts[0], source=source)
        if source.context_tokens and len(asked) > source.context_tokens:
            raise DataError(
                f"example {name!r}: its prompt has {len(asked)} tokens, more than the"
                f" {source.context_tokens} that model {source.name!r} reads; ask for fewer shots, choose a"
                " model with a longer context, or have long texts cut (a smaller recipe.max_tokens and"
                ' recipe.long_texts = "cut_start")'
            )
        rows.append(asked)
    shared = _num_shared(rows)
    prefix = np.array(rows[0][:shared], dtype=np.int64)
    prefix.setflags(write=False)
    return PromptTokens(prefix, pack([row[shared:] for row in rows], num_cut=0), tokens)


def _answer_place(whole: tuple[list[int], ...]) -> int:
    """Return the one position at which the texts of all answers differ, or -1 if it is not one."""
    first = whole[0]
    differing = [at for at, tokens in enumerate(zip(*whole, strict=False)) if len(set(tokens)) > 1]
    return differing[0] if len(differing) == 1 and all(len(row) == len(first) for row in whole) else -1


def _num_shared(rows: list[list[int]]) -> int:
    """Return how many tokens all rows begin with; a row's last token is its own, for something to be read."""
    low, high = min(rows), max(rows)
    limit = min(map(len, rows)) - 1
    return next((at for at in range(limit) if low[at] != high[at]), limit)


def _not_single(answers: Sequence[str], *, prompt: str, source: ModelSource) -> ModelError:
    listed = ", ".join(map(repr, answers))
    return ModelError(
        f"model {source.name!r}: the answers {listed} are not a single token each after a prompt that ends in"
        f" {prompt[-10:]!r}, so their logits cannot be compared; answers are two or more different tokens of"
        ' the model\'s own vocabulary (most models have "0" to "9", so up to ten classes): choose another'
        " model, or a method that trains"
    )
