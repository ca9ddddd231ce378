"""What is loaded and tokenised twice: what it takes, what keeping it takes, and how often a run does it.

    python -m benchmarks.reuse                  three tables, about 4 minutes
    python -m benchmarks.reuse --into FOLDER    also as JSON, for benchmarks.performance

The model is a GPT-2 of 6 layers, 384 units and 50,257 words (30 million weights), read from files that are
in the system's cache. Ids are mapped as by a worker that has just started: files are found and checked first.
The run is a grid on the world, 3 students x 4 methods x 3 seeds with one worker, once as it is and once with
nothing kept, as it was before; both write the same results.csv.
"""

import argparse
import contextlib
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from benchmarks.measured import Measured, keep
from tests.tiny_models import save_tiny
from torch import nn

from outlearn.core import generator
from outlearn.experiments import parse_spec
from outlearn.experiments.steps import kept_splits, records
from outlearn.models import ModelSource, backbone, load_tokenizer, open_model, tokenisation
from outlearn.models.backbone import load_backbone
from outlearn.models.kept_models import KeptModels
from outlearn.models.known_tokens import KnownTokens
from outlearn.runners import RunOptions, run

COMMAND = "python -m benchmarks.reuse"
GRID: dict[str, object] = {
    "name": "reuse",
    "tasks": [{"name": "world", "num_train": 1000}],
    "teachers": ["world/xs"],
    "students": ["world/s", "world/m", "world/l"],
    "methods": ["naive", "confidence", "product_confidence", "lp_ft"],
    "seeds": 3,
    "sizes": {"teach": 200, "transfer": 200, "validation": 0, "test": 400},
    "recipe": {"epochs": 1, "batch_size": 32},
}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--into", type=Path, default=None)
    given = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = _model(folder / "model")
        print(f"Loading {source.parameters:,} weights, 3 ways, {given.times} times each.")
        keep(_loading(source, times=given.times), given.into)
        print(f"Tokenising {given.texts:,} texts of two kinds, {given.times} times each.")
        keep(_tokenising(source, folder, num_texts=given.texts, times=given.times), given.into)
        print("Running 36 students of the world twice.")
        keep(_counts(folder), given.into)


def _model(folder: Path) -> ModelSource:
    """Return a GPT-2 of 6 layers, 384 units and 50,257 words, with a tokenizer that knows any text."""
    from transformers import GPT2Config, GPT2LMHeadModel

    save_tiny("gpt2", folder)
    config = GPT2Config(n_layer=6, n_embd=384, n_head=6, vocab_size=50_257, n_positions=1024)
    GPT2LMHeadModel(config).save_pretrained(folder)
    return open_model(str(folder))


def _loading(source: ModelSource, *, times: int) -> Measured:
    def fresh() -> nn.Module:
        with mock.patch.object(backbone, "kept_models", KeptModels(limit=lambda: 0.0)):
            return load_backbone(source)

    load_backbone(source)
    ways: dict[str, Callable[[], nn.Module]] = {
        "read from disk": fresh,
        "restored in memory, to be trained whole": lambda: load_backbone(source),
        "shared, to be trained by LoRA": lambda: load_backbone(source, frozen=True),
    }
    uses = {name: _read if name.startswith("shared") else _write for name in ways}
    used = {name: _median(partial(_used, load, uses[name]), times=times) for name, load in ways.items()}
    rows = [
        (name, _median(load, times=times), used[name], used["read from disk"] / used[name])
        for name, load in ways.items()
    ]
    return Measured(
        name="reuse-weights",
        title="One load of a base model for all its students",
        command=COMMAND,
        columns=("a 6 x 384 model", "seconds to load", "and to use", "times faster"),
        rows=tuple(rows),
        notes=(
            "Files are mapped, and read when weights are first used: to use is to write every weight once, or"
            " under LoRA, which writes to none, to read it.",
            "Weights are kept while they take at most a sixteenth of the memory that is free.",
        ),
    )


def _used(load: Callable[[], nn.Module], use: Callable[[nn.Module], None]) -> None:
    use(load())


def _write(model: nn.Module) -> None:
    with torch.no_grad():
        for value in model.parameters():
            value.mul_(1.0)


def _read(model: nn.Module) -> None:
    for value in model.parameters():
        value.sum()


def _tokenising(source: ModelSource, folder: Path, *, num_texts: int, times: int) -> Measured:
    rng = generator(0, "benchmark", "texts")
    words = ["river", "stone", "teacher", "label", "seven", "winter", "answer", "question", "house"]
    rows = []
    for kind, num_words in (("short texts (12 words)", 12), ("passages (120 words)", 120)):
        picked = rng.choice(words, size=(num_texts, num_words)).tolist()
        texts = [" ".join([*row, str(place)]) for place, row in enumerate(picked)]
        rows += _one_kind(kind, texts, source, folder / f"tokens-{num_words}", times=times)
    return Measured(
        name="reuse-tokens",
        title=f"Token ids of {num_texts:,} texts",
        command=COMMAND,
        columns=("what", "seconds", "times faster"),
        rows=tuple(rows),
        notes=("A byte-level BPE of 320 tokens; one thread.",),
    )


def _one_kind(
    kind: str, texts: Sequence[str], source: ModelSource, folder: Path, *, times: int
) -> list[tuple[str, float, float]]:
    make = partial(tokenisation.encode, load_tokenizer(source))
    first = KnownTokens()
    first.keep_in(folder)

    def asked(known: KnownTokens) -> object:
        return known.rows(texts, tokenizer="0" * 64, make=make)

    def mapped() -> object:
        known = KnownTokens()
        known.keep_in(folder)
        return asked(known)

    asked(first)
    made = _median(lambda: tokenisation.pack(make(texts), num_cut=0), times=times)
    again, inside = _median(mapped, times=times), _median(lambda: asked(first), times=times)
    return [
        (f"{kind}: tokenised", made, 1.0),
        (f"{kind}: mapped by a new worker", again, made / again),
        (f"{kind}: asked for again", inside, made / inside),
    ]


def _counts(folder: Path) -> Measured:
    counted = {}
    tables = {}
    for name, forgetting in (("before", True), ("after", False)):
        counts: Counter[str] = Counter()
        with _counting(counts), _forgetting() if forgetting else contextlib.nullcontext():
            start = time.perf_counter()
            spec = parse_spec(GRID, source="benchmark")
            done = run(spec, store=folder / name, options=RunOptions(device="cpu"))
            counts["seconds of the whole run"] = round(time.perf_counter() - start)
        counted[name], tables[name] = counts, done.results().write_csv()
    same = "are the same to the byte" if tables["before"] == tables["after"] else "DIFFER"
    rows = tuple(
        (what, counted["before"][what], counted["after"][what]) for what in sorted(counted["before"])
    )
    return Measured(
        name="reuse-counts",
        title="How often a run of 36 students does what it could do once",
        command=COMMAND,
        columns=("what", "before", "after"),
        rows=rows,
        notes=(f"The results of both runs {same}.",),
    )


@contextlib.contextmanager
def _counting(counts: Counter[str]) -> Iterator[None]:
    """Count what is done meanwhile."""
    encode, read_model, read_tokenizer = (
        tokenisation.encode,
        backbone.read_pretrained,
        tokenisation._read_tokenizer,
    )
    read_split, read_predictions = kept_splits.read_split, records.pl.read_parquet

    def counted(what: str, do: Callable[..., Any], *given: Any, **more: Any) -> Any:
        counts[what] += 1
        return do(*given, **more)

    def counted_encode(tokenizer: object, texts: Sequence[str], *, marks: bool = True) -> list[list[int]]:
        counts["texts tokenised"] += len(texts)
        return encode(tokenizer, texts, marks=marks)

    noted = partial(counted, "tokenizers read", read_tokenizer)
    with (
        mock.patch.object(tokenisation, "encode", counted_encode),
        mock.patch.object(tokenisation, "_read_tokenizer", noted),
        mock.patch.object(backbone, "read_pretrained", partial(counted, "models read", read_model)),
        mock.patch.object(kept_splits, "read_split", partial(counted, "splits read", read_split)),
        mock.patch.object(records.pl, "read_parquet", partial(counted, "predictions read", read_predictions)),
    ):
        yield


class Unknown(dict[Any, str]):
    """What tokenizers are, told to nobody: texts are then tokenised by whoever asks."""

    def __contains__(self, key: object) -> bool:
        return False


@contextlib.contextmanager
def _forgetting() -> Iterator[None]:
    """Keep nothing meanwhile, as it was before anything was kept."""
    with (
        mock.patch.object(tokenisation, "_loaded", {}),
        mock.patch.object(tokenisation, "_digests", Unknown()),
        mock.patch.object(backbone, "kept_models", KeptModels(limit=lambda: 0.0)),
        mock.patch.object(kept_splits.KeptSplits, "read", lambda _, path: kept_splits.read_split(path)),
        mock.patch.object(records, "_read_predictions", lambda path: records.pl.read_parquet(path)),
    ):
        yield


def _median(do: Callable[[], object], *, times: int) -> float:
    do()
    found = []
    for _ in range(times):
        start = time.perf_counter()
        do()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


if __name__ == "__main__":
    main()
