"""How long a prediction takes with batches of different sizes: what a batch leaves must fit the caches.

    python -m benchmarks.prediction_batches [--into FOLDER]

The world's ladder reads 2,000 texts of its task on one thread; the fastest of a few rounds counts.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from benchmarks.measured import Measured, keep

from outlearn.models import load_classifier, load_tokenizer, open_model, tokenise
from outlearn.tasks import Sources, tasks
from outlearn.training import Placement, Recipe, predict
from outlearn.world import LADDER

BATCH_TOKENS = (512, 1024, 2048, 4096, 8192, 16384)
NUM_TEXTS = 2_000


def main() -> None:
    """Print processor seconds by size of model and of batch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--into", type=Path, default=None, help="folder for the table as JSON")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(f"Predicts {NUM_TEXTS:,} texts {given.rounds} times with each model and size of batch.\n")
    torch.set_num_threads(1)
    texts = [example.text for example in tasks["world"]().draw(Sources(None), 0).train][:NUM_TEXTS]
    rows = tuple(_row(rung.name, texts, rounds=given.rounds) for rung in LADDER)
    found = Measured(
        name="prediction-batches",
        title="Prediction by the size of its batches",
        command="python -m benchmarks.prediction_batches",
        columns=("model", *(f"{tokens:,} tokens, s" for tokens in BATCH_TOKENS), "largest difference"),
        rows=rows,
        notes=(
            "Processor seconds; a batch has at most so many padded tokens; differences are of probabilities.",
        ),
    )
    keep(found, given.into)


def _row(size: str, texts: list[str], *, rounds: int) -> tuple[str | float, ...]:
    source = open_model(f"world/{size}")
    model = load_classifier(source, num_classes=2, head_init="zero")
    torch.manual_seed(0)
    torch.nn.init.normal_(model.head.weight, std=0.1)
    ids = [str(place) for place in range(len(texts))]
    tokens = tokenise(load_tokenizer(source), texts, ids=ids, max_tokens=48, long_texts="refuse")
    fastest = dict.fromkeys(BATCH_TOKENS, float("inf"))
    said = {}
    for _ in range(rounds):
        for most in BATCH_TOKENS:
            start = time.process_time()
            said[most] = predict(model, tokens, recipe=Recipe(), placement=Placement(predict_tokens=most))
            fastest[most] = min(fastest[most], time.process_time() - start)
    apart = max(float(np.abs(one - said[BATCH_TOKENS[0]]).max()) for one in said.values())
    return (f"world/{size}", *fastest.values(), apart)


if __name__ == "__main__":
    main()
