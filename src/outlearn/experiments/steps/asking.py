"""The step that asks a student by prompt, as it was pretrained."""

import numpy as np
import polars as pl

from outlearn.core import derive
from outlearn.experiments.graph import Step
from outlearn.experiments.prompting import answers, draw_shots, queries
from outlearn.experiments.steps.gold import gold_shots
from outlearn.experiments.steps.models import role_of, tokenizer_of
from outlearn.experiments.steps.records import labels_of, split_of, write_predictions
from outlearn.experiments.steps.training import training_part
from outlearn.models import load_answer_model, randomise_answers, tokenise_prompts
from outlearn.store import Draft, Store
from outlearn.training import Placement, Recipe, answer_scores


def prompt(step: Step, store: Store, draft: Draft, placement: Placement) -> None:
    """Ask the student, as it was pretrained, by prompts that may show it labelled examples."""
    split, classes = split_of(step, store)
    role = role_of(step)
    num_shots = step.meaning["num_shots"]
    assert isinstance(num_shots, int)
    if step.meaning["shot_labels"] == "weak":
        labels = labels_of(step, store)
        shots = draw_shots(labels, training_part(labels, split), num_shots=num_shots, seed=role.seed)
    else:
        shots = gold_shots(split, classes=classes, num_shots=num_shots, seed=role.seed)
    source = role.source()
    asked = queries(split, instruction=str(step.meaning["instruction"]), shots=shots)
    ids = [query.id for query in asked]
    prompts = tokenise_prompts(
        tokenizer_of(source),
        [query.prompt for query in asked],
        answers=answers(classes),
        ids=ids,
        source=source,
    )
    model = load_answer_model(source, answers=prompts.answers)
    if step.meaning["weights"] == "random":
        model = randomise_answers(model, seed=derive(role.seed, "weights"))
    recipe = Recipe.model_validate({"precision": step.meaning["precision"]})
    scores = answer_scores(model, prompts, recipe=recipe, placement=placement)
    probabilities = np.exp(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))
    write_predictions([query.part for query in asked], ids, probabilities, draft.path("predictions.parquet"))
    columns = {"id": [shot.id for shot in shots], "label": [shot.label for shot in shots]}
    schema = {"id": pl.String, "label": pl.Int64}
    pl.DataFrame(columns, schema=schema).write_parquet(draft.path("shots.parquet"))
    draft.cost["predict_tokens"] = float(len(prompts.prefix) + prompts.queries.lengths.sum())
