"""A tiny pretrained classifier and texts of many lengths, for tests that train."""

import copy
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import torch

from outlearn.models import Classifier, Tokens, load_classifier, load_tokenizer, open_model, tokenise
from outlearn.training import Loss, Placement, Recipe, confidence_targets, cross_entropy
from tests.tiny_models import save_tiny

torch.set_num_threads(1)

NUM_EXAMPLES = 20
UNWEIGHED = np.ones(NUM_EXAMPLES)
RECIPE = Recipe(learning_rate=3e-3, epochs=2, batch_size=8)
ONE_PIECE = Placement(train_tokens=10**6)

NAIVE = Loss(per_example=cross_entropy)
CONFIDENCE = Loss(
    per_example=cross_entropy,
    retarget=lambda logits, weak, progress: confidence_targets(logits, weak, quotas=weak.sum(0), weight=0.6),
)


@cache
def _loaded(kind: str) -> tuple[Classifier, Tokens]:
    with tempfile.TemporaryDirectory() as folder:
        source = open_model(str(save_tiny(kind, Path(folder), hidden=32)))
        classifier = load_classifier(source, num_classes=2, head_init="zero")
        words = ["yes", "no", "true", "false", "good", "bad", "question", "answer", "cats", "sing!"]
        texts = [
            " ".join(words[(row * 7 + place) % len(words)] for place in range(1 + row % 9))
            for row in range(NUM_EXAMPLES)
        ]
        tokens = tokenise(
            load_tokenizer(source),
            texts,
            ids=[str(row) for row in range(NUM_EXAMPLES)],
            max_tokens=64,
            long_texts="refuse",
        )
    return classifier, tokens


def texts(kind: str = "gpt2") -> Tokens:
    """Return the tokens of 20 texts."""
    return _loaded(kind)[1]


def classifier(kind: str = "gpt2", *, head: str = "random") -> Classifier:
    """Return a fresh copy of the classifier; a zero head would hide what its body does in the first step."""
    fresh = copy.deepcopy(_loaded(kind)[0])
    if head == "random":
        drawn = torch.Generator().manual_seed(0)
        with torch.no_grad():
            fresh.head.weight.copy_(torch.randn(fresh.head.weight.shape, generator=drawn) * 0.3)
    return fresh


def soft_labels() -> np.ndarray:
    """Return soft labels of the 20 texts, a little more often of the second class."""
    positive = np.random.default_rng(0).beta(1.2, 0.8, size=NUM_EXAMPLES)
    return np.stack([1 - positive, positive], axis=1)


def weights(model: Classifier) -> dict[str, torch.Tensor]:
    """Return copies of all weights by name."""
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def gradients(model: Classifier) -> dict[str, torch.Tensor]:
    """Return copies of all gradients by name."""
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def assert_same_weights(one: torch.nn.Module, other: torch.nn.Module) -> None:
    """Return if all weights of two models are the same bits."""
    found, expected = one.state_dict(), other.state_dict()
    assert found.keys() == expected.keys()
    different = [name for name, value in found.items() if not torch.equal(value, expected[name])]
    assert different == []


class Killed(Exception):  # noqa: N818
    """What a test raises where a process would die."""


def dying(folder: Path, *, after: int) -> Placement:
    """Return a placement that keeps checkpoints and dies after a step; after step 0 it lives."""

    def on_step(step: int, num_steps: int) -> None:
        if step == after:
            raise Killed

    return Placement(scratch=folder, checkpoint_every_s=0.0, on_step=on_step)


class _Kept:
    """A tensor kept for the backward pass, counted while it is alive."""

    def __init__(self, tensor: torch.Tensor, meter: "_Meter") -> None:
        self.tensor = tensor
        self.meter = meter
        self.num_bytes = tensor.numel() * tensor.element_size()
        meter.now += self.num_bytes
        meter.peak = max(meter.peak, meter.now)

    def __del__(self) -> None:
        self.meter.now -= self.num_bytes


class _Meter:
    now = 0
    peak = 0


def peak_saved_bytes(model: Classifier, work: Callable[[], object]) -> int:
    """Return the most bytes that were kept for a backward pass at one time; weights do not count."""
    own = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    meter = _Meter()

    def pack(tensor: torch.Tensor) -> object:
        return tensor if tensor.untyped_storage().data_ptr() in own else _Kept(tensor, meter)

    def unpack(kept: object) -> torch.Tensor:
        return kept.tensor if isinstance(kept, _Kept) else kept

    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        work()
    return meter.peak
