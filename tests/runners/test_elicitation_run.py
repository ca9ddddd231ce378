"""Methods that ask the student before it is trained: what they read is what it says of those texts."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from outlearn.runners import Run
from tests.small_experiment import Small, small_experiment
from tests.small_runs import go, planned, predictions, steps
from tests.tiny_models import save_tiny

torch.set_num_threads(1)
METHODS = ["naive", "zero_shot_labels", "ccs", {"name": "em_posterior", "prior": "prompt", "rounds": 0}]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        # Threads of tests side by side wait for each other longer than these models compute.
        patch.setattr("outlearn.runners.options.num_cores", lambda: 1)
        yield


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    recipe = {"learning_rate": 1e-2, "epochs": 1, "batch_size": 8, "max_tokens": 80}
    made = small_experiment(tmp_path_factory.mktemp("small"), methods=METHODS, recipe=recipe)
    words = ["the day was and a house stood near the old river: is it warm? 0 or 1", "Response: 0 1"] * 9
    sizes = {"hidden": 16, "layers": 1, "vocab_texts": words, "vocab_size": 400, "context_tokens": 512}
    save_tiny("gpt2", made.folder / "student", seed=1, **sizes)
    return made


@pytest.fixture(scope="module")
def done(small: Small) -> Run:
    return go(small, "asked")


def test_methods_that_ask_stand_in_the_results_with_those_that_do_not(done: Run) -> None:
    assert done.results().height == 4


def test_the_student_is_asked_once_for_all_methods_that_want_to_know(small: Small, done: Run) -> None:
    made = planned(small)
    (prior,) = steps(made, "prompt")
    readers = [step for step in steps(made, "transfer") if "prior" in step.inputs]
    assert [step.meaning["method"] for step in readers] == ["zero_shot_labels", "em_posterior"]
    assert predictions(done.store, prior).height > 0
    assert prior.meaning["num_shots"] == 0


def test_contrast_features_are_read_with_each_answer(small: Small, done: Run) -> None:
    from safetensors.numpy import load_file

    (features,) = steps(planned(small), "features")
    values = load_file(done.store.artifact(features.fingerprint, "features.safetensors"))["features"]
    assert values.shape[1:] == (2, 16)
    assert not np.array_equal(values[:, 0], values[:, 1])


def test_what_asks_can_pass_through_a_chain_and_train_probes(small: Small) -> None:
    chain = {"name": "./teacher", "via": [{"name": "./student", "again": 1}]}
    changes = {"track": {"kind": "probe", "epochs": 3}, "teachers": [chain]}
    run = go(small, "chained", **changes)
    assert run.results().height == 4
    asked = [step for step in steps(planned(small, **changes), "transfer") if "contrast" in step.inputs]
    assert len(asked) == 2
