"""What a language model writes after prompts: greedy, batched, every token read once.

Prompts of similar length go side by side, padded on the left under an attention mask, and keys and values of
what was read are kept. Neither changes what is written but where two tokens are equally likely to rounding.

An answer ends at the end-of-text token, at the end of its line or, for answers of one word, at the first
blank after it; and at the longest length allowed. So a model that was never taught to stop can be asked too.

Letters in shapes: b prompts of a batch, t tokens, v vocabulary.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from outlearn.models import TextLikelihood, Tokens
from outlearn.training.out_of_memory import pieces_that_fit
from outlearn.training.placement import Placement
from outlearn.training.precision import autocast
from outlearn.training.recipe import Recipe

Ends = Literal["line", "word"]
"""Where an answer ends by itself."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model wrote after a prompt."""

    text: str
    """Letter for letter, without what ended it; blank where the model wrote nothing."""

    confidence: float
    """The product of the probabilities of the answer's tokens, without what ended it; 0 of no answer."""


def complete(
    model: TextLikelihood,
    prompts: Tokens,
    *,
    tokenizer: Any,
    max_answer_tokens: int,
    ends: Ends,
    recipe: Recipe,
    placement: Placement,
) -> tuple[Completion, ...]:
    """Return what the model finds likeliest, token by token, after each prompt, in the order of the prompts.

    Args:
        model: A causal language model, trained or not.
        prompts: From `tokenise_prompt_texts`.
        tokenizer: The model's; its end-of-text token ends an answer.
        max_answer_tokens: The longest answer.
        ends: Where an answer ends by itself.
        recipe: Its precision.
        placement: Device and memory.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. A.2: greedy, temperature 0.
    """
    model.to(placement.device).eval()
    lengths = prompts.lengths + max_answer_tokens

    def write(piece: np.ndarray) -> list[Completion]:
        reading = _Reading([prompts.row(int(row)).tolist() for row in piece], tokenizer, ends)
        with torch.inference_mode(), autocast(recipe, placement.device):
            return _write(model, reading, most=max_answer_tokens, device=placement.device)

    found: dict[int, Completion] = {}
    for piece, written in pieces_that_fit(write, lengths=lengths, max_tokens=placement.predict_tokens):
        found |= dict(zip(piece.tolist(), written, strict=True))
        placement.on_step(len(found), len(prompts))
    return tuple(found[row] for row in range(len(prompts)))


def cut_answer(text: str, *, ends: Ends) -> str:
    """Return a text up to where an answer ends by itself: blanks before it stay, those behind it go."""
    begins = len(text) - len(text.lstrip())
    return text[: begins + _length(text[begins:], ends=ends)].rstrip()


def _length(text: str, *, ends: Ends) -> int:
    """Return the place of the first letter behind an answer, or the text's length if there is none."""
    if ends == "line":
        return text.index("\n") if "\n" in text else len(text)
    return next((place for place, letter in enumerate(text) if letter.isspace()), len(text))


@dataclass(frozen=True, slots=True)
class _Reading:
    """A batch of prompts, and how to read what is written after them."""

    prompts: list[list[int]]
    tokenizer: Any
    ends: Ends

    def text(self, row: int, tokens: Sequence[int]) -> str:
        """Return tokens as text, as it reads after the prompt: some tokenizers drop a text's first blank."""
        last = self.prompts[row][-1:]
        before, whole = self._decoded(last), self._decoded([*last, *tokens])
        return whole[len(before) :] if whole.startswith(before) else self._decoded(tokens)

    def answer(self, row: int, tokens: Sequence[int]) -> str:
        """Return the answer that these tokens hold."""
        return cut_answer(self.text(row, tokens), ends=self.ends)

    def ended(self, row: int, tokens: Sequence[int]) -> bool:
        """Return whether something stands behind the answer, so that it is complete."""
        text = self.text(row, tokens).lstrip()
        return _length(text, ends=self.ends) < len(text)

    def _decoded(self, tokens: Sequence[int]) -> str:
        return str(
            self.tokenizer.decode(list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False)
        )


def _write(model: TextLikelihood, reading: _Reading, *, most: int, device: torch.device) -> list[Completion]:
    """Return what is written after the prompts of one batch."""
    from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

    ending = int(reading.tokenizer.eos_token_id)
    longest = max(map(len, reading.prompts))
    ids = torch.full((len(reading.prompts), longest), ending, dtype=torch.int64)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(reading.prompts):
        ids[row, longest - len(prompt) :] = torch.tensor(prompt)
        mask[row, longest - len(prompt) :] = 1
    told = _Probabilities()
    # The checkpoint's own settings, such as a penalty on repetition, have no say.
    model.language_model.generation_config = GenerationConfig()
    made = model.language_model.generate(
        input_ids=ids.to(device),
        attention_mask=mask.to(device),
        generation_config=GenerationConfig(
            max_new_tokens=most, do_sample=False, use_cache=True, eos_token_id=ending, pad_token_id=ending
        ),
        logits_processor=LogitsProcessorList([told]),
        stopping_criteria=StoppingCriteriaList([_Ended(reading, longest)]),
    )
    written = made[:, longest:].tolist()
    chances = torch.stack(told.of_steps, dim=1).cpu().double().tolist()
    return [_completion(reading, row, written[row], chances[row], ending) for row in range(len(written))]


def _completion(
    reading: _Reading, row: int, tokens: list[int], log_chances: list[float], ending: int
) -> Completion:
    own = tokens[: tokens.index(ending)] if ending in tokens else tokens
    answer = reading.answer(row, own)
    if not answer.strip():
        return Completion("", 0.0)
    # Tokens behind the answer, such as the blank that ended it, are not part of it.
    count = next(used for used in range(1, len(own) + 1) if reading.answer(row, own[:used]) == answer)
    return Completion(answer, min(1.0, math.exp(sum(log_chances[:count]))))


class _Probabilities:
    """Notes the log-probability of the likeliest token of every row and step; changes nothing."""

    def __init__(self) -> None:
        self.of_steps: list[Float[Tensor, " b"]] = []

    def __call__(self, ids: Int[Tensor, "b t"], scores: Float[Tensor, "b v"]) -> Float[Tensor, "b v"]:  # noqa: ARG002
        self.of_steps.append(scores.float().log_softmax(-1).amax(-1))
        return scores


class _Ended:
    """Tells which rows hold a whole answer."""

    def __init__(self, reading: _Reading, longest: int) -> None:
        self.reading = reading
        self.longest = longest
        self.ended = [False] * len(reading.prompts)

    def __call__(self, ids: Int[Tensor, "b t"], scores: object, **_: object) -> Bool[Tensor, " b"]:  # noqa: ARG002
        for row, tokens in enumerate(ids[:, self.longest :].tolist()):
            self.ended[row] = self.ended[row] or self.reading.ended(row, tokens)
        return torch.tensor(self.ended, device=ids.device)
