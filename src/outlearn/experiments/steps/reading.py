"""Steps that read texts without labels: frozen features, and fine-tuning as a language model."""

import numpy as np
import polars as pl
import torch
from safetensors.torch import save_file

from outlearn.core import DataError, derive
from outlearn.experiments.choices import Generative
from outlearn.experiments.graph import Step
from outlearn.experiments.steps.models import BODY, FEATURES, ROWS, frozen_body, role_of, tokens_of
from outlearn.experiments.steps.records import examples_of, split_of
from outlearn.models import backbone_state, load_classifier, load_likelihood, scored_tokens
from outlearn.store import Draft, Store
from outlearn.tasks import Example
from outlearn.training import Loss, Placement, Recipe, hidden_states, train


def features(step: Step, store: Store, draft: Draft, placement: Placement) -> None:
    """Read every text once with a frozen model and keep its hidden states as safetensors."""
    role = role_of(step)
    source = role.source()
    found: dict[str, Example] = {}
    for role_name, before in step.inputs.items():
        if role_name.startswith("split_"):
            split, _ = examples_of(before, store)
            found |= {example.id: example for part in split.parts.values() for example in part}
    examples = list(found.values())
    model = frozen_body(role, store, load_classifier(source, num_classes=1, head_init="zero"))
    recipe = Recipe.model_validate({"precision": step.meaning["precision"]})
    layer, position, endings = step.meaning["layer"], step.meaning["position"], step.meaning["endings"]
    assert isinstance(layer, int)
    assert position in ("read_out", "mean")
    assert isinstance(endings, list)
    read = []
    for ending in endings or [""]:
        tokens = tokens_of(source, examples, ending=ending)
        draft.cost["predict_tokens"] = draft.cost.get("predict_tokens", 0.0) + float(tokens.lengths.sum())
        states = hidden_states(
            model, tokens, recipe=recipe, placement=placement, layer=layer, position=position
        )
        read.append(torch.from_numpy(states))
    values = torch.stack(read, dim=1) if endings else read[0]
    if recipe.precision == "bfloat16":
        values = values.bfloat16()
    save_file({"features": values.contiguous()}, draft.path(FEATURES))
    pl.DataFrame({"id": list(found)}).write_parquet(draft.path(ROWS))


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
        tokens = tokens_of(role.source(), part)
        scored = scored_tokens(tokens.lengths)
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
                tokens,
                np.ones((len(part), 1)),
                weights=np.ones(len(part)),
                loss=Loss(per_example=lambda likelihoods, _: -likelihoods[:, 0]),
                recipe=recipe,
                seed=derive(role.seed, "generative", place),
                placement=placement,
            )
        )
        read = float(tokens.lengths.sum() * stage.epochs)
        draft.cost["train_tokens"] = draft.cost.get("train_tokens", 0.0) + read
    assert model is not None
    save_file(backbone_state(model), draft.path(BODY))
    pl.DataFrame({"loss": np.concatenate(losses)}).write_parquet(draft.path("losses.parquet"))
