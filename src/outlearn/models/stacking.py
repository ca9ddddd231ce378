"""Small classifiers of one architecture as one module: what each computes alone, in a few large operations.

Everything in a body but its weights treats texts one by one, so the texts of k models stand side by side as
one batch, those of each model next to each other. Only modules that hold weights need to know whose text is
whose: tables, products of matrices and norms are replaced by their like with weights [k ...].

Letters in shapes: k models, b texts of one of them, t tokens of the longest, h and o units, c classes.
Importing this module imports torch.
"""

import copy
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import torch
from jaxtyping import Float, Float32, Int, Shaped
from torch import Tensor, nn
from torch.nn import functional

from outlearn.models.classifier import Classifier


class Stack(nn.Module):
    """Several classifiers of one architecture, side by side.

    Args:
        models: What it starts from, each with weights of its own; they are left as they are.
    """

    def __init__(self, models: Sequence[Classifier]) -> None:
        super().__init__()
        self.num_models = len(models)
        self.together = copy.deepcopy(models[0])
        # Side by side: end to end, the texts of one model would have more tokens than those of another.
        if self.together.packs:
            self.together.packs = False
            self.together.backbone.config._attn_implementation = "sdpa"
        for name, module in list(self.together.named_modules()):
            if any(True for _ in module.parameters(recurse=False)):
                above, _, own = name.rpartition(".")
                stacked = _stacked([model.get_submodule(name) for model in models])
                setattr(self.together.get_submodule(above), own, stacked)
        self.tables = [one for one in self.together.modules() if isinstance(one, _Tables)]

    def forward(self, ids: Int[Tensor, "kb t"], lengths: Int[Tensor, " kb"]) -> Float32[Tensor, "k b c"]:
        """Return every model's logits of its own texts.

        Args:
            ids: Token ids, padded on the right; the texts of each model next to each other.
            lengths: Number of real tokens of each text.
        """
        for table in self.tables:
            table.num_texts = len(ids)
        logits: Tensor = self.together.head(self.together.features(ids, lengths))
        return logits.view(self.num_models, -1, logits.shape[-1])

    @torch.no_grad()
    def give_back(self, models: Sequence[Classifier]) -> None:
        """Have each model hold the weights that it has here."""
        trained = dict(self.together.named_parameters())
        for place, model in enumerate(models):
            for name, value in model.named_parameters():
                value.copy_(trained[name][place][: len(value)])


def can_stack(model: nn.Module) -> bool:
    """Return whether a `Stack` can be made of such models."""
    if not isinstance(model, Classifier) or not all(value.requires_grad for value in model.parameters()):
        return False
    return all(_kind(one) for one in _with_weights(model))


def _with_weights(model: nn.Module) -> Iterator[nn.Module]:
    return (one for one in model.modules() if any(True for _ in one.parameters(recurse=False)))


def _kind(module: nn.Module) -> str:
    """Return what the module does with its weights; empty if that is not known."""
    name = type(module).__name__
    if isinstance(module, nn.Embedding) and module.max_norm is None:
        return "table"
    if type(module) is nn.Linear or name == "Conv1D":
        return "product"
    if type(module) is nn.LayerNorm or (name.endswith("RMSNorm") and hasattr(module, "variance_epsilon")):
        return "norm"
    return ""


def _stacked(modules: Sequence[Any]) -> nn.Module:
    first, weight = modules[0], torch.stack([module.weight.detach() for module in modules])
    held = getattr(first, "bias", None) is not None
    bias = torch.stack([module.bias.detach() for module in modules]) if held else None
    match _kind(first):
        case "table":
            return _Tables(weight, unlearnt=first.padding_idx)
        case "product":
            return _Products(weight, bias, outputs_first=isinstance(first, nn.Linear))
        case _:
            centred = isinstance(first, nn.LayerNorm)
            return _Norms(weight, bias, eps=first.eps if centred else first.variance_epsilon, centred=centred)


LANES = 16
"""Numbers that AdamW's kernel treats at a time on a CPU; it rounds those left over at the end otherwise."""


def _held(values: Float[Tensor, "k x *y"]) -> nn.Parameter:
    """Return the weights as a parameter, with zeros after each model's where any would be left over."""
    extra = -values.shape[1] % LANES if values[0].numel() % LANES else 0
    return nn.Parameter(functional.pad(values, [0, 0] * (values.ndim - 2) + [0, extra]))


def _own(held: Float[Tensor, "k x *y"], size: int) -> Float[Tensor, "k z *y"]:
    """Return the weights without such rows."""
    return held if held.shape[1] == size else held[:, :size]


class _Tables(nn.Module):
    """Embeddings."""

    def __init__(self, weight: Float[Tensor, "k v h"], *, unlearnt: int | None) -> None:
        super().__init__()
        self.weight = _held(weight)
        self.num_texts = 0
        if unlearnt is not None:  # the row of the padding, as in `nn.Embedding`
            self.weight.register_post_accumulate_grad_hook(partial(_forget, row=unlearnt))  # type: ignore[no-untyped-call]

    def forward(self, ids: Int[Tensor, "x t"]) -> Float[Tensor, "kb t h"]:
        num_models, num_rows, width = self.weight.shape
        if len(ids) != self.num_texts:  # positions, which are told once for all texts
            ids = ids.expand(self.num_texts, -1)
        offsets = torch.arange(num_models, device=ids.device)[:, None] * num_rows
        rows = (ids.reshape(num_models, -1) + offsets).view(ids.shape)
        return functional.embedding(rows, self.weight.view(num_models * num_rows, width))


def _forget(held: Tensor, *, row: int) -> None:
    assert held.grad is not None
    held.grad[:, row] = 0


class _Products(nn.Module):
    """Products of matrices."""

    def __init__(
        self, weight: Float[Tensor, "k x y"], bias: Float[Tensor, "k o"] | None, *, outputs_first: bool
    ) -> None:
        super().__init__()
        self.weight = _held(weight) if outputs_first else nn.Parameter(weight)
        self.bias = None if bias is None else _held(bias)
        self.outputs_first, self.num_outputs = outputs_first, weight.shape[1 if outputs_first else 2]

    def forward(self, given: Float[Tensor, "kb *t h"]) -> Float[Tensor, "kb *t o"]:
        rows = given.reshape(len(self.weight), -1, given.shape[-1])
        weight = _own(self.weight, self.num_outputs).mT if self.outputs_first else self.weight
        if self.bias is None:
            found = rows.bmm(weight)
        else:
            found = torch.baddbmm(_own(self.bias, self.num_outputs)[:, None], rows, weight)
        return found.view(*given.shape[:-1], -1)


class _Norms(nn.Module):
    """LayerNorm, or RMSNorm where it is not centred."""

    def __init__(
        self, weight: Float[Tensor, "k h"], bias: Float[Tensor, "k h"] | None, *, eps: float, centred: bool
    ) -> None:
        super().__init__()
        self.weight = _held(weight)
        self.bias = None if bias is None else _held(bias)
        self.eps, self.centred = eps, centred

    def forward(self, given: Shaped[Tensor, "kb *t h"]) -> Shaped[Tensor, "kb *t h"]:
        norm = functional.layer_norm if self.centred else functional.rms_norm
        rows = norm(given, given.shape[-1:], eps=self.eps).reshape(len(self.weight), -1, given.shape[-1])
        found = rows * _own(self.weight, given.shape[-1])[:, None]
        if self.bias is not None:
            found = found + _own(self.bias, given.shape[-1])[:, None]
        return found.view(given.shape)
