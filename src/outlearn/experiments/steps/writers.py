"""Students that write, as steps train and ask them: what a role says is opened and put at its start."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from safetensors.torch import load_file

from outlearn.core import derive
from outlearn.experiments.graph import Step
from outlearn.experiments.steps.models import BODY, Role, keeps_body, tokenizer_of
from outlearn.experiments.tracks import Lora
from outlearn.methods import Writer
from outlearn.models import (
    TextLikelihood,
    load_language_state,
    load_likelihood,
    randomise_likelihood,
    tokenise_prompt_texts,
    with_lora,
)
from outlearn.store import Store
from outlearn.tasks import Example
from outlearn.training import Completion, Placement, Recipe, complete


def writer_of(role: Role, store: Store, part: Sequence[Example], *, placement: Placement) -> Writer:
    """Return a model at the start of its training, with the prompts it may train on."""
    source = role.source()
    load = partial(_load, role, store)
    return Writer(
        model=load(),
        prompts={example.id: example.text for example in part},
        source=source,
        tokenizer=tokenizer_of(source),
        recipe=role.recipe,
        seed=role.seed,
        placement=placement,
        load=load,
        losses=np.zeros(0, dtype=np.float32),
    )


def _load(role: Role, store: Store) -> TextLikelihood:
    model = pretrained(role, store)
    if role.kind != "lora":
        return model
    track = Lora.model_validate(role.meaning["track"])
    return with_lora(model, rank=track.rank, alpha=track.alpha, seed=derive(role.seed, "lora"))


def pretrained(role: Role, store: Store) -> TextLikelihood:
    """Return the language model of a role: as pretrained, tuned on texts, or forgotten."""
    model = load_likelihood(role.source(), per_tokens=1.0, frozen=keeps_body(role))
    if "body" in role.inputs:
        load_language_state(model, load_file(store.artifact(role.inputs["body"].fingerprint, BODY)))
        return model
    if role.meaning["weights"] == "random":
        return randomise_likelihood(model, seed=derive(role.seed, "weights"))
    return model


def write_after(
    model: TextLikelihood,
    examples: Sequence[Example],
    *,
    role: Role,
    split: Step,
    recipe: Recipe,
    placement: Placement,
) -> tuple[Completion, ...]:
    """Return what a model writes after the texts of some examples.

    Args:
        model: Trained or not.
        examples: What it is asked.
        role: Whose model it is.
        split: The step that holds the examples; it says where answers end.
        recipe: The longest answer, and the precision.
        placement: Device and memory.
    """
    source = role.source()
    ends = split.meaning["ends"]
    assert ends in ("line", "word")
    prompts = tokenise_prompt_texts(
        tokenizer_of(source),
        [example.text for example in examples],
        ids=[example.id for example in examples],
        source=source,
        room=recipe.max_answer_tokens,
    )
    return complete(
        model,
        prompts,
        tokenizer=tokenizer_of(source),
        max_answer_tokens=recipe.max_answer_tokens,
        ends="line" if ends == "line" else "word",
        recipe=recipe,
        placement=placement,
    )
