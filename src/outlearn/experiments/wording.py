"""What a model reads of an example, letter for letter: plain or by its chat template. No weights are loaded.

The same function words texts when they are measured, counted, trained on and asked about, so that no two of
these can differ.

Shapes: r texts, those of the first example first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Int64

from outlearn.core import DataError, ModelError
from outlearn.experiments.comparisons import Reads
from outlearn.models import ModelSource, Tokens, chat_text, known_rows, token_lengths, tokenise
from outlearn.tasks import Example

Template = Literal["plain", "chat"]


@dataclass(frozen=True, slots=True)
class Wording:
    """How examples become texts."""

    reads: Reads = "text"
    template: Template = "plain"


def views(example: Example, reads: Reads) -> tuple[tuple[str, str], ...]:
    """Return each text that stands for an example, in two parts: what is given, and the response to it."""
    match reads:
        case "text":
            return ((example.text, ""),)
        case "rewards":
            return tuple((example.text, option) for option in example.options)
        case "together":
            first, second = example.options
            return ((_both(example.text, first, second), ""), (_both(example.text, second, first), ""))


def _both(text: str, first: str, second: str) -> str:
    options = f"First: {first.strip()}\n\nSecond: {second.strip()}"
    return f"{text}\n\n{options}" if text.strip() else options


def worded(examples: Iterable[Example], wording: Wording, tokenizer: Any) -> list[str]:
    """Return the texts that a model reads, special tokens included where a chat template names them.

    Raises:
        DataError: If a dialogue cannot be rendered; the message names the example.
        ModelError: If the template loses a response.
    """
    found = []
    for example in examples:
        for text, response in views(example, wording.reads):
            if wording.template == "plain":
                found.append(text + response)
                continue
            try:
                found.append(chat_text(tokenizer, text, response=response))
            except (DataError, ModelError) as error:
                raise type(error)(f"example {example.id!r}: {error}") from error
    return found


def lengths_of(examples: Sequence[Example], wording: Wording, tokenizer: Any) -> Int64[np.ndarray, "r"]:
    """Return the number of tokens of every text, nothing cut."""
    texts = worded(examples, wording, tokenizer)
    return known_rows(tokenizer, texts, marks=wording.template == "plain").lengths


def length_of(example: Example, wording: Wording, tokenizer: Any) -> int:
    """Return the number of tokens of an example's longest text; nobody will ask about its texts again."""
    texts = worded([example], wording, tokenizer)
    return int(token_lengths(tokenizer, texts, marks=wording.template == "plain").max())


def tokens(source: ModelSource, tokenizer: Any, examples: Sequence[Example], wording: Wording) -> Tokens:
    """Return the tokens of every text; what was too long was cut when the experiment was resolved.

    Raises:
        DataError: If a text is too long for the model after all, or empty.
    """
    texts = worded(examples, wording, tokenizer)
    each = len(texts) // len(examples) if examples else 1
    return tokenise(
        tokenizer,
        texts,
        ids=[example.id for example in examples for _ in range(each)],
        max_tokens=source.context_tokens,
        long_texts="refuse",
        marks=wording.template == "plain",
    )


def response_starts(
    tokenizer: Any, examples: Sequence[Example], wording: Wording, read: Tokens
) -> Int64[np.ndarray, "r"]:
    """Return the place in each text at which its response begins.

    That is the first token in which the text differs from the same text without a response: a token that a
    tokenizer makes of the end of one and the beginning of the other counts to the response.
    """
    alone = [
        text if wording.template == "plain" else chat_text(tokenizer, text, response="")
        for example in examples
        for text, _ in views(example, wording.reads)
    ]
    rows = known_rows(tokenizer, alone, marks=wording.template == "plain")
    starts = np.zeros(len(rows), dtype=np.int64)
    for place in range(len(rows)):
        row, whole = rows.row(place), read.row(place)
        shared = min(len(row), len(whole))
        differs = np.flatnonzero(row[:shared] != whole[:shared])
        starts[place] = differs[0] if len(differs) else shared
    return starts
