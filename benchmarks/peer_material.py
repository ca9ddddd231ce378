"""What both sides of `benchmarks.peer_shape` are given: texts, models on disk, and who is trained on what.

The models have GPT-2's shape and vocabulary but weights that were drawn, as none can be downloaded; time does
not depend on them. Their tokenizer is trained on the two tasks' own texts, so far that the mean numbers
of tokens are those that GPT-2's tokenizer gives.
"""

import json
import lzma
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tests.tiny_models import save_tiny

from outlearn import RunOptions, Spec
from outlearn.core import DataError
from outlearn.experiments import Graph, parse_spec
from outlearn.models.quiet import quiet
from outlearn.runners import make_plan
from outlearn.tasks import Example, Split
from outlearn.training import Recipe
from outlearn.world import checkpoint

VOCAB = 50_257
"""Rows of the embedding, as in GPT-2."""

TOKEN_KINDS = 8_000
"""Kinds of token the texts are cut into: SciQ's then have 23 on average, BoolQ's 157."""

CONTEXT_TOKENS = 1024
HEAD_WIDTH = 64
SHAPES = {"2x64": (2, 64), "4x128": (4, 128), "4x256": (4, 256), "6x384": (6, 384)}
"""Layers and width."""

WORLD = ("xs", "s", "m", "l")
METHODS = ("naive", "confidence", "product_confidence", "entropy_confidence")
SEEDS = 5


@dataclass(frozen=True, slots=True)
class Stage:
    """One task with its models: everything an experiment is stated with."""

    name: str
    base: Path
    """Folder that names of models and files start from."""

    content: Mapping[str, object]
    """The spec, less its models and methods."""

    models: Mapping[str, Path]
    """What a spec calls each model, smallest first, and its folder."""

    data_dir: Path | None

    @property
    def options(self) -> RunOptions:
        """Return where Outlearn runs."""
        return RunOptions(device="cpu", data_dir=self.data_dir)

    def spec(self, **more: object) -> Spec:
        """Return an experiment of this task."""
        return parse_spec({**self.content, **more}, source=self.name)

    def pairs(self) -> list[tuple[str, str]]:
        """Return every teacher with every larger student."""
        names = list(self.models)
        return [(one, other) for place, one in enumerate(names) for other in names[place + 1 :]]


def stage(task: str, *, mirror: Path, folder: Path, precision: str = "float32") -> Stage:
    """Return a task's texts, models and sizes; what must lie on disk is put into the folder.

    Args:
        task: "sciq", "boolq" or "world".
        mirror: Holds `hub/` and `files/`.
        folder: Where models are saved; those that are there already are used.
        precision: Of Outlearn's recipe.

    Raises:
        DataError: If the mirror lacks the task.
    """
    recipe = {"learning_rate": 5e-5, "epochs": 2, "batch_size": 32, "precision": precision}
    if task == "world":
        sizes = {"teach": 400, "transfer": 400, "validation": 60, "test": 2000}
        content = {"tasks": ["world"], "sizes": sizes, "recipe": recipe | {"epochs": 3}}
        found = {f"world/{size}": checkpoint(size) for size in WORLD}
        return Stage(task, folder, content, found, None)
    rows, asked = _rows(mirror)[task], {}
    # BoolQ has 3,270 rows here, 38 % of them "no": larger parts could not be balanced.
    half, held_out, tested = (1000, 200, 500) if task == "sciq" else (750, 160, 400)
    if task == "sciq":
        asked = {"name": f"file:{rows}", "group": "group"}
    else:
        asked = {"name": "boolq", "train": "validation", "test": ""}
    sizes = {"teach": half, "transfer": half, "validation": held_out, "test": tested, "test_frac": 0.18}
    content = {
        "tasks": [asked],
        "sizes": {**sizes, "validation_frac": 0.12},
        "recipe": {**recipe, "max_tokens": 256, "long_texts": "cut_start"},
    }
    return Stage(task, folder, content, _save_models(mirror, folder), mirror / "hub")


def _rows(mirror: Path) -> dict[str, Path]:
    """Return the file of each task's rows."""
    files = {
        "sciq": mirror / "files/sciq_pairs.jsonl.xz",
        "boolq": mirror / "hub/google/boolq/default/validation.jsonl.xz",
    }
    for task, file in files.items():
        if not file.is_file():
            raise DataError(
                f"{mirror} has no {file.relative_to(mirror)}, the rows of {task}; give a mirror that has"
            )
    return {task: file.resolve() for task, file in files.items()}


def _save_models(mirror: Path, folder: Path) -> dict[str, Path]:
    tokenizer: Any = None
    for name, (layers, width) in SHAPES.items():
        if not (folder / name / "tokenizer_config.json").is_file():
            tokenizer = tokenizer or _tokenizer([one for own in texts_of(mirror).values() for one in own])
            with quiet():
                _new_model(layers, width, end=tokenizer.eos_token_id).save_pretrained(folder / name)
                tokenizer.save_pretrained(folder / name)
    return {f"./{name}": folder / name for name in SHAPES}


def _tokenizer(texts: list[str]) -> Any:
    from transformers import AutoTokenizer

    with tempfile.TemporaryDirectory() as folder, quiet():
        save_tiny("gpt2", Path(folder), vocab_texts=texts, vocab_size=TOKEN_KINDS)
        return AutoTokenizer.from_pretrained(folder, local_files_only=True, model_max_length=CONTEXT_TOKENS)


def texts_of(mirror: Path) -> dict[str, list[str]]:
    """Return each task's texts: a pair of SciQ, a passage of BoolQ with its question."""
    found = {}
    for task, file in _rows(mirror).items():
        with lzma.open(file, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        found[task] = [
            row["text"] if "text" in row else f"{row['passage']}\n\n{row['question']}" for row in rows
        ]
    return found


def _new_model(layers: int, width: int, *, end: int) -> Any:
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(layers)
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=VOCAB,
            n_positions=CONTEXT_TOKENS,
            n_embd=width,
            n_layer=layers,
            n_head=width // HEAD_WIDTH,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            bos_token_id=end,
            eos_token_id=end,
        )
    )


@dataclass(frozen=True, slots=True)
class Given:
    """What the peers are given of an experiment: Outlearn's own parts of the task, and its recipe."""

    parts: Mapping[str, list[dict[str, object]]]
    """Part to its rows: text and label."""

    recipe: Recipe


def given(scene: Stage, *, folder: Path) -> Given:
    """Return the examples of the first seed, as Outlearn parts and cuts them; also written to the folder."""
    names = list(scene.models)
    made = make_plan(
        scene.spec(teachers=names[:1], students=names[-1:]),
        store=None,
        options=scene.options,
        base=scene.base,
    )
    split: Split = made.resolved.tasks[0].splits[0]
    parts = {name: [_row(example) for example in examples] for name, examples in split.parts.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in parts.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return Given(parts, made.resolved.students[0].recipe)


def _row(example: Example) -> dict[str, object]:
    return {"text": example.text, "label": example.gold}


def grid_graphs(scene: Stage) -> list[Graph]:
    """Return the graphs that together are the grid: every teacher with every larger student."""
    names = list(scene.models)
    graphs = []
    for place, teacher in enumerate(names[:-1]):
        spec = scene.spec(teachers=[teacher], students=names[place + 1 :], methods=list(METHODS), seeds=SEEDS)
        graphs.append(make_plan(spec, store=None, options=scene.options, base=scene.base).graph)
    return graphs
