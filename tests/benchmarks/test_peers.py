"""The benchmark's peers do the same work as Outlearn, by the same mathematics."""

from pathlib import Path

import numpy as np
import pytest
import torch
from benchmarks.peer_loops import PeerClassifier, Rows, Step, accumulated, adamw, ask, deferred, train, whole
from benchmarks.peer_material import Given, Stage, given
from benchmarks.peer_ours import WATCHED, Ours, run_ours, steps_of
from benchmarks.peer_scripts import EAI, Role, Script, Taken, oai, plain, run_script
from benchmarks.peer_shape import check_same_work

import outlearn
from outlearn import RunOptions, run
from outlearn.models import load_classifier, open_model
from outlearn.training import CROSS_ENTROPY, Placement, Recipe, batches, predict
from outlearn.training import train as train_ours
from tests.small_experiment import small_experiment
from tests.tiny_models import save_tiny
from tests.training.fitting import NUM_EXAMPLES, UNWEIGHED, texts

ROLES: dict[Role, str] = {"teacher": "./teacher", "student": "./student", "ceiling": "./student"}
RECIPE = Recipe(learning_rate=3e-3, epochs=2, batch_size=8)


def soft_labels() -> np.ndarray:
    right = np.random.default_rng(0).random(NUM_EXAMPLES)
    return np.stack([1 - right, right], axis=1)


def rows() -> Rows:
    tokens = texts()
    ids = [tokens.row(row).tolist() for row in range(len(tokens))]
    return Rows(ids, torch.tensor(soft_labels(), dtype=torch.float32))


def of_small(folder: Path) -> Stage:
    small = small_experiment(folder, methods=["naive"])
    content = {key: value for key, value in small.content.items() if key not in ("teachers", "students")}
    return Stage("small", folder, content, {f"./{n}": folder / n for n in ("teacher", "student")}, None)


def runs_of(scene: Stage, script: Script) -> dict[Role, Taken]:
    parts = scene.base / "parts"
    material = given(scene, folder=parts)
    return {
        role: run_script(script, role, scene.models[name], given=material, texts=parts, fraction=1.0)
        for role, name in ROLES.items()
    }


@pytest.mark.parametrize(
    "step", [deferred(1), deferred(4), accumulated, whole("float32")], ids=["OAI 1", "OAI 4", "EAI", "plain"]
)
def test_peers_losses_and_answers_are_those_of_the_loop_within_rounding(step: Step, tmp_path: Path) -> None:
    folder = save_tiny("gpt2", tmp_path, hidden=32)
    ours = load_classifier(open_model(str(folder)), num_classes=2, head_init="zero")
    losses = train_ours(
        ours,
        texts(),
        soft_labels(),
        weights=UNWEIGHED,
        loss=CROSS_ENTROPY,
        recipe=RECIPE,
        seed=5,
        placement=Placement(),
    )
    theirs, order = PeerClassifier(folder), list(batches(NUM_EXAMPLES, batch_size=8, epochs=2, seed=5))
    optimiser = adamw(theirs, RECIPE)
    theirs.train()
    found = list(train(theirs, rows(), order, step=step, recipe=RECIPE, optimiser=optimiser))
    assert found == pytest.approx(losses.tolist(), rel=2e-5)
    assert losses[-1] < losses[0]
    asked = ask(theirs.eval(), rows(), np.arange(NUM_EXAMPLES), rows_a_forward=3)
    said = predict(ours, texts(), recipe=RECIPE, placement=Placement())
    assert asked.numpy() == pytest.approx(said, abs=2e-5)


def test_peers_take_as_many_steps_as_outlearn(tmp_path: Path) -> None:
    scene = of_small(tmp_path)
    spec, options = scene.spec(teachers=["./teacher"], students=["./student"]), RunOptions(device="cpu")
    done = run(spec, store=tmp_path / "store", options=options, base=tmp_path)
    ours = Ours(0.0, 0.0, {}, steps_of(done, spec, options=options, base=tmp_path))
    for script in (oai(1), oai(4), EAI, plain("float32")):
        runs = runs_of(scene, script)
        assert "teacher: 5 steps, 40 rows" in check_same_work(runs, ours)
    fewer = {**runs, "student": Taken({}, num_steps=4, num_trained=40, losses=())}
    with pytest.raises(AssertionError, match="peers take"):
        check_same_work(fewer, ours)


def test_a_sample_is_smaller_and_stands_for_the_whole(tmp_path: Path) -> None:
    scene = of_small(tmp_path)
    material, folder = given(scene, folder=tmp_path / "parts"), scene.models["./student"]
    longer = Given(material.parts, RECIPE)
    sampled, in_full = (
        run_script(EAI, "student", folder, given=longer, texts=tmp_path / "parts", fraction=fraction)
        for fraction in (0.1, 1.0)
    )
    assert len(sampled.losses) < len(in_full.losses) == in_full.num_steps == sampled.num_steps
    assert sampled.num_trained == in_full.num_trained
    assert sampled.seconds.keys() == in_full.seconds.keys()


def test_what_is_timed_is_there() -> None:
    root = Path(outlearn.__file__).parent
    for package, name in WATCHED:
        sources = [path.read_text() for path in (root / package).glob("*.py")]
        found = sum(f"\ndef {name}(" in source for source in sources)
        assert found == 1, f"{package} has {found} functions {name}: tell benchmarks/peer_ours.py"


def test_what_is_timed_is_part_of_the_time_of_the_run(tmp_path: Path) -> None:
    scene = of_small(tmp_path)
    experiment = {"teachers": ["./teacher"], "students": ["./student"]}
    found = run_ours(scene, [experiment], store=tmp_path / "store", watched=True)
    # Models as small as these are trained as a stack, which is not told apart.
    assert set(found.stages) == set(WATCHED.values()) - {"train"}
    assert all(seconds > 0 for seconds in found.stages.values())
    assert sum(found.stages.values()) < found.seconds
