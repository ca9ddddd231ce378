"""What of a model is trained: adapters, probes of frozen features, or everything after tuning on texts."""

from collections.abc import Iterator

import polars as pl
import pytest
import torch
from safetensors.torch import load_file

from outlearn.core import ModelError
from outlearn.experiments import Step
from outlearn.models import Classifier, load_classifier, open_model
from outlearn.store import Store
from tests.small_experiment import Small, small_experiment
from tests.small_runs import LEARNING, go, planned, predictions, steps
from tests.tiny_models import save_tiny

torch.set_num_threads(1)
PROBE = {"kind": "probe", "epochs": 5}


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        # Threads of tests side by side wait for each other longer than these models compute.
        patch.setattr("outlearn.runners.options.num_cores", lambda: 1)
        yield


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small_experiment(tmp_path_factory.mktemp("small"), methods=["naive"], recipe=LEARNING)


def weights(store: Store, step: Step, name: str = "weights.safetensors") -> dict[str, torch.Tensor]:
    return load_file(store.artifact(step.fingerprint, name))


def pretrained(small: Small) -> Classifier:
    return load_classifier(open_model(str(small.folder / "student")), num_classes=2, head_init="zero")


# --- adapters --------------------------------------------------------------------------------------------


def test_adapters_change_linear_layers_by_little_rank_and_nothing_else_of_the_body(small: Small) -> None:
    students = [{"name": "./student", "track": {"kind": "lora", "rank": 2}}]
    run = go(small, "lora", students=students, keep_weights=True)
    (step,) = steps(planned(small, students=students), "transfer")
    trained, before = weights(run.store, step), pretrained(small).state_dict()
    assert trained.keys() == before.keys()
    linear = {f"{n}.weight" for n, m in pretrained(small).named_modules() if isinstance(m, torch.nn.Linear)}
    for name, value in trained.items():
        change = value - before[name]
        if name in linear - {"head.weight"}:
            assert 1 <= torch.linalg.matrix_rank(change, rtol=1e-3) <= 2
        elif not name.startswith("head."):
            assert torch.equal(value, before[name])
    assert run.results()["student"].to_list() == ["./student (lora rank=2)"]


def test_adapters_are_trained_at_a_rate_of_their_own(small: Small) -> None:
    made = planned(small, track="lora")
    (step,) = steps(made, "transfer")
    recipe = step.meaning["recipe"]
    assert isinstance(recipe, dict)
    assert recipe["learning_rate"] == pytest.approx(0.1)
    assert {model.track.kind for model in made.resolved.models} == {"lora"}


# --- probes ----------------------------------------------------------------------------------------------


def test_features_are_read_once_for_all_seeds_that_share_texts_and_once_a_seed_elsewhere(
    small: Small,
) -> None:
    shared = planned(small, track=PROBE, seeds=3)
    assert len(steps(shared, "features")) == 2
    assert len(steps(shared, "transfer")) == 3
    sizes = {"teach": 20, "transfer": 20, "validation": 0, "test": 10}
    models = {"teachers": ["world/xs"], "students": ["world/s"]}
    own = planned(small, tasks=["world"], sizes=sizes, track=PROBE, seeds=3, **models)
    assert len(steps(own, "features")) == 2 * 3
    forgetful = planned(small, students=[{"name": "./student", "weights": "random"}], track=PROBE, seeds=3)
    assert len(steps(forgetful, "features")) == 1 + 3


def test_a_probe_reads_every_text_once_and_nothing_but_its_head_is_trained(small: Small) -> None:
    run = go(small, "probe", track=PROBE, seeds=2, keep_weights=True)
    made = planned(small, track=PROBE, seeds=2)
    assert run.results().height == 2
    for step in steps(made, "features"):
        rows = pl.read_parquet(run.store.artifact(step.fingerprint, "rows.parquet"))
        values = weights(run.store, step, "features.safetensors")["features"]
        assert len(values) == rows["id"].n_unique() == rows.height
    width = pretrained(small).head.in_features
    for step in steps(made, "transfer"):
        assert sum(value.numel() for value in weights(run.store, step).values()) == 2 * (width + 1)


def test_a_probe_of_another_layer_or_position_reads_other_features(small: Small) -> None:
    tracks = [PROBE, {**PROBE, "layer": 0}, {**PROBE, "layer": 1}, {**PROBE, "position": "mean"}]
    students = [{"name": "./student", "track": track} for track in tracks]
    run = go(small, "layers", students=students)
    assert len(steps(planned(small, students=students), "features")) == 4
    assert run.results()["student"].n_unique() == 4


def test_a_layer_that_is_not_there_is_refused_before_anything_runs(small: Small) -> None:
    with pytest.raises(ModelError, match=r"has no layer 2; give 0 .* to 1 .*or -1"):
        planned(small, students=[{"name": "./student", "track": {"kind": "probe", "layer": 2}}])


# --- tuning on texts -------------------------------------------------------------------------------------

TUNED = {"name": "./student", "generative": [{"epochs": 2, "learning_rate": 1e-2}]}


def test_a_tuned_students_ceiling_is_tuned_too_and_its_teacher_when_asked(small: Small) -> None:
    plain = planned(small, students=[TUNED])
    assert len(steps(plain, "generative")) == 1
    bodies = {step.place["model"].rpartition("/")[2]: "body" in step.inputs for step in steps(plain, "teach")}
    assert bodies == {"teacher": False, "student": True}
    (student,) = steps(plain, "transfer")
    assert student.inputs["body"].kind == "generative"
    both = planned(small, students=[TUNED], teachers=[{"name": "./teacher", "generative": [{}]}])
    assert all("body" in step.inputs for step in steps(both, "teach"))


def test_tuning_learns_the_texts_and_is_where_the_student_starts(small: Small) -> None:
    run = go(small, "tuned", students=["./student", TUNED])
    made = planned(small, students=["./student", TUNED])
    (tuned,) = steps(made, "generative")
    losses = pl.read_parquet(run.store.artifact(tuned.fingerprint, "losses.parquet"))["loss"]
    assert losses.tail(5).mean() < losses.head(5).mean()  # type: ignore[operator]
    body, before = weights(run.store, tuned, "body.safetensors"), pretrained(small).backbone.state_dict()
    assert body.keys() == before.keys()
    assert any(not torch.equal(value, before[name]) for name, value in body.items())
    one, other = (predictions(run.store, step) for step in steps(made, "transfer"))
    assert not one.equals(other)


def test_tuning_is_counted_stage_by_stage_over_the_texts_that_it_reads(small: Small) -> None:
    stages = [{"epochs": 2}, {"texts": "transfer"}]
    chosen = [{"name": "./student", "generative": stages}]
    made = planned(small, students=chosen)
    (step,) = steps(made, "generative")
    expected = made.work[step.fingerprint]
    split = made.resolved.tasks[0].splits[0]
    assert expected.examples == 2 * (len(split.teach) + len(split.transfer)) + len(split.transfer)
    run = go(small, "counted", students=chosen)
    assert run.store.read(step.fingerprint).cost["train_tokens"] == expected.train_tokens


def test_labels_play_no_part_in_tuning(small: Small) -> None:
    (step,) = steps(planned(small, students=[TUNED], methods=["naive", "confidence"]), "generative")
    assert set(step.inputs) == {"split"}


def test_an_encoder_cannot_be_tuned_on_texts_and_is_refused_before_anything_runs(small: Small) -> None:
    save_tiny("bert", small.folder / "encoder", hidden=16, layers=1)
    with pytest.raises(ModelError, match=r"is an encoder.* leave generative out, or choose a causal model"):
        go(small, "refused", students=[{"name": "./encoder", "generative": [{}]}])
    assert not (small.folder / "refused").exists()


def test_a_tuned_model_can_be_probed(small: Small) -> None:
    run = go(small, "tuned", students=[{**TUNED, "track": PROBE}])
    (step,) = steps(planned(small, students=[{**TUNED, "track": PROBE}], teachers=["./teacher"]), "features")
    assert step.inputs["body"].kind == "generative"
    assert run.results()["student"].to_list() == ["./student (generative, probe epochs=5)"]
