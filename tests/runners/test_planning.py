"""What a plan needs, and what it does without, proved in fresh processes."""

import subprocess
import sys

PLAN = """
import sys
from pathlib import Path
from outlearn import RunOptions, Spec
from outlearn.runners import make_plan
spec = Spec.model_validate({
    "tasks": [{"name": "world", "num_train": 200}], "teachers": ["world/xs"], "students": ["world/l"],
    "sizes": {"teach": 20, "transfer": 20, "validation": 0, "test": 20}, "seeds": 2,
    "methods": ["naive", "confidence"],
})
made = make_plan(spec, store=None, options=RunOptions(device="cpu"), base=Path())
assert made.to_run and len(made.work) == 8, made.work
"""


def test_planning_imports_nothing_that_models_are_made_of() -> None:
    heavy = ("transformers.modeling_utils", "torch._dynamo", "torch.distributed.tensor", "scipy", "altair")
    program = f"{PLAN}\nprint(*[name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
