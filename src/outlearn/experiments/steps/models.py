"""Models as steps train them: what a role says is opened, checked and put at the start of its training."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import polars as pl
import torch
from jaxtyping import Int64
from safetensors import safe_open
from safetensors.torch import load_file

from outlearn.core import ModelError, derive
from outlearn.experiments.comparisons import Rewards, Together, comparison_of
from outlearn.experiments.graph import Step
from outlearn.experiments.tracks import Lora
from outlearn.experiments.wording import Template, Wording, tokens
from outlearn.methods import Student
from outlearn.models import (
    Classifier,
    Features,
    ModelSource,
    Probe,
    Tokens,
    load_backbone_state,
    load_classifier,
    load_tokenizer,
    open_model,
    randomise,
    with_lora,
)
from outlearn.store import Store
from outlearn.tasks import Example
from outlearn.training import Inputs, Options, Orders, Placement, Read, Recipe, texts_of

REWARD_TOKEN = "1"
"""Whose unembedding row a reward's head starts from: any single token would do (Burns et al. 2023, A.3)."""

FEATURES = "features.safetensors"
ROWS = "rows.parquet"
BODY = "body.safetensors"


@dataclass(frozen=True, slots=True)
class Role:
    """A model that a step trains or reads with."""

    meaning: dict[str, object]
    name: str
    inputs: dict[str, Step]

    @property
    def seed(self) -> int:
        """Return the root of its random choices."""
        seed = self.meaning["seed"]
        assert isinstance(seed, int)
        return seed

    @property
    def kind(self) -> str:
        """Return its track: "full", "lora" or "probe"."""
        track = self.meaning.get("track", {"kind": "full"})
        assert isinstance(track, dict)
        return str(track["kind"])

    @property
    def comparison(self) -> Rewards | Together | None:
        """Return how it reads options; None where none are compared."""
        how = self.meaning.get("comparison")
        return None if how is None else comparison_of(how)

    @property
    def wording(self) -> Wording:
        """Return how it reads examples."""
        return wording_of(self.meaning)

    def num_logits(self, classes: tuple[str, ...]) -> int:
        """Return how many numbers it gives for a text: one for each class, or a reward."""
        return 1 if self.wording.reads == "rewards" else len(classes)

    @property
    def recipe(self) -> Recipe:
        """Return how it is trained."""
        return Recipe.model_validate(self.meaning["recipe"])

    def source(self) -> ModelSource:
        """Return the checkpoint.

        Raises:
            ModelError: If it is not the one that was planned with.
        """
        source = open_model(self.name)
        if source.digest != self.meaning["model"]:
            raise ModelError(
                f"model {source.name!r} has changed since this experiment was planned; start again"
            )
        return source


def wording_of(meaning: Mapping[str, object]) -> Wording:
    """Return how a model reads examples, by what it means."""
    how = meaning.get("comparison")
    template: Template = "chat" if meaning.get("template") == "chat" else "plain"
    return Wording("text" if how is None else comparison_of(how).kind, template)


def role_of(step: Step) -> Role:
    """Return the only model of a step."""
    inputs = {key: step.inputs[key] for key in ("features", "body") if key in step.inputs}
    return Role(meaning=dict(step.meaning), name=step.place["model"], inputs=inputs)


def member_of(step: Step, place: int) -> Role:
    """Return one of several models of a step."""
    members = step.meaning["members"]
    assert isinstance(members, list)
    inputs = {
        key: step.inputs[f"{key}_{place}"] for key in ("features", "body") if f"{key}_{place}" in step.inputs
    }
    return Role(meaning=members[place], name=step.place[f"model_{place}"], inputs=inputs)


def student_of(
    role: Role,
    store: Store,
    part: Sequence[Example],
    *,
    classes: tuple[str, ...],
    placement: Placement,
) -> Student:
    """Return a model at the start of its training, with the texts it may train on."""
    load = loader(role, store, classes=classes)
    return Student(
        model=load(),
        inputs=inputs_of(role, store, part),
        rows={example.id: row for row, example in enumerate(part)},
        recipe=role.recipe,
        seed=role.seed,
        placement=placement,
        load=load,
        num_classes=len(classes),
        losses=np.zeros(0, dtype=np.float32),
    )


def loader(role: Role, store: Store, *, classes: tuple[str, ...]) -> Callable[[], torch.nn.Module]:
    """Return what gives the model as it is before any training."""
    if role.kind == "probe":
        width = _values(role.inputs["features"], store).shape[-1]
        return partial(Probe, width, num_classes=role.num_logits(classes))
    return partial(_load, role, store, classes)


def _load(role: Role, store: Store, classes: tuple[str, ...]) -> torch.nn.Module:
    head, num_logits = role.recipe.head_init, role.num_logits(classes)
    named = (REWARD_TOKEN,) if num_logits == 1 else tuple(map(str, range(num_logits)))
    classifier = load_classifier(
        role.source(),
        num_classes=num_logits,
        head_init=head,
        head_tokens=named if head == "unembedding" else (),
        frozen=keeps_body(role),
    )
    classifier = frozen_body(role, store, classifier)
    if role.kind == "lora":
        track = Lora.model_validate(role.meaning["track"])
        return with_lora(classifier, rank=track.rank, alpha=track.alpha, seed=derive(role.seed, "lora"))
    return classifier


def keeps_body(role: Role) -> bool:
    """Return whether a student's pretrained weights stay as they are: all it learns stands beside them."""
    return "body" not in role.inputs and (role.kind == "lora" or role.meaning["weights"] == "random")


def frozen_body(role: Role, store: Store, classifier: Classifier) -> Classifier:
    """Return the classifier with the body of its role: as pretrained, tuned on texts, or forgotten."""
    if "body" in role.inputs:
        state = load_file(store.artifact(role.inputs["body"].fingerprint, BODY))
        load_backbone_state(classifier, state)
        return classifier
    if role.meaning["weights"] == "random":
        return randomise(classifier, seed=derive(role.seed, "weights"))
    return classifier


def inputs_of(role: Role, store: Store, examples: Sequence[Example]) -> Inputs:
    """Return examples as the model reads them."""
    if role.kind != "probe":
        return compared(tokens_of(role, examples), role, num_examples=len(examples))
    before = role.inputs["features"]
    values, rows = _values(before, store), _rows(before, store, examples)
    if role.comparison:
        rows, values = texts_of(rows, values.shape[1]), values.flatten(0, 1)
    return compared(Features(values, rows=rows), role, num_examples=len(examples))


def compared(texts: Read, role: Role, *, num_examples: int) -> Inputs:
    """Return what a model reads of examples, made of all their texts."""
    match role.comparison:
        case Rewards():
            return Options(texts, num_options=len(texts) // max(1, num_examples))
        case Together(augment=augment, consistent=consistent):
            return Orders(texts, augment=augment, consistent=consistent)
        case None:
            return texts


def features_of(before: Step, store: Store, examples: Sequence[Example]) -> torch.Tensor:
    """Return what a matrix of features holds of these examples, in their order; for each of their texts."""
    return _values(before, store)[torch.from_numpy(_rows(before, store, examples))]


def _rows(before: Step, store: Store, examples: Sequence[Example]) -> Int64[np.ndarray, " n"]:
    place = _places(store.artifact(before.fingerprint, ROWS))
    return np.array([place[example.id] for example in examples], dtype=np.int64)


@lru_cache(maxsize=4)
def _places(path: Path) -> Mapping[str, int]:
    """Return the row of every id; what is at such a path never changes."""
    return {name: row for row, name in enumerate(pl.read_parquet(path)["id"].to_list())}


def _values(before: Step, store: Store) -> torch.Tensor:
    """Return a matrix of features, mapped from its file: what is not asked for is not read."""
    with safe_open(store.artifact(before.fingerprint, FEATURES), framework="pt") as file:
        values: torch.Tensor = file.get_tensor("features")
    return values


def tokenizer_of(source: ModelSource) -> object:
    """Return a model's tokenizer."""
    return load_tokenizer(source)


def tokens_of(role: Role, examples: Sequence[Example], *, ending: str = "") -> Tokens:
    """Return the tokens of all texts that a model reads of examples, each example's text with the ending."""
    source = role.source()
    read = [replace(example, text=example.text + ending) for example in examples] if ending else examples
    return tokens(source, tokenizer_of(source), read, role.wording)
