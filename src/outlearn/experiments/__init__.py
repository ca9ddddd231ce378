"""Experiments: what a user asks for (spec), what that takes (plan) and how each step is done."""

from outlearn.core import importing as _importing

with _importing():  # torch comes with them
    from outlearn.experiments.choices import Factory, ImportedLabels, ModelChoice
    from outlearn.experiments.citations import citations, method_citations
    from outlearn.experiments.elo import Judgement, Scores, fit_elo
    from outlearn.experiments.estimate import WORKING, Work, describe_splits, estimate, total
    from outlearn.experiments.graph import VERSIONS, CellPlan, Graph, Step, by_cell
    from outlearn.experiments.judging import ANSWERS, draw_pairs, question, read_judgements
    from outlearn.experiments.model_difficulty import DifficultyPlan, model_difficulty, plan_difficulty
    from outlearn.experiments.plan import plan
    from outlearn.experiments.prepare import prepare
    from outlearn.experiments.presets import (
        DEMOS,
        PREFIX,
        PRESETS,
        SHIPPED,
        Setting,
        controls,
        demo,
        preset,
        rewards,
        told,
        vision,
    )
    from outlearn.experiments.resolve import resolve
    from outlearn.experiments.resolved import Resolved, ResolvedLabels, ResolvedModel, ResolvedTeacher
    from outlearn.experiments.spec import Spec
    from outlearn.experiments.steps import (
        ALONE,
        Companions,
        companionship,
        execute,
        execute_together,
        kept_artifacts,
    )
    from outlearn.experiments.toml import load_spec, parse_spec

__all__ = [
    "ALONE",
    "ANSWERS",
    "CellPlan",
    "Companions",
    "DEMOS",
    "DifficultyPlan",
    "Factory",
    "Graph",
    "ImportedLabels",
    "Judgement",
    "ModelChoice",
    "PREFIX",
    "PRESETS",
    "Resolved",
    "ResolvedLabels",
    "ResolvedModel",
    "ResolvedTeacher",
    "SHIPPED",
    "Scores",
    "Setting",
    "Spec",
    "Step",
    "VERSIONS",
    "WORKING",
    "Work",
    "by_cell",
    "citations",
    "companionship",
    "controls",
    "demo",
    "describe_splits",
    "draw_pairs",
    "estimate",
    "execute",
    "execute_together",
    "fit_elo",
    "kept_artifacts",
    "load_spec",
    "method_citations",
    "model_difficulty",
    "parse_spec",
    "plan",
    "plan_difficulty",
    "prepare",
    "preset",
    "question",
    "read_judgements",
    "resolve",
    "rewards",
    "told",
    "total",
    "vision",
]
