"""What an experiment rests on, as BibTeX: the paper, methods, teachers, tracks, tasks and Outlearn itself.

Nothing is drawn or loaded for it. A user's own file has no entry: how it is cited is for the user to say.
"""

from collections.abc import Mapping

from outlearn.core import bibtex, key_of, keys_of, papers, software
from outlearn.experiments.choices import (
    FILE,
    IMAGES,
    SEALED,
    AnyTeacherChoice,
    Committee,
    GoldByDifficulty,
    ImportedLabels,
    ModelChoice,
    Param,
    Simulated,
    TeacherChoice,
)
from outlearn.experiments.difficulty_table import without_table
from outlearn.experiments.parameters import build
from outlearn.experiments.spec import Spec
from outlearn.labels.simulated import supervisors
from outlearn.methods import Method, methods
from outlearn.tasks import tasks

PAPER = "burns2023weak"
_Params = Mapping[str, Param]

CALIBRATIONS: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "temperature": ("guo2017on",),
    "isotonic": ("zadrozny2002transforming",),
}
COMMITTEES: Mapping[str, tuple[str, ...]] = {
    "dawid_skene": ("dawid1979maximum",),
    "adaboost": ("freund1997decision", "zhu2009multi", "agrawal2024ensemw2s"),
}
TRACKS: Mapping[str, tuple[str, ...]] = {"lora": ("hu2021lora",)}
OPTIMISERS: Mapping[str, tuple[str, ...]] = {"adafactor": ("shazeer2018adafactor",)}
"""Kinds of what a spec can choose to the keys of their sources; what is not there has none but the paper."""


def citations(spec: Spec) -> tuple[str, ...]:
    """Return the BibTeX of what a spec uses: one entry each, the paper first and Outlearn last.

    A source that is not in `papers.bib`, such as a plug-in's, is there as it states it: a task's entry as it
    stands, a method's reference as a comment.

    Raises:
        UsageError: If the spec names a task, method or supervisor that there is not, or parameters that it
            does not have.
    """
    found = {PAPER: bibtex([PAPER])}
    for choice in spec.methods:
        found |= method_citations(choice.name, params=choice.params)
    for teacher in spec.teachers:
        found |= _teacher_citations(teacher)
    for key in sorted({key for model in _models(spec) for key in TRACKS.get(_track(model, spec), ())}):
        found[key] = bibtex([key])
    found |= {key: bibtex([key]) for key in OPTIMISERS.get(spec.recipe.optimiser, ())}
    own = (FILE, IMAGES, SEALED)
    named = [without_table(choice) for choice in spec.tasks if not choice.name.startswith(own)]
    found |= dict(sorted(_task_citation(choice.name, choice.params) for choice in named))
    return (*filter(None, found.values()), str(software()))


def method_citations(name: str, *, params: _Params) -> dict[str, str]:
    """Return the entries that a method's reference names, by key; a comment for what is not in `papers.bib`.

    Args:
        name: The method's registered name.
        params: Its parameters; those left out keep their defaults.

    Raises:
        UsageError: If there is no such method, or it does not take these parameters.
    """
    factory = methods[name]
    made = factory(**build(factory, params, what=f"method {name!r}"))
    found = _entries(made.reference, what=f"method {name}")
    if isinstance(made, Method):
        found |= {key: bibtex([key]) for key in CALIBRATIONS[made.calibration]}
    return found


def _entries(reference: str, *, what: str) -> dict[str, str]:
    """Return the entries that a reference names, by key, with a comment for what is not in `papers.bib`."""
    keys = keys_of(reference)
    found = {key: bibtex([key]) for key in keys if key in papers()}
    if not keys or len(found) < len(keys):
        comment = f"% {what}: {' '.join(reference.split()) or 'names no source'}"
        found[comment] = comment
    return found


def _teacher_citations(teacher: AnyTeacherChoice) -> dict[str, str]:
    match teacher:
        case Committee():
            return {key: bibtex([key]) for key in COMMITTEES.get(teacher.combine, ())}
        case Simulated():
            factory = supervisors[teacher.simulate]
            what = f"supervisor {teacher.simulate!r}"
            reference = factory(**build(factory, teacher.params, what=what)).reference
            # Those of ours that state none are plain controls.
            return _entries(reference, what=f"supervisor {teacher.simulate}") if reference else {}
        case TeacherChoice() | ImportedLabels() | GoldByDifficulty():
            return {}


def _models(spec: Spec) -> list[ModelChoice]:
    """Return every model that a spec names, in any role."""
    found: list[ModelChoice] = list(spec.students)
    for teacher in spec.teachers:
        match teacher:
            case TeacherChoice():
                found += [teacher, *teacher.via]
            case Committee():
                found += teacher.members
            case Simulated():
                found += [teacher.like, *teacher.strong]
            case ImportedLabels() | GoldByDifficulty():
                pass
    return found


def _track(model: ModelChoice, spec: Spec) -> str:
    """Return the kind of a model's training."""
    return (spec.track if isinstance(model.track, str) else model.track).kind


def _task_citation(name: str, params: _Params) -> tuple[str, str]:
    factory = tasks[name]
    citation = factory(**build(factory, params, what=f"task {name!r}")).card.citation.strip()
    key = key_of(citation)
    return (key, bibtex([key])) if key in papers() else (key or citation, citation)
