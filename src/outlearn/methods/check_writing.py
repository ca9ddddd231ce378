"""The promises a method must keep where answers are written, on a tiny language model that is made here."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from outlearn.core import DataError
from outlearn.labels import TextLabels, text_labels
from outlearn.methods.method import Method
from outlearn.methods.writer import Writer
from outlearn.models import ModelSource, TextLikelihood
from outlearn.training import Placement, Recipe

WORDS = tuple(f"w{number}" for number in range(20))
TOLERANCE = 1e-4
"""How far rounding may move a weight over the trial's few steps."""


def writing_failures(method: Method) -> Iterator[str]:
    """Yield what a method breaks: sameness of bits, blindness to memory, and keeping to its own prompts."""
    (write,) = method.write
    first = _weights(write(_writer(), _labels()))
    if not torch.equal(first, _weights(write(_writer(), _labels()))):
        yield "two students that write, of one seed and labels, differ; everything random comes from the seed"
    small = _weights(write(_writer(train_tokens=1), _labels()))
    if float((first - small).abs().max()) > TOLERANCE:
        yield "a student that writes depends on how a batch is cut to fit the device"
    if torch.equal(first, _weights(_writer())):
        yield "a student that writes is as it was before; train it with `learn`"
    others = text_labels([f"other {place}" for place in range(12)], _labels().texts, source="trial")
    try:
        write(_writer(), others)
    except DataError:
        return
    yield "labels of examples that the student may not read were not refused; train with `learn`"


def _labels() -> TextLabels:
    texts = [f" {WORDS[place % 5]}" + (f" {WORDS[7]}" if place % 3 else "") for place in range(12)]
    sure = np.linspace(0.1, 1.0, 12)
    return text_labels([str(place) for place in range(12)], texts, confidences=sure, source="trial")


def _writer(*, train_tokens: int = 8192) -> Writer:
    prompts = {str(place): " ".join(WORDS[: 2 + place % 6]) for place in range(12)}
    return Writer(
        model=_model(),
        prompts=prompts,
        source=ModelSource(
            name="trial",
            folder=Path(),
            digest="",
            parameters=0,
            pretraining_flops=0.0,
            learning_rate=0.0,
            context_tokens=32,
        ),
        tokenizer=_tokenizer(),
        recipe=Recipe(learning_rate=1e-2, batch_size=5),
        seed=0,
        placement=Placement(train_tokens=train_tokens),
        load=_model,
        losses=np.zeros(0, dtype=np.float32),
    )


def _model() -> TextLikelihood:
    from transformers import GPT2Config, GPT2LMHeadModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = GPT2Config(
            vocab_size=len(WORDS) + 2,
            n_embd=16,
            n_layer=1,
            n_head=2,
            n_positions=32,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            bos_token_id=1,
            eos_token_id=1,
        )
        return TextLikelihood(GPT2LMHeadModel(config), per_tokens=1.0)


@cache
def _tokenizer() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    places = {name: place for place, name in enumerate(("<unk>", "</s>", *WORDS))}
    raw = Tokenizer(models.WordLevel(places, unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=raw, unk_token="<unk>", eos_token="</s>")


def _weights(writer: Writer) -> torch.Tensor:
    return torch.cat([value.detach().flatten() for value in writer.model.state_dict().values()])
