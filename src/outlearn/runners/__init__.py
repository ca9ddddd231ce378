"""Where steps execute: in this process or in worker processes on this machine.

A worker process imports `worker` and what that needs, so names are imported when they are first asked for.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outlearn.runners.controls import Control, read_controls
    from outlearn.runners.difficulty import difficulty_frame, measure_difficulty
    from outlearn.runners.journal import OnProgress
    from outlearn.runners.judging import Judged, judge_pairs
    from outlearn.runners.local import run_steps
    from outlearn.runners.options import RunOptions, num_cores
    from outlearn.runners.processes import start_early
    from outlearn.runners.whole import Plan, Run, make_plan, manifest, run
    from outlearn.runners.worker import choose_device

_HOMES = {
    "Control": "controls",
    "Judged": "judging",
    "OnProgress": "journal",
    "Plan": "whole",
    "Run": "whole",
    "RunOptions": "options",
    "choose_device": "worker",
    "difficulty_frame": "difficulty",
    "judge_pairs": "judging",
    "make_plan": "whole",
    "manifest": "whole",
    "measure_difficulty": "difficulty",
    "num_cores": "options",
    "read_controls": "controls",
    "run": "whole",
    "run_steps": "local",
    "start_early": "processes",
}

__all__ = [
    "Control",
    "Judged",
    "OnProgress",
    "Plan",
    "Run",
    "RunOptions",
    "choose_device",
    "difficulty_frame",
    "judge_pairs",
    "make_plan",
    "manifest",
    "measure_difficulty",
    "num_cores",
    "read_controls",
    "run",
    "run_steps",
    "start_early",
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(importlib.import_module(f"outlearn.runners.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
