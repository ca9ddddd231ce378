"""Steps that a model needs before it is trained, and those that train it. Pure, as all of planning."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar, cast

from outlearn.core import derive
from outlearn.experiments.graph import Step
from outlearn.experiments.prompting import answers
from outlearn.experiments.resolved import Resolved, ResolvedModel, ResolvedTask
from outlearn.experiments.tracks import ProbeTrack
from outlearn.methods import Prompting
from outlearn.models import own_places
from outlearn.tasks import instruction

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One task with one seed: where steps take place."""

    task: ResolvedTask
    seed: int

    splits: Mapping[int, Step]
    """The examples of every seed of the experiment: what is frozen is read once for all of them."""

    _made: dict[tuple[object, ...], tuple[object, object]] = field(default_factory=dict, repr=False)
    """What `once` returned, beside what it was made of."""

    @property
    def split(self) -> Step:
        """Return the step that holds the examples."""
        return self.splits[self.seed]

    def once(self, make: Callable[[], T], *of: object) -> T:
        """Return what `make` makes, made the first time: every student and method asks for the same steps.

        Args:
            make: Makes it.
            of: What it is and what it is made of: texts, and objects of which no equal copies are expected.
        """
        key = tuple(one if isinstance(one, str) else id(one) for one in of)
        if key not in self._made:
            self._made[key] = (of, make())  # the objects are held, so that no other takes their identity
        return cast(T, self._made[key][1])

    @property
    def where(self) -> str:
        """Return the scene's name in titles."""
        return f"{self.task.name}, seed {self.seed}"


def scenes(resolved: Resolved) -> list[Scene]:
    """Return every task with every seed, tasks first."""
    return [scene for task in resolved.tasks for scene in scenes_of(task, resolved.spec.seeds)]


def scenes_of(task: ResolvedTask, seeds: Sequence[int]) -> list[Scene]:
    """Return one task with every seed."""
    splits = {seed: _split_step(task, seed) for seed in seeds}
    return [Scene(task, seed, splits) for seed in seeds]


def _split_step(task: ResolvedTask, seed: int) -> Step:
    """Return the step that holds a task's examples for one seed."""
    return Step(
        kind="split",
        meaning={
            "content": task.digests[seed],
            "classes": list(task.classes),
            **({"setting": task.setting} if task.setting != "classification" else {}),
            **({"ends": task.answer_ends} if task.setting == "generation" else {}),
        },
        inputs={},
        place={"title": f"{task.name}, seed {seed}", "task": task.name},
    )


def teach_step(scene: Scene, model: ResolvedModel, *, half: str) -> Step:
    """Return the step that fine-tunes a model on gold: a teacher, or a student's ceiling."""
    return scene.once(lambda: _teach_step(scene, model, half), "teach", half, model)


def _teach_step(scene: Scene, model: ResolvedModel, half: str) -> Step:
    return Step(
        kind="teach",
        meaning={**model_meaning(scene, model), "half": half},
        inputs={"split": scene.split, **model_inputs(scene, model, split=scene.split)},
        place={**model_place(model), "title": f"{model.name} on gold ({half} half), {scene.where}"},
    )


def prompt_step(
    scene: Scene, student: ResolvedModel, method: Prompting, labels: Mapping[str, Step], *, title: str
) -> Step:
    """Return the step that asks a student by prompt; nothing of its recipe but the precision matters.

    Args:
        scene: Where.
        student: Who is asked.
        method: What a prompt shows.
        labels: {"labels": the weak labels}, read where the shots carry them; so one record serves every
            teacher where they do not.
        title: For people.
    """
    if scene.task.setting == "generation":
        return _writing_step(scene, student, method, title=title)
    weak = method.labels == "weak"
    return Step(
        kind="prompt",
        meaning={
            **_as_pretrained(student),
            "seed": scene.seed,
            "instruction": instruction(scene.task.name, classes=scene.task.classes),
            "num_shots": method.num_shots,
            "shot_labels": method.labels,
            "method_version": method.version,
        },
        inputs={"split": scene.split, **(labels if weak else {})},
        place={**model_place(student), "title": title},
    )


def answer_step(scene: Scene, model: ResolvedModel) -> Step:
    """Return the step in which an image classifier answers with the head it was pretrained with; no gold."""
    own = own_places(model.source.images[0].classes, scene.task.classes, name=model.source.name)
    return Step(
        kind="answer",
        meaning={"outputs": list(own)},
        inputs={
            "split": scene.split,
            "features": features_step(scene, model, split=scene.split, gives="logits"),
        },
        place={**model_place(model), "title": f"{model.name} with its own head, {scene.where}"},
    )


def _writing_step(scene: Scene, student: ResolvedModel, method: Prompting, *, title: str) -> Step:
    """Return the step in which a student writes its answers as it was pretrained."""
    return Step(
        kind="prompt",
        meaning={
            **_as_pretrained(student),
            "seed": scene.seed,
            "max_answer_tokens": student.recipe.max_answer_tokens,
            "method_version": method.version,
        },
        inputs={"split": scene.split},
        place={**model_place(student), "title": title},
    )


def model_meaning(scene: Scene, model: ResolvedModel) -> dict[str, object]:
    """Return what a model is and how it is trained."""
    return scene.once(lambda: _model_meaning(scene, model), "meaning", model)


def _model_meaning(scene: Scene, model: ResolvedModel) -> dict[str, object]:
    # How long texts were made to fit shows in the texts, and so in the split's content.
    beside = {"long_texts", "max_tokens"}
    if scene.task.setting != "generation":
        beside |= {"max_answer_tokens"}
    if model.recipe.optimiser == "adamw":  # the only one in the first version of the steps
        beside |= {"optimiser"}
    return {
        "model": model.source.digest,
        "weights": model.weights,
        "recipe": model.recipe.model_dump(exclude=beside),
        "track": model.track.model_dump(exclude={"learning_rate_factor"}),
        "seed": derive(scene.seed, "again", model.again) if model.again else scene.seed,
        **_template(model),
        **_compared(scene),
    }


def _as_pretrained(model: ResolvedModel) -> dict[str, object]:
    """Return what a model is before any of its recipe matters but the precision."""
    return {
        "model": model.source.digest,
        "weights": model.weights,
        "precision": model.recipe.precision,
        **_template(model),
    }


def _template(model: ResolvedModel) -> dict[str, object]:
    """Return how it words texts, where that is not as in the first version of the steps."""
    return {"template": model.template} if model.template != "plain" else {}


def _compared(scene: Scene, *, kind_alone: bool = False) -> dict[str, object]:
    """Return how options are read, where there are any: all that training means, or which texts there are."""
    how = scene.task.comparison
    return {} if how is None else {"comparison": {"kind": how.kind} if kind_alone else how.model_dump()}


def model_place(model: ResolvedModel) -> dict[str, str]:
    """Return where a model lies."""
    return {"model": model.source.name}


def model_inputs(scene: Scene, model: ResolvedModel, *, split: Step) -> dict[str, Step]:
    """Return what must be there before a model is trained: its tuned body, or its frozen features."""
    if isinstance(model.track, ProbeTrack):
        return {"features": features_step(scene, model, split=split)}
    return _body(scene, model)


def _body(scene: Scene, model: ResolvedModel) -> dict[str, Step]:
    return {"body": generative_step(scene, model)} if model.generative else {}


def generative_step(scene: Scene, model: ResolvedModel) -> Step:
    """Return the step that fine-tunes a model as a language model on its task's texts, labels unseen."""
    return scene.once(lambda: _generative_step(scene, model), "generative", model)


def _generative_step(scene: Scene, model: ResolvedModel) -> Step:
    return Step(
        kind="generative",
        meaning={
            **_as_pretrained(model),
            "seed": scene.seed,
            "stages": [stage.meaning() for stage in model.generative],
        },
        inputs={"split": scene.split},
        place={**model_place(model), "title": f"{model.name} as a language model, {scene.where}"},
    )


def features_step(
    scene: Scene,
    model: ResolvedModel,
    *,
    split: Step,
    endings: tuple[str, ...] = (),
    gives: Literal["features", "logits"] = "features",
) -> Step:
    """Return the step that reads every text with a frozen model, once for all seeds where they share texts.

    Args:
        scene: Where.
        model: Who reads.
        split: The texts, where they are not the scene's own.
        endings: What is added to every text, one reading for each; none reads the texts as they are.
        gives: What is kept of an image: features, or what the model's own head says of it.
    """
    return scene.once(
        lambda: _features_step(scene, model, split, endings, gives),
        "features",
        model,
        split,
        "\0".join(endings),
        gives,
    )


def _features_step(
    scene: Scene,
    model: ResolvedModel,
    split: Step,
    endings: tuple[str, ...],
    gives: Literal["features", "logits"],
) -> Step:
    track = model.track if isinstance(model.track, ProbeTrack) else ProbeTrack()
    own = scene.task.fresh_per_seed or model.weights == "random" or model.generative or split != scene.split
    splits = [split] if own else list(scene.splits.values())
    return Step(
        kind="features",
        meaning={
            **_as_pretrained(model),
            "layer": track.layer,
            "position": track.position,
            "endings": list(endings),
            **_compared(scene, kind_alone=True),
            **({"seed": scene.seed} if model.weights == "random" else {}),
            **({"gives": gives} if gives != "features" else {}),
        },
        inputs={**{f"split_{place}": one for place, one in enumerate(splits)}, **_body(scene, model)},
        place={
            **model_place(model),
            **({"images": str(scene.task.images[0])} if scene.task.images else {}),
            "title": f"{model.name}, {scene.where if own else scene.task.name}"
            + (", with every answer" if endings else ""),
        },
    )


def contrast_step(scene: Scene, model: ResolvedModel) -> Step:
    """Return the step that reads every text with each answer after it."""
    said = tuple(f"\nResponse: {answer}" for answer in answers(scene.task.classes))
    return features_step(scene, model, split=scene.split, endings=said)
