"""Prompts and what follows them as token ids, with the place where the answer begins. No torch.

What a model writes begins after its own tokens of the prompt, so training must part a text at the same place.
Prompt and answer are tokenised as one text wherever the prompt's own tokens are its beginning: that is how
the model has met such texts. Where a merge reaches across the border they are not, and the answer is then
tokenised alone, which is what the model would have to write after the prompt.

An answer ends with the tokenizer's end-of-text token, which is part of what is learnt.

Shapes: r texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int64

from outlearn.core import DataError, ModelError
from outlearn.models.source import ModelSource
from outlearn.models.tokenisation import encode, known_rows
from outlearn.models.tokens import Tokens, frozen, pack


@dataclass(frozen=True, slots=True, eq=False)
class Continuations:
    """Token ids of prompts, each with its answer and the end-of-text token after it."""

    tokens: Tokens

    begins: Int64[np.ndarray, "r"]
    """The place, within each text, of the answer's first token: those before it are read and not learnt."""

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def lengths(self) -> np.ndarray:
        """Return the number of tokens of every text, the end included."""
        return self.tokens.lengths


def ending_token(tokenizer: Any, *, source: ModelSource) -> int:
    """Return the token that ends an answer.

    Raises:
        ModelError: If the tokenizer has no end-of-text token.
    """
    if tokenizer.eos_token_id is None:
        raise ModelError(
            f"model {source.name!r}: its tokenizer names no end-of-text token (eos_token), so the model could"
            " not tell where an answer ends; name one in tokenizer_config.json, or choose another model"
        )
    return int(tokenizer.eos_token_id)


def tokenise_prompt_texts(
    tokenizer: Any, prompts: Sequence[str], *, ids: Sequence[str], source: ModelSource, room: int
) -> Tokens:
    """Return the token ids of prompts, special tokens before the answer included and none after it.

    Args:
        tokenizer: From `load_tokenizer`.
        prompts: Texts that the answer follows at once.
        ids: The example of each, for error messages.
        source: The model that reads them; its context is the limit.
        room: Tokens to be left free for the answer and its end.

    Raises:
        DataError: If a prompt has no tokens, or it does not fit with the answer.
    """
    after = _special_after(tokenizer)
    around = len(encode(tokenizer, [""])[0])
    read = known_rows(tokenizer, prompts)
    lengths = read.lengths - after
    for name, length in zip(ids, lengths.tolist(), strict=True):
        if length + after <= around:
            raise DataError(f"example {name!r} has no tokens; leave it out")
        if source.context_tokens and length + room > source.context_tokens:
            raise DataError(
                f"example {name!r}: its prompt has {length} tokens, which with {room} for the answer"
                f" is more than the {source.context_tokens} that model {source.name!r} reads; have long texts"
                ' cut (recipe.long_texts = "cut_start"), or choose a model with a longer context'
            )
    return frozen(read.ids, lengths, read.starts)


def tokenise_continuations(
    tokenizer: Any, prompts: Sequence[str], answers: Sequence[str], *, ids: Sequence[str], source: ModelSource
) -> Continuations:
    """Return prompts with their answers as token ids.

    Args:
        tokenizer: From `load_tokenizer`.
        prompts: Texts.
        answers: What follows each, letter for letter.
        ids: The example of each, for error messages.
        source: The model that reads them.

    Raises:
        DataError: If an answer has no tokens, or a text does not fit into the model's context.
        ModelError: If the tokenizer has no end-of-text token.
    """
    ending = ending_token(tokenizer, source=source)
    before = tokenise_prompt_texts(tokenizer, prompts, ids=ids, source=source, room=1)
    after = _special_after(tokenizer)
    texts = [text + answer for text, answer in zip(prompts, answers, strict=True)]
    wholes = known_rows(tokenizer, texts).lists()
    rows, begins = [], []
    for row, (name, answer, whole) in enumerate(zip(ids, answers, wholes, strict=True)):
        prompt = before.row(row).tolist()
        own = whole[len(prompt) : len(whole) - after]
        if whole[: len(prompt)] != prompt or not own:
            own = _alone(tokenizer, answer)
        if not own:
            raise DataError(f"example {name!r}: the answer {answer!r} has no tokens; leave it out")
        rows.append([*prompt, *own, ending])
        begins.append(len(prompt))
        if source.context_tokens and len(rows[-1]) > source.context_tokens:
            raise DataError(
                f"example {name!r} has {len(rows[-1])} tokens with its answer and the end, more than the"
                f" {source.context_tokens} that model {source.name!r} reads; have long texts cut"
                ' (recipe.long_texts = "cut_start"), or choose a model with a longer context'
            )
    starts = np.array(begins, dtype=np.int64)
    starts.setflags(write=False)
    return Continuations(pack(rows, num_cut=0), starts)


def check_spelling(
    tokenizer: Any, made: Continuations, answers: Sequence[str], *, ids: Sequence[str], source: ModelSource
) -> None:
    """Return if every answer can be read back from its tokens: else no model could ever write it.

    Raises:
        ModelError: If one cannot.
    """
    for row, (name, answer) in enumerate(zip(ids, answers, strict=True)):
        own = made.tokens.row(row)[made.begins[row] : -1].tolist()
        read = str(tokenizer.decode(own, skip_special_tokens=True, clean_up_tokenization_spaces=False))
        if read.strip() != answer.strip():
            raise ModelError(
                f"model {source.name!r} cannot write {answer!r}, the answer to example {name!r}: its tokens"
                f" read {read!r}; choose a model whose tokenizer knows any text"
            )


def _alone(tokenizer: Any, answer: str) -> list[int]:
    found: list[int] = tokenizer(answer, add_special_tokens=False, verbose=False)["input_ids"]
    return found


def _special_after(tokenizer: Any) -> int:
    """Return how many special tokens the tokenizer puts behind a text."""
    mask = tokenizer("a", return_special_tokens_mask=True, verbose=False)["special_tokens_mask"]
    return mask[::-1].index(0) if 0 in mask else 0
