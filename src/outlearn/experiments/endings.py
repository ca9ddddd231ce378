"""What is added to a text has to reach the model: checked with its tokenizer, before weights are loaded."""

from collections.abc import Sequence
from typing import Any

from outlearn.core import ModelError
from outlearn.labels.simulated import hinted
from outlearn.models import ModelSource, encode

ENDING_TOKENS = 24
"""Room that is kept in every text for a teacher's hint or an answer, where an experiment adds one."""


def hints(classes: Sequence[str]) -> tuple[str, ...]:
    """Return what a hint adds to a text, for each class."""
    return tuple(hinted("", label=place, classes=classes) for place in range(len(classes)))


def check_endings(source: ModelSource, tokenizer: Any, endings: Sequence[str], *, max_tokens: int) -> None:
    """Return if a model's tokenizer tells different endings of a text apart and none is too long.

    Args:
        source: The model.
        tokenizer: From `load_tokenizer`.
        endings: What is added, one for each class.
        max_tokens: The longest text that the experiment lets the model read, endings included.

    Raises:
        ModelError: If it does not: every ending would then be read alike, or not fit.
    """
    plain, *read = encode(tokenizer, ["a text", *(f"a text{ending}" for ending in endings)])
    if len({tuple(ids) for ids in read}) < len(endings):
        raise ModelError(
            f"model {source.name!r} cannot tell {' and '.join(map(repr, endings))} apart: its vocabulary has"
            " no such words; choose a model whose tokenizer knows any text, or leave out the hint or method"
            " that adds them"
        )
    longest = max(map(len, read)) - len(plain)
    room = ENDING_TOKENS + source.context_tokens - max_tokens
    if source.context_tokens and longest > room:
        raise ModelError(
            f"model {source.name!r} reads {endings[0]!r} and the like as up to {longest} tokens, but there is"
            f" room for {room}; lower recipe.max_tokens by {longest - room}, or give the task's classes"
            " shorter names"
        )
