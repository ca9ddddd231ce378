"""Steps that end in weak labels: a model's, a chain's, a committee's, imported, or made up from gold."""

from dataclasses import dataclass

from outlearn.core import fingerprint
from outlearn.experiments.graph import Step
from outlearn.experiments.model_steps import (
    Scene,
    answer_step,
    contrast_step,
    features_step,
    model_inputs,
    model_meaning,
    model_place,
    prompt_step,
    teach_step,
)
from outlearn.experiments.resolved import (
    AnyTeacher,
    ResolvedCommittee,
    ResolvedGold,
    ResolvedLabels,
    ResolvedMethod,
    ResolvedModel,
    ResolvedSimulated,
    ResolvedTeacher,
)
from outlearn.labels import TextLabels
from outlearn.labels.simulated import supervisors
from outlearn.methods import Method, Prompting

ASKED = Prompting(num_shots=0, labels="none", reference="burns2023weak, sec. 5.2.1")
"""How a student's prior is asked for."""


@dataclass(frozen=True, slots=True)
class Supervision:
    """What a student is given."""

    weak: Step
    """The teacher, whose accuracy is the floor; its record holds predictions."""

    labels: Step
    """The label set that students train on."""

    labeller: Step
    """Who made it: the teacher, or the last model of a chain; its record holds predictions."""

    split: Step
    """The texts that students read."""


def supervision(
    scene: Scene, teacher: AnyTeacher, student: ResolvedModel, method: ResolvedMethod
) -> Supervision:
    """Return the steps from a teacher to its labels; a chain's models are trained by the student's method."""
    match teacher:
        case ResolvedLabels():
            own = scene.once(lambda: import_step(scene, teacher), "labels", teacher)
            return Supervision(own, own, own, scene.split)
        case ResolvedTeacher(via=()):
            return scene.once(lambda: _chain(scene, teacher, method), "teacher", teacher)
        case ResolvedTeacher():
            return scene.once(lambda: _chain(scene, teacher, method), "chain", teacher, method)
        case ResolvedCommittee():
            own = scene.once(lambda: _combine(scene, teacher), "committee", teacher)
            return Supervision(own, own, own, scene.split)
        case ResolvedSimulated():
            own = scene.once(lambda: _simulate(scene, teacher), "simulated", teacher)
            return Supervision(own, own, own, scene.split)
        case ResolvedGold():
            own = scene.once(lambda: _gold(scene, teacher), "gold", teacher)
            asked = (scene.task.name, student.name) in teacher.asked
            return Supervision(_zero_shot(scene, student) if asked else own, own, own, scene.split)


def import_step(scene: Scene, teacher: ResolvedLabels) -> Step:
    """Return the step that holds imported labels, by their content."""
    labels = teacher.labels[scene.task.name]
    said = (
        [labels.ids, labels.texts]
        if isinstance(labels, TextLabels)
        else [labels.ids, labels.probabilities.tolist(), labels.classes]
    )
    return Step(
        kind="import",
        meaning={"content": fingerprint(said)},
        inputs={"split": scene.split},
        place={
            "title": f"{teacher.name}, {scene.where}",
            "teacher": teacher.name,
            "task": scene.task.name,
        },
    )


def transfer_step(
    scene: Scene,
    student: ResolvedModel,
    method: ResolvedMethod,
    given: Supervision,
    *,
    title: str,
) -> Step:
    """Return the step in which a method trains a student on weak labels, with all that the method needs."""
    assert isinstance(method.method, Method)  # what asks by prompt was refused or is planned elsewhere
    how = method.method.calibration
    labels = given.labels if how == "none" else _calibrated(scene, given, how=how)
    return Step(
        kind="transfer",
        meaning={
            **model_meaning(scene, student),
            "method": method.factory,
            "method_version": method.method.version,
            "params": dict(method.params),
        },
        inputs={
            "labels": labels,
            "split": given.split,
            **model_inputs(scene, student, split=given.split),
            **_needed(scene, student, method.method),
        },
        place={**model_place(student), "title": f"{title}, {scene.where}"},
    )


def _needed(scene: Scene, student: ResolvedModel, method: Method) -> dict[str, Step]:
    """Return what a method needs to know of the student before it is trained."""
    inputs: dict[str, Step] = {}
    if method.needs_prior:
        inputs["prior"] = _zero_shot(scene, student)
    if method.needs_contrast:
        inputs["contrast"] = contrast_step(scene, student)
    return inputs


def _zero_shot(scene: Scene, student: ResolvedModel) -> Step:
    """Return the step that asks a student as it was pretrained, without shots."""
    title = f"{student.name} zero-shot, {scene.where}"
    return scene.once(lambda: prompt_step(scene, student, ASKED, {}, title=title), "zero-shot", student)


def _gold(scene: Scene, teacher: ResolvedGold) -> Step:
    return Step(
        kind="gold",
        meaning={
            "side": teacher.side,
            "cut": teacher.cut,
            "count": teacher.counts[scene.task.name, scene.seed],
            "seed": scene.seed,
        },
        inputs={"split": scene.split},
        place={"title": f"{teacher.name}, {scene.where}"},
    )


def _calibrated(scene: Scene, given: Supervision, *, how: str) -> Step:
    """Return the step that makes labels mean what they say, on gold of the validation part."""
    return scene.once(lambda: _calibrate(given, how), "calibrated", how, given.labels, given.labeller)


def _calibrate(given: Supervision, how: str) -> Step:
    return Step(
        kind="calibrate",
        meaning={"calibration": how},
        inputs={
            "labels": given.labels,
            "labeller": given.labeller,
            "split": given.labels.inputs["split"],
        },
        place={"title": f"{how}, {given.labels.place['title']}"},
    )


def _chain(scene: Scene, teacher: ResolvedTeacher, method: ResolvedMethod) -> Supervision:
    own = teacher.own_head
    taught = labeller = (
        answer_step(scene, teacher.model) if own else teach_step(scene, teacher.model, half="teach")
    )
    length = len(teacher.via) + 1
    chunks = (
        [(place, length) for place in range(length)] if teacher.fresh and teacher.via else [(0, 1)] * length
    )
    names = [teacher.model.name]
    labels = _label(scene, labeller, chunks[0], title=names[0])
    for model, chunk in zip(teacher.via, chunks[1:], strict=True):
        names.append(model.name)
        title = f"{' -> '.join(names)}, {method.name}"
        given = Supervision(taught, labels, labeller, scene.split)
        labeller = transfer_step(scene, model, method, given, title=title)
        labels = _label(scene, labeller, chunk, title=title)
    split = _hint(scene, teacher, taught) if teacher.hint else scene.split
    return Supervision(taught, labels, labeller, split)


def _label(scene: Scene, labeller: Step, chunk: tuple[int, int], *, title: str) -> Step:
    place, length = chunk
    return Step(
        kind="label",
        meaning={"part": "transfer", **({"chunk": place, "chunks": length} if length > 1 else {})},
        inputs={"teacher": labeller, "split": scene.split},
        place={"title": f"{title}, {scene.where}"},
    )


def _hint(scene: Scene, teacher: ResolvedTeacher, taught: Step) -> Step:
    return Step(
        kind="hint",
        meaning={"classes": list(scene.task.classes)},
        inputs={"split": scene.split, "teacher": taught},
        place={"title": f"{teacher.model.name}, {scene.where}", "task": scene.task.name},
    )


def _combine(scene: Scene, teacher: ResolvedCommittee) -> Step:
    title = {"title": f"{teacher.name}, {scene.where}"}
    if teacher.combine == "adaboost":
        bodies = [
            {f"{role}_{place}": step for role, step in model_inputs(scene, one, split=scene.split).items()}
            for place, one in enumerate(teacher.members)
        ]
        places = {f"model_{place}": one.source.name for place, one in enumerate(teacher.members)}
        return Step(
            kind="boost",
            meaning={"members": [model_meaning(scene, one) for one in teacher.members]},
            inputs={"split": scene.split, **{role: step for body in bodies for role, step in body.items()}},
            place={**places, **title},
        )
    members = [teach_step(scene, one, half="teach") for one in teacher.members]
    return Step(
        kind="combine",
        meaning={"combine": teacher.combine},
        inputs={"split": scene.split, **{f"member_{place}": one for place, one in enumerate(members)}},
        place=title,
    )


def _simulate(scene: Scene, teacher: ResolvedSimulated) -> Step:
    needs = supervisors[teacher.simulate](**teacher.params).needs
    inputs = {"split": scene.split}
    if "teacher" in needs:
        inputs["like"] = teach_step(scene, teacher.like, half="teach")
    for strong in teacher.strong:
        if "ceiling" in needs:
            inputs["strong"] = teach_step(scene, strong, half="teach")
        if "features" in needs:
            inputs["features"] = features_step(scene, strong, split=scene.split)
    return Step(
        kind="simulate",
        meaning={"supervisor": teacher.simulate, "params": dict(teacher.params), "seed": scene.seed},
        inputs=inputs,
        place={"title": f"{teacher.name}, {scene.where}"},
    )
