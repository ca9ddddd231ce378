"""Texts to token ids with explicit lengths. No torch; transformers only to load a tokenizer.

A text that does not fit is never dropped, since sets would then differ between families: it is refused, or
its start is cut, with the special tokens at both ends kept. Models with the same tokenizer share it, and
texts that were tokenised before are not tokenised again (see `known_tokens`).

Shapes: r texts.
"""

import json
import weakref
from collections.abc import Mapping, Sequence
from functools import cache, partial
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
from jaxtyping import Int64

from outlearn.core import DataError, ModelError, fingerprint, importing
from outlearn.models.checkpoint import digest_tokenizer, read_config
from outlearn.models.known_tokens import KNOWN_TOKENS
from outlearn.models.source import ModelSource
from outlearn.models.tokens import Tokens, pack

# Bounds the memory of the tokenizer's own objects, which are many times larger than the ids.
BATCH_TEXTS = 4096


MOST_TOKENIZERS = 8
"""Kept in memory at a time."""

_loaded: dict[str, Any] = {}
"""The tokenizers of this process, by what they are."""

_digests: "weakref.WeakKeyDictionary[Any, str]" = weakref.WeakKeyDictionary()
"""What they are, by tokenizer."""


def load_tokenizer(source: ModelSource) -> Any:
    """Return the model's tokenizer: one object for all models that share it, so it is not to be changed.

    Raises:
        ModelError: If transformers cannot read it, or it needs code from the checkpoint, which is never run.
    """
    config = read_config(source.folder, name=source.name)
    chooses = [config.get(key) for key in ("model_type", "tokenizer_class", "auto_map")]
    digest = fingerprint([digest_tokenizer(source.folder), chooses, _versions()])
    if digest not in _loaded:
        tokenizer = _read_tokenizer(source, config)
        _digests[tokenizer] = digest
        while len(_loaded) >= MOST_TOKENIZERS:
            del _loaded[next(iter(_loaded))]
        _loaded[digest] = tokenizer
    return _loaded[digest]


@cache
def _versions() -> list[str]:
    return [version("transformers"), version("tokenizers")]


def _read_tokenizer(source: ModelSource, config: Mapping[str, object]) -> Any:
    with importing():
        from transformers import AutoTokenizer

        from outlearn.models.quiet import quiet

        try:
            with quiet():
                return AutoTokenizer.from_pretrained(
                    source.folder, local_files_only=True, trust_remote_code=False, **_told(source, config)
                )
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise ModelError(
                f"model {source.name!r}: cannot load the tokenizer in {source.folder}: {error}"
            ) from error


def _told(source: ModelSource, config: Mapping[str, object]) -> dict[str, object]:
    """Return what transformers is told of a config of which nothing but its names decides the tokenizer.

    That is so where the tokenizer's own config names its class. Left to read the model's config itself,
    transformers imports all that models are made of, which takes longer than all the rest of a plan.
    """
    file = source.folder / "tokenizer_config.json"
    stated = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if "tokenizer_class" not in stated or "auto_map" in stated or "model_type" not in config:
        return {}
    names = {key: config.get(key) for key in ("model_type", "model_name", "tokenizer_class")}
    return {"config": SimpleNamespace(**names, _name_or_path=str(source.folder))}


def token_lengths(tokenizer: Any, texts: Sequence[str], *, marks: bool = True) -> Int64[np.ndarray, "r"]:
    """Return the number of tokens of every text, special tokens included, nothing cut."""
    return np.array([len(ids) for ids in encode(tokenizer, texts, marks=marks)], dtype=np.int64)


def tokenise(
    tokenizer: Any,
    texts: Sequence[str],
    *,
    ids: Sequence[str],
    max_tokens: int,
    long_texts: Literal["refuse", "cut_start"],
    marks: bool = True,
) -> Tokens:
    """Return the token ids of the texts, special tokens included.

    Args:
        tokenizer: From `load_tokenizer`.
        texts: What the model reads.
        ids: The example each text belongs to, for error messages.
        max_tokens: The longest text allowed, special tokens included; 0 for no limit.
        long_texts: What to do with a longer one. "cut_start" keeps its end, where the question stands.
        marks: Whether the tokenizer's special tokens are put around each text; else they stand in it.

    Raises:
        DataError: If a text has no tokens of its own, or is too long and to be refused.
    """
    if len(ids) != len(texts):
        raise DataError(f"got {len(texts)} texts and {len(ids)} ids; every text needs the id of its example")
    around = len(encode(tokenizer, [""], marks=marks)[0])
    if max_tokens and max_tokens <= around:
        raise DataError(
            f"max_tokens is {max_tokens}, but {around} special tokens stand around every text; raise it"
        )
    read = known_rows(tokenizer, texts, marks=marks)
    for index in np.flatnonzero(read.lengths <= around).tolist():
        raise DataError(f"example {ids[index]!r} has no tokens: its text is {texts[index]!r}; leave it out")
    too_long = np.flatnonzero(read.lengths > max_tokens).tolist() if max_tokens else []
    if not too_long:
        return read
    if long_texts == "refuse":
        index = too_long[0]
        raise DataError(
            f"example {ids[index]!r} has {read.lengths[index]} tokens, more than the limit of {max_tokens};"
            ' cut the start of long texts (long_texts = "cut_start") or leave it out of the task'
        )
    rows = read.lists()
    for index in too_long:
        rows[index] = _cut_start(tokenizer, texts[index], rows[index], max_tokens=max_tokens)
    return pack(rows, num_cut=len(too_long))


def known_rows(tokenizer: Any, texts: Sequence[str], *, marks: bool = True) -> Tokens:
    """Return the token ids of every text, nothing cut; a text that was tokenised before is looked up.

    Args:
        tokenizer: From `load_tokenizer`.
        texts: What is read.
        marks: As for `encode`.
    """
    make = partial(encode, tokenizer, marks=marks)
    if tokenizer not in _digests:
        return pack(make(texts), num_cut=0)
    return KNOWN_TOKENS.rows(texts, tokenizer=fingerprint([_digests[tokenizer], marks]), make=make)


def encode(tokenizer: Any, texts: Sequence[str], *, marks: bool = True) -> list[list[int]]:
    """Return the token ids of every text, nothing cut.

    Args:
        tokenizer: From `load_tokenizer`.
        texts: What is read.
        marks: Whether the tokenizer's special tokens are put around each text; else they stand in it.
    """
    rows: list[list[int]] = []
    for start in range(0, len(texts), BATCH_TEXTS):
        batch = tokenizer(
            list(texts[start : start + BATCH_TEXTS]),
            add_special_tokens=marks,
            truncation=False,
            padding=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )
        rows.extend(batch["input_ids"])
    return rows


def _cut_start(tokenizer: Any, text: str, row: list[int], *, max_tokens: int) -> list[int]:
    """Return `row` without the first tokens of its text; the special tokens before and after it stay."""
    mask = tokenizer(text, truncation=False, return_special_tokens_mask=True, verbose=False)[
        "special_tokens_mask"
    ]
    first = mask.index(0)
    last = len(mask) - mask[::-1].index(0)
    keep = max_tokens - first - (len(row) - last)
    return row[:first] + row[last - keep : last] + row[last:]
