"""Loss curves that may only move on purpose: UPDATE_GOLDEN=1 writes them anew."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from outlearn.labels import label_set
from outlearn.methods import Student, methods
from outlearn.training import Placement
from tests.training.fitting import NUM_EXAMPLES, RECIPE, classifier, soft_labels, texts

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", ["confidence", "naive"])
def test_the_loss_curve_is_the_one_on_file(name: str) -> None:
    """A change that moves it needs a new version of the method or step, and a line in the changelog."""
    ids = [f"example {row}" for row in range(NUM_EXAMPLES)]
    student = Student(
        model=classifier(),
        inputs=texts(),
        rows={name: row for row, name in enumerate(ids)},
        recipe=RECIPE.model_copy(
            update={"learning_rate": 5e-4, "epochs": 4, "warmup_frac": 0.1, "weight_decay": 0.01}
        ),
        seed=0,
        placement=Placement(train_tokens=60),
        load=classifier,
        num_classes=2,
        losses=np.zeros(0, dtype=np.float32),
    )
    labels = label_set(ids, soft_labels(), classes=("no", "yes"), source="golden")
    curve = methods[name]().transfer(student, labels).losses
    file = GOLDEN / f"{name}.json"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        file.write_text(json.dumps([round(float(loss), 7) for loss in curve], indent=2) + "\n")
    np.testing.assert_allclose(curve, json.loads(file.read_text()), rtol=1e-4)
