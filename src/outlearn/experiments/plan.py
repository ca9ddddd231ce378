"""From a resolved experiment to its graph of steps. Pure: nothing is read, written or loaded."""

from dataclasses import replace

from outlearn.experiments.graph import CellPlan, Graph, Step, in_order
from outlearn.experiments.model_steps import Scene, prompt_step, scenes, teach_step
from outlearn.experiments.pairs import teaches
from outlearn.experiments.resolved import AnyTeacher, Resolved, ResolvedMethod, ResolvedModel
from outlearn.experiments.teacher_steps import Supervision, supervision, transfer_step
from outlearn.experiments.tracks import ProbeTrack
from outlearn.methods import Prompting


def plan(resolved: Resolved) -> Graph:
    """Return the graph of an experiment: each step once, however many cells share it.

    One gold run per (model, task, seed, half) serves as floor, as labeller and, where the halves agree, as
    ceiling.
    """
    cells = [
        cell
        for scene in scenes(resolved)
        for teacher in resolved.teachers
        for student in resolved.students
        if teaches(resolved.spec, teacher, student)
        for method in resolved.methods
        for cell in _cells(resolved, scene, teacher, student, method)
    ]
    # Teachers first, then ceilings, then students: the steps that others wait for come first.
    ends = [cell.weak for cell in cells]
    ends += [cell.ceiling for cell in cells]
    ends += [cell.transfer for cell in cells]
    ends += [curve for cell in cells for curve in cell.curve]
    return Graph(steps=in_order(ends), cells=tuple(cells))


def _cells(
    resolved: Resolved, scene: Scene, teacher: AnyTeacher, student: ResolvedModel, method: ResolvedMethod
) -> list[CellPlan]:
    """Return the cell of a student, and that of its probe on gold where one was asked for."""
    given = supervision(scene, teacher, student, method)
    ceiling = teach_step(scene, student, half=resolved.spec.ceiling_half)
    transfer, probe = _student(resolved, scene, given, teacher.name, student, method)
    points = str(resolved.spec.curve_points)
    trained = transfer.kind == "transfer"
    cell = CellPlan(
        task=scene.task.name,
        teacher=teacher.name,
        student=student.name,
        method=method.name,
        seed=scene.seed,
        weak=evaluate_step(given.weak, scene, f"{teacher.name}, {scene.where}"),
        transfer=evaluate_step(transfer, scene, transfer.place["title"]),
        ceiling=evaluate_step(ceiling, scene, f"{student.name}, {scene.where}"),
        curve=(_curve(transfer, scene.split, points),) if trained and resolved.spec.curve_points else (),
    )
    if not probe:
        return [cell]
    title = f"{transfer.place['title']}, probed with gold"
    on_gold = replace(
        cell,
        method=f"{method.name} + gold probe",
        transfer=evaluate_step(probe[0], scene, title),
        curve=(),
        cheating=True,
    )
    return [cell, on_gold]


def _student(
    resolved: Resolved,
    scene: Scene,
    given: Supervision,
    teacher: str,
    student: ResolvedModel,
    method: ResolvedMethod,
) -> tuple[Step, tuple[Step, ...]]:
    """Return the step of a student, and that which probes it with gold, if one is asked for."""
    if isinstance(method.method, Prompting):
        names = f"{teacher} -> {student.name}" if method.method.labels == "weak" else student.name
        title = f"{names}, {method.name}, {scene.where}"
        return prompt_step(scene, student, method.method, {"labels": given.labels}, title=title), ()
    title = f"{teacher} -> {student.name}, {method.name}"
    transfer = transfer_step(scene, student, method, given, title=title)
    transfer = replace(transfer, place={**transfer.place, **_kept(resolved)})
    if not resolved.spec.gold_probe or student.track.kind == "probe":
        return transfer, ()
    probe = Step(
        kind="gold_probe",
        meaning={"half": resolved.spec.ceiling_half, "probe": ProbeTrack().model_dump()},
        inputs={"trained": transfer, "split": scene.split},
        place={"model": student.source.name, "title": transfer.place["title"]},
    )
    return transfer, (probe,)


def _kept(resolved: Resolved) -> dict[str, str]:
    """Return what a student's record keeps besides its predictions."""
    return {
        **({"weights": "keep"} if resolved.spec.gold_probe else {}),
        **({"points": str(resolved.spec.curve_points)} if resolved.spec.curve_points else {}),
    }


def evaluate_step(trained: Step, scene: Scene, title: str) -> Step:
    """Return the step that puts gold beside a model's predictions."""
    return scene.once(lambda: _evaluate_step(trained, scene, title), "evaluate", trained, title)


def _evaluate_step(trained: Step, scene: Scene, title: str) -> Step:
    written = scene.task.setting == "generation"
    return Step(
        kind="evaluate",
        meaning={"judges": list(scene.task.judges)} if written else {},
        inputs={"trained": trained, "split": scene.split},
        place={"title": f"{trained.kind} {title}"},
    )


def _curve(trained: Step, split: Step, points: str) -> Step:
    return Step(
        kind="curve",
        meaning={"points": int(points)},
        inputs={"trained": trained, "split": split},
        place={"title": f"{trained.place['title']}, {points} points"},
    )
