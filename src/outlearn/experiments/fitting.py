"""Texts that are too long: refused, or cut once for every model of the experiment.

What counts is what a model reads: with its chat template, if it has one, and with each option it compares.

A text is cut as text, by whole words from its start, until it fits the tokenizer and the context of *each*
model that takes part. So every model reads the same examples with the same words, whatever its tokenizer (a
filter by one model's tokens would give each family its own test set). What follows a text's last blank line
is its question and answer: it is never cut. Nor is an option ever cut, but all of the text before it may be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from outlearn.core import DataError
from outlearn.experiments.comparisons import Reads
from outlearn.experiments.wording import Template, Wording, length_of, lengths_of, views
from outlearn.models import ModelSource, load_tokenizer
from outlearn.tasks import Example, Split

SPECIAL_TOKENS = 8
"""More special tokens than any family puts around a text."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How much a model can read."""

    source: ModelSource
    max_tokens: int
    template: Template = "plain"


def fit_split(
    split: Split,
    *,
    limits: Sequence[Limit],
    cut: bool,
    task: str,
    tokenizers: dict[str, Any],
    reads: Reads = "text",
) -> Split:
    """Return the split with every text short enough for every model.

    Args:
        split: The parts of a task.
        limits: The models that take part.
        cut: Cut the start of texts that are too long; otherwise they are refused.
        task: Name of the task, for error messages.
        tokenizers: Tokenizers by model digest; those that are missing are loaded into it.
        reads: What a model is shown of an example.

    Raises:
        DataError: If a text is too long and may not be cut, its question or an option alone is too long, or a
            chat template cannot word it.
    """
    examples = {example.id: example for part in split.parts.values() for example in part}
    fitted = dict(examples)
    for limit in limits:
        for name, length in _too_long(examples, limit, tokenizers, reads).items():
            if not cut:
                raise DataError(
                    f"{task}, model {limit.source.name}: example {name!r} has {length} tokens, more than the"
                    f' limit of {limit.max_tokens}; set recipe.long_texts = "cut_start" to cut the start,'
                    " raise recipe.max_tokens if the model's context allows, or leave the example out"
                )
            fitted[name] = _cut(fitted[name], limit, tokenizers, reads, where=f"{task}, example {name!r}")
    changed = {name for name in examples if fitted[name] != examples[name]}
    if not changed:
        return split
    parts = {part: tuple(fitted[one.id] for one in members) for part, members in split.parts.items()}
    told = ", ".join(
        f"{part} {sum(one.id in changed for one in members)} of {len(members)}"
        for part, members in split.parts.items()
        if members
    )
    return Split(**parts, notes=(*split.notes, f"Texts that lost their start to fit every model: {told}."))


def _too_long(
    examples: Mapping[str, Example], limit: Limit, tokenizers: dict[str, Any], reads: Reads
) -> Mapping[str, int]:
    """Return the number of tokens of each example's longest text, where that does not fit."""
    # A token spans at least one byte, so short texts need no tokenizer, unless a template adds to them.
    asked = [
        name
        for name, example in examples.items()
        if limit.template == "chat" or _most_bytes(example, reads) + SPECIAL_TOKENS > limit.max_tokens
    ]
    if not asked:
        return {}
    wording, tokenizer = Wording(reads, limit.template), _tokenizer(limit, tokenizers)
    lengths = lengths_of([examples[name] for name in asked], wording, tokenizer)
    counted = zip(asked, lengths.reshape(len(asked), -1).max(axis=1).tolist(), strict=True)
    return {name: length for name, length in counted if length > limit.max_tokens}


def _most_bytes(example: Example, reads: Reads) -> int:
    return max(len((text + response).encode()) for text, response in views(example, reads))


def _cut(example: Example, limit: Limit, tokenizers: dict[str, Any], reads: Reads, *, where: str) -> Example:
    """Return the example with the longest end of its text, in whole words, that fits."""
    # What a text asks stands in its last paragraph, unless it is followed by options.
    passage, blank, question = ("", "", example.text) if reads != "text" else example.text.rpartition("\n\n")
    words = passage.split(" ") if blank else question.split(" ")

    def end(num_dropped: int) -> Example:
        kept = " ".join(words[num_dropped:])
        if blank:
            kept = f"{kept}{blank}{question}" if kept else question
        return replace(example, text=kept)

    def fits(num_dropped: int) -> bool:
        wording = Wording(reads, limit.template)
        return length_of(end(num_dropped), wording, _tokenizer(limit, tokenizers)) <= limit.max_tokens

    # A chat template needs something that the user says.
    last = len(words) if blank or (reads != "text" and limit.template == "plain") else len(words) - 1
    if not fits(last):
        alone = "the question" if reads == "text" else "an option" if reads == "rewards" else "both options"
        raise DataError(
            f"{where}: model {limit.source.name} reads at most {limit.max_tokens} tokens, fewer than {alone}"
            f" alone {'have' if reads == 'together' else 'has'}; raise recipe.max_tokens, choose a model with"
            " a longer context, or leave the example out"
        )
    too_few, enough = -1, last
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if fits(middle) else (middle, enough)
    return end(enough)


def _tokenizer(limit: Limit, tokenizers: dict[str, Any]) -> Any:
    if limit.source.digest not in tokenizers:
        tokenizers[limit.source.digest] = load_tokenizer(limit.source)
    return tokenizers[limit.source.digest]
