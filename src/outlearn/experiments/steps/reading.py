"""Steps that read texts without labels: frozen features, and fine-tuning as a language model."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import torch
from jaxtyping import Float32
from safetensors.torch import save_file

from outlearn.core import DataError, derive
from outlearn.experiments.choices import Generative
from outlearn.experiments.graph import Step
from outlearn.experiments.steps.models import (
    BODY,
    FEATURES,
    ROWS,
    Role,
    frozen_body,
    role_of,
    tokenizer_of,
    tokens_of,
)
from outlearn.experiments.steps.records import examples_of, split_of, writes
from outlearn.experiments.wording import Wording, response_starts, tokens
from outlearn.models import (
    backbone_state,
    language_state,
    load_classifier,
    load_encoder,
    load_likelihood,
    prepare,
    random_encoder,
    scored_tokens,
)
from outlearn.store import Draft, Store
from outlearn.tasks import Example, read_image
from outlearn.training import Loss, Placement, Recipe, Scored, hidden_states, image_features, train


def features(step: Step, store: Store, draft: Draft, placement: Placement) -> None:
    """Read every text or image once with a frozen model and keep its hidden states as safetensors."""
    role = role_of(step)
    source = role.source()
    read = _image_features if source.reads_images else _text_features
    found: dict[str, Example] = {}
    for role_name, before in step.inputs.items():
        if role_name.startswith("split_"):
            split, _ = examples_of(before, store)
            found |= {example.id: example for part in split.parts.values() for example in part}
    values = read(role, step, list(found.values()), store, draft, placement)
    if step.meaning["precision"] == "bfloat16":
        values = values.bfloat16()
    save_file({"features": values.contiguous()}, draft.path(FEATURES))
    pl.DataFrame({"id": list(found)}).write_parquet(draft.path(ROWS))


def _image_features(
    role: Role, step: Step, examples: list[Example], store: Store, draft: Draft, placement: Placement
) -> torch.Tensor:
    """Return one row an image; every file is checked to be what the experiment was planned with."""
    del store
    source = role.source()
    if step.meaning["weights"] == "random":
        encoder = random_encoder(source, seed=derive(role.seed, "weights"))
    else:
        encoder = load_encoder(source, gives="logits" if "gives" in step.meaning else "features")
    folder, how = Path(step.place["images"]), source.images[0].preparation

    def pixels(place: int) -> Float32[np.ndarray, "k h w"]:
        example = examples[place]
        return prepare(read_image(folder, example), how, name=example.id)

    draft.cost["images"] = float(len(examples))
    recipe = Recipe.model_validate({"precision": step.meaning["precision"]})
    seen = image_features(encoder, pixels, num_images=len(examples), recipe=recipe, placement=placement)
    return torch.from_numpy(seen)


def _text_features(
    role: Role, step: Step, examples: list[Example], store: Store, draft: Draft, placement: Placement
) -> torch.Tensor:
    """Return one row a text, or one for each ending of it."""
    source = role.source()
    frozen = "body" not in role.inputs
    loaded = load_classifier(source, num_classes=1, head_init="zero", frozen=frozen)
    model = frozen_body(role, store, loaded)
    recipe = Recipe.model_validate({"precision": step.meaning["precision"]})
    layer, position, endings = step.meaning["layer"], step.meaning["position"], step.meaning["endings"]
    assert isinstance(layer, int)
    assert position in ("read_out", "mean")
    assert isinstance(endings, list)
    read = []
    for ending in endings or [""]:
        texts = tokens_of(role, examples, ending=ending)
        draft.cost["predict_tokens"] = draft.cost.get("predict_tokens", 0.0) + float(texts.lengths.sum())
        states = hidden_states(
            model, texts, recipe=recipe, placement=placement, layer=layer, position=position
        )
        read.append(torch.from_numpy(states))
    values = torch.stack(read, dim=1) if endings else read[0]
    if role.comparison:
        values = values.view(len(examples), -1, values.shape[-1])
    return values


def read_as_text(role: Role, part: Sequence[Example], *, loss_on: str) -> Scored:
    """Return all texts of examples for a language model; of comparisons, the text with each option.

    Args:
        role: Who reads.
        part: The examples.
        loss_on: Which tokens carry loss: those of the whole "text", or of the "response" alone.
    """
    wording = Wording("rewards" if part[0].options else "text", role.wording.template)
    source = role.source()
    tokenizer = tokenizer_of(source)
    read = tokens(source, tokenizer, part, wording)
    if loss_on == "text":
        return Scored(read, firsts=np.zeros(len(read), dtype=np.int64))
    return Scored(read, firsts=response_starts(tokenizer, part, wording, read))


def generative(step: Step, store: Store, draft: Draft, placement: Placement) -> None:
    """Fine-tune a model as a language model on its task's texts, labels unseen, and keep its body.

    Raises:
        DataError: If no text has two tokens.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, sec. 5.2.2.
    """
    split, _ = split_of(step, store)
    role = role_of(step)
    stages = step.meaning["stages"]
    assert isinstance(stages, list)
    losses = []
    model = None
    for place, raw in enumerate(stages):
        stage = Generative.model_validate(raw)
        part = (*split.teach, *split.transfer) if stage.texts == "training" else split.transfer
        texts = read_as_text(role, part, loss_on=stage.loss_on)
        scored = scored_tokens(texts.lengths, starts=texts.firsts)
        if not scored.any():
            raise DataError(f"{step.title}: no text has two tokens, so there is nothing to predict")
        model = model or load_likelihood(role.source(), per_tokens=float(scored.mean()))
        model.per_tokens = float(scored.mean())
        recipe = Recipe.model_validate(
            {
                "learning_rate": stage.learning_rate,
                "epochs": stage.epochs,
                "batch_size": stage.batch_size,
                "precision": step.meaning["precision"],
            }
        )
        losses.append(
            train(
                model,
                texts,
                np.ones((len(texts), 1)),
                weights=np.ones(len(texts)),
                loss=Loss(per_example=lambda likelihoods, _: -likelihoods[:, 0]),
                recipe=recipe,
                seed=derive(role.seed, "generative", place),
                placement=placement,
            )
        )
        read = float(texts.lengths.sum() * stage.epochs)
        draft.cost["train_tokens"] = draft.cost.get("train_tokens", 0.0) + read
    assert model is not None
    # A student that writes keeps its language-modelling head, which was tuned too.
    save_file(language_state(model) if writes(step) else backbone_state(model), draft.path(BODY))
    pl.DataFrame({"loss": np.concatenate(losses)}).write_parquet(draft.path("losses.parquet"))
