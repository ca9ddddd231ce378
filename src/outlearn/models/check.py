"""The promises every model must keep, as one public check for a new architecture.

Each failed promise is one that has cost somebody a result: a read-out that moves when a text ends in "!",
dropout that is on in one half of a comparison, gradient checkpointing that is asked for and silently off.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float32, Int64
from torch import Tensor

from outlearn.core import ModelError, derive
from outlearn.models.classifier import Classifier, enable_checkpointing, load_classifier
from outlearn.models.encoders import load_encoder
from outlearn.models.source import ModelSource
from outlearn.models.tokenisation import load_tokenizer, tokenise
from outlearn.models.tokens import Tokens

TEXTS = (
    "The old wall is good.",
    "Is it true that birds sing and rivers run when the grey cats sleep? yes",
    "no",
    "7 grey cats!!",
)
TOLERANCE = 1e-4
LONGEST_TOKENS = 64


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    ids: Int64[Tensor, "b t"]
    lengths: Int64[Tensor, "b"]


def check_model(source: ModelSource, *, texts: Sequence[str] = TEXTS) -> None:
    """Check that a model loads, reads out where it should, is deterministic and trains, checkpointed or not.

    A model of images is not trained: that it loads and reads every image alike is all that is checked.

    Args:
        source: From `open_model`.
        texts: A few texts of different lengths that the tokenizer knows.

    Raises:
        ModelError: On the first promise the model breaks; the message says which.
    """
    if source.reads_images:
        _check_images(source)
        return
    tokens = _tokens(source, texts)
    classifier = load_classifier(source, num_classes=2, head_init="zero")
    _fill_head(classifier)
    rows = [torch.from_numpy(tokens.row(index).astype("int64")) for index in range(len(tokens))]
    _check_readout(source, classifier, rows)
    _check_deterministic(source, classifier, _padded(rows, fill=0))
    _check_gradients(source, classifier, _padded(rows, fill=0))


def _check_images(source: ModelSource) -> None:
    """Check that what a model gives of an image is finite, repeats itself and depends on that image alone."""
    how = source.images[0].preparation
    rows, columns = how.crop or (how.resize if len(how.resize) == 2 else (32, 32))
    drawn = torch.Generator().manual_seed(derive(0, "check_model"))
    pixels = torch.randn(4, len(how.mean), rows, columns, generator=drawn)
    encoder = load_encoder(source)
    with torch.inference_mode():
        first, again = encoder(pixels), encoder(pixels)
        alone = torch.cat([encoder(one[None]) for one in pixels])
    if not bool(first.isfinite().all()):
        raise _broken(source, "what it gives of an image is finite")
    _expect_equal(source, again, first, promise="two passes agree")
    _expect_equal(source, alone, first, promise="what it gives of an image does not depend on its batch")


def _check_readout(source: ModelSource, classifier: Classifier, rows: list[Tensor]) -> None:
    with torch.no_grad():
        alone = _alone(classifier, rows)
        for fill in (0, int(rows[0][0]), int(rows[0][-1])):
            _expect_equal(
                source,
                _logits(classifier, _padded(rows, fill=fill)),
                alone,
                promise=f"a text's logits do not depend on its batch (padded with token {fill})",
            )
        longer = [torch.cat([row, row.new_zeros(1)]) for row in rows]
        alone_longer = _alone(classifier, longer)
        _expect_equal(
            source,
            _logits(classifier, _padded(longer, fill=0)),
            alone_longer,
            promise="a text that ends in token 0 is read out like any other",
        )
        if not classifier.reads_first and torch.equal(alone_longer, alone):
            raise _broken(source, "a causal model is read out at the last token, be it token 0")


def _check_deterministic(source: ModelSource, classifier: Classifier, batch: _Batch) -> None:
    with torch.no_grad():
        classifier.train()
        first, again = _logits(classifier, batch), _logits(classifier, batch)
        classifier.eval()
        still = _logits(classifier, batch)
        classifier.train()
    _expect_equal(source, again, first, promise="two passes in train mode agree, dropout being 0")
    _expect_equal(source, still, first, promise="train mode and eval mode agree, dropout being 0")


def _check_gradients(source: ModelSource, classifier: Classifier, batch: _Batch) -> None:
    plain = _gradients(classifier, batch)
    for name, parameter in classifier.backbone.named_parameters():
        key = f"backbone.{name}"
        if key in plain and not bool(plain[key].isfinite().all()):
            raise _broken(source, f"gradients are finite (that of {name} is not)")
        if key not in plain and _matters(classifier, parameter, batch):
            raise _broken(source, f"a gradient reaches every weight the logits depend on ({name} has none)")
    enable_checkpointing(classifier)
    calls = _CallCount(classifier)
    logits = _logits(classifier, batch)
    forward = calls.total
    logits.square().mean().backward()  # type: ignore[no-untyped-call]
    calls.remove()
    if calls.total == forward:
        raise _broken(
            source, "gradient checkpointing computes blocks again in the backward pass (it computed none)"
        )
    checkpointed = _taken_gradients(classifier)
    for name, gradient in plain.items():
        scale = float(gradient.abs().max()) + 1e-8
        if name not in checkpointed or float((checkpointed[name] - gradient).abs().max()) > TOLERANCE * scale:
            raise _broken(source, f"checkpointed gradients equal plain ones (that of {name} differs)")


class _CallCount:
    """Counts the calls of the innermost modules while it is in place."""

    def __init__(self, classifier: Classifier) -> None:
        self.total = 0
        leaves = [module for module in classifier.backbone.modules() if not any(module.children())]
        self._hooks = [module.register_forward_hook(self._count) for module in leaves]

    def _count(self, *_: object) -> None:
        self.total += 1

    def remove(self) -> None:
        for hook in self._hooks:
            hook.remove()


def _gradients(classifier: Classifier, batch: _Batch) -> dict[str, Tensor]:
    _logits(classifier, batch).square().mean().backward()  # type: ignore[no-untyped-call]
    return _taken_gradients(classifier)


def _taken_gradients(classifier: Classifier) -> dict[str, Tensor]:
    taken = {name: p.grad for name, p in classifier.named_parameters() if p.grad is not None}
    classifier.zero_grad(set_to_none=True)
    return taken


def _matters(classifier: Classifier, parameter: Tensor, batch: _Batch) -> bool:
    """Return whether the logits move with the parameter."""
    with torch.no_grad():
        before = _logits(classifier, batch)
        kept = parameter.clone()
        parameter.mul_(1.5).add_(0.1)
        after = _logits(classifier, batch)
        parameter.copy_(kept)
    return not torch.equal(before, after)


def _tokens(source: ModelSource, texts: Sequence[str]) -> Tokens:
    limit = min(source.context_tokens or LONGEST_TOKENS, LONGEST_TOKENS) - 1
    ids = [f"text {index}" for index in range(len(texts))]
    return tokenise(load_tokenizer(source), texts, ids=ids, max_tokens=limit, long_texts="cut_start")


def _fill_head(classifier: Classifier) -> None:
    # A zero head passes no gradient to the body and shows nothing of the read-out.
    drawn = torch.Generator().manual_seed(derive(0, "check_model"))
    weight = classifier.head.weight
    with torch.no_grad():
        weight.copy_(torch.randn(weight.shape, generator=drawn) / weight.shape[1] ** 0.5)


def _padded(rows: list[Tensor], *, fill: int) -> _Batch:
    return _Batch(
        torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=fill),
        torch.tensor([len(row) for row in rows]),
    )


def _logits(classifier: Classifier, batch: _Batch) -> Float32[Tensor, "b c"]:
    logits: Tensor = classifier(batch.ids, batch.lengths)
    return logits


def _alone(classifier: Classifier, rows: list[Tensor]) -> Float32[Tensor, "b c"]:
    return torch.cat([_logits(classifier, _padded([row], fill=0)) for row in rows])


def _expect_equal(source: ModelSource, got: Tensor, expected: Tensor, *, promise: str) -> None:
    worst = float((got - expected).abs().max())
    if not worst <= TOLERANCE:
        raise _broken(source, f"{promise} (logits differ by {worst:.2g})")


def _broken(source: ModelSource, promise: str) -> ModelError:
    return ModelError(f"model {source.name!r} breaks a promise: {promise}; do not trust its results")
