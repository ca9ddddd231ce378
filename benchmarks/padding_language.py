"""What language models read of padding where they are tuned, asked and where they write, and what it costs.

    python -m benchmarks.padding_language --mirror MIRROR [--into FOLDER]

A model of GPT-2's shape, 6 layers 384 wide, on texts of SciQ (short) and BoolQ (long): tuned on whole texts,
trained on answers of two tokens, asked without shots and after five, and made to write. Texts are read end to
end, and once more side by side, padded, in turn and in one process; the least of a few rounds counts.

Padding is counted where it would be paid for: tokens given to the first block, less real ones, in per cent of
the real ones. Of writing only the prompts count.
"""

import argparse
import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from benchmarks.measured import Measured, keep
from benchmarks.peer_material import stage, texts_of
from torch import nn

from outlearn.core import generator
from outlearn.models import (
    ModelSource,
    PromptTokens,
    Tokens,
    load_answer_model,
    load_likelihood,
    load_tokenizer,
    open_model,
    scored_tokens,
    tokenise,
)
from outlearn.training import Loss, Placement, Recipe, Scored, answer_scores, complete, train

MODEL = "./6x384"
BATCH = 32
STEPS = {"sciq": 4, "boolq": 1}
"""Optimiser steps of a measurement."""

ASKED = {"sciq": 320, "boolq": 48}
SHOTS = 5
LONGEST_PREFIX = 640
ANSWER_TOKENS = 2
WRITTEN_TOKENS = 4
READ = {"end to end": contextlib.nullcontext, "padded": lambda: mock.patch(FAMILIES, frozenset())}
"""How texts are read."""

FAMILIES = "outlearn.models.packing.FAMILIES"
LIKELIHOOD = Loss(per_example=lambda likelihoods, _: -likelihoods[:, 0])


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Texts, and what a model does with them."""

    name: str
    what: str
    real: int
    """Tokens that have to be read."""

    load: Callable[[], nn.Module]
    work: Callable[[nn.Module], object]


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mirror", type=Path, required=True, help="folder that holds hub/ and files/")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", default="", help="what a case's name or work begins with")
    parser.add_argument("--into", type=Path, default=None, help="folder for the table as JSON")
    given = parser.parse_args()
    print(f"Tunes, asks and has write a language model {given.rounds} times, padded and end to end.\n")
    torch.set_num_threads(given.threads)
    recipe = Recipe.model_validate(
        {"learning_rate": 1e-5, "epochs": 1, "batch_size": BATCH, "precision": given.precision}
    )
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for case in _cases(given.mirror, Path(folder), recipe):
            if case.name.startswith(given.only) or case.what.startswith(given.only):
                rows.append(_row(case, rounds=given.rounds))
                print(rows[-1], flush=True)
    found = Measured(
        name=f"padding-language-{given.precision}",
        title=f"Padding of language models, {given.precision}",
        command=f"python -m benchmarks.padding_language --mirror MIRROR --precision {given.precision}",
        columns=(
            "texts",
            "what is done",
            "real tokens",
            "padding, %",
            "once padded, %",
            "s",
            "once padded, s",
            "times faster",
        ),
        rows=tuple(rows),
        notes=(
            f"Processor seconds, the least of {given.rounds} rounds; training in batches of {BATCH}, with the"
            " optimiser; prompts of five shots share their beginning, which is read once. Models write as"
            " transformers has it, padded.",
        ),
    )
    keep(found, given.into)


def _cases(mirror: Path, folder: Path, recipe: Recipe) -> Iterator[Case]:
    for task, steps in STEPS.items():
        source = open_model(str(stage(task, mirror=mirror, folder=folder).models[MODEL]))
        texts = _texts(source, texts_of(mirror)[task], number=steps * BATCH)
        ends = texts.lengths.astype(np.int64) - ANSWER_TOKENS
        yield _tuned(task, "reads to be tuned", source, Scored(texts, 0 * ends), recipe)
        yield _tuned(task, "reads to learn answers", source, Scored(texts, ends), recipe)
        asked = _texts(source, texts_of(mirror)[task], number=ASKED[task] + SHOTS)
        shots = np.concatenate([asked.row(row) for row in range(SHOTS)])[:LONGEST_PREFIX].astype(np.int64)
        queries = Tokens(asked.ids, asked.lengths[SHOTS:], asked.starts[SHOTS:], num_cut=0)
        yield _asked(task, "reads to be asked", source, PromptTokens(shots[:0], queries, (5, 6)), recipe)
        yield _asked(
            task,
            f"reads to be asked after {SHOTS} shots",
            source,
            PromptTokens(shots, queries, (5, 6)),
            recipe,
        )
        yield _written(task, source, queries, recipe)


def _texts(source: ModelSource, texts: list[str], *, number: int) -> Tokens:
    order = generator(0, "benchmark", "texts").permutation(len(texts))[:number]
    return tokenise(
        load_tokenizer(source),
        [texts[place] for place in order],
        ids=[str(place) for place in order],
        max_tokens=256,
        long_texts="cut_start",
    )


def _tuned(task: str, what: str, source: ModelSource, texts: Scored, recipe: Recipe) -> Case:
    scored = float(scored_tokens(texts.lengths, starts=texts.firsts).mean())

    def work(model: nn.Module) -> object:
        return train(
            model,
            texts,
            np.ones((len(texts), 1)),
            weights=np.ones(len(texts)),
            loss=LIKELIHOOD,
            recipe=recipe,
            seed=0,
            placement=Placement(),
        )

    real = int(texts.lengths.sum())
    return Case(task, what, real, lambda: load_likelihood(source, per_tokens=scored), work)


def _asked(task: str, what: str, source: ModelSource, prompts: PromptTokens, recipe: Recipe) -> Case:
    real = len(prompts.prefix) + int(prompts.queries.lengths.sum())
    return Case(
        task,
        what,
        real,
        lambda: load_answer_model(source, answers=prompts.answers),
        lambda model: answer_scores(model, prompts, recipe=recipe, placement=Placement()),  # type: ignore[arg-type]
    )


def _written(task: str, source: ModelSource, prompts: Tokens, recipe: Recipe) -> Case:
    def work(model: nn.Module) -> object:
        return complete(
            model,  # type: ignore[arg-type]
            prompts,
            tokenizer=load_tokenizer(source),
            max_answer_tokens=WRITTEN_TOKENS,
            ends="line",
            recipe=recipe,
            placement=Placement(),
        )

    return Case(
        task,
        f"writes {WRITTEN_TOKENS} tokens",
        int(prompts.lengths.sum()),
        lambda: load_likelihood(source, per_tokens=1.0, frozen=True),
        work,
    )


def _row(case: Case, *, rounds: int) -> tuple[str | int | float, ...]:
    models = {}
    for how, reading in READ.items():
        with reading():
            models[how] = case.load()
    padding, seconds = dict.fromkeys(READ, 0.0), dict.fromkeys(READ, float("inf"))
    for _ in range(rounds):
        for how, model in models.items():
            with _tokens_read(model) as read:
                start = time.process_time()
                case.work(model)
                seconds[how] = min(seconds[how], time.process_time() - start)
            # The last round counts: training begins with a measurement of memory that is made once.
            padding[how] = 100 * (sum(read) / case.real - 1)
    ours, padded = (seconds[how] for how in READ)
    shares = [round(padding[how], 1) for how in READ]
    return case.name, case.what, case.real, *shares, round(ours, 3), round(padded, 3), round(padded / ours, 2)


@contextlib.contextmanager
def _tokens_read(model: nn.Module) -> Iterator[list[int]]:
    """Give a list that grows by the tokens of texts that the first block is given at each forward pass."""
    read: list[int] = []

    def note(_: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        rows, tokens = given[0].shape[:2]
        read.append(rows * tokens if tokens > 1 else 0)

    first = next(one for one in model.modules() if isinstance(one, nn.ModuleList))[0]
    hook = first.register_forward_pre_hook(note)
    try:
        yield read
    finally:
        hook.remove()


if __name__ == "__main__":
    main()
