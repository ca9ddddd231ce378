"""The field's usual loops, written from their descriptions: how two public codebases and a plain loop train.

    OAI     the code beside the paper: rows one by one or a few at a time, all their graphs held until one
            backward pass a step; evaluated at the end
    EAI     Eleuther's: rows one by one, each with its own backward pass; evaluated every 25 steps
    plain   what a careful user would write: one forward pass a batch, texts of similar length together

All train the same function as Outlearn does (a body, one read-out position, a linear head at 0, AdamW, the
recipe's learning rates and clipping), so that only the way differs. Shapes: b rows, t tokens, c classes.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from outlearn.models.quiet import quiet
from outlearn.training import Recipe, batches, learning_rate_at


class PeerClassifier(nn.Module):
    """A body as transformers loads it, and a linear head, read at each text's last token, one text at a time.

    Args:
        folder: A checkpoint.
        num_classes: Number of logits.
    """

    def __init__(self, folder: Path, *, num_classes: int = 2) -> None:
        from transformers import AutoModel

        super().__init__()
        with quiet():
            self.body: Any = AutoModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
        self.body.config.use_cache = False
        for module in self.body.modules():
            if isinstance(module, nn.Dropout):  # as OAI's code does it, by other means; Outlearn has none
                module.p = 0.0
        self.head = nn.Linear(self.body.config.hidden_size, num_classes)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, ids: Tensor, lengths: Sequence[int]) -> Tensor:
        """Return logits [b c] of right-padded ids [b t]."""
        hidden = self.body(input_ids=ids).last_hidden_state
        last = torch.stack([hidden[row, length - 1] for row, length in enumerate(lengths)])
        return self.head(last.float())


@dataclass(frozen=True, slots=True)
class Rows:
    """Texts as token ids, and what they are to be trained towards."""

    ids: list[list[int]]
    labels: Tensor
    """Probabilities [n c]."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def lengths(self) -> np.ndarray:
        """Return the number of tokens of every text."""
        return np.array([len(one) for one in self.ids])


Step = Callable[[PeerClassifier, Rows, np.ndarray], Tensor]
"""(model, rows, the batch) to the batch's loss, its gradient added to the parameters."""

Orders = Callable[..., list[np.ndarray]]
"""(rows, recipe=, seed=) to the rows of every step."""


def logits_of(model: PeerClassifier, rows: Rows, chosen: np.ndarray) -> Tensor:
    """Return logits of some rows, padded to the longest of them."""
    texts = [rows.ids[row] for row in chosen.tolist()]
    longest = max(map(len, texts))
    ids = torch.tensor([text + [0] * (longest - len(text)) for text in texts])
    return model(ids, [len(text) for text in texts])


def loss_of(logits: Tensor, labels: Tensor) -> Tensor:
    """Return each row's cross-entropy towards its soft label, in nats."""
    return -(labels * logits.float().log_softmax(-1)).sum(-1)


# --- how one batch's gradient is made -----------------------------------------------------------------------


def deferred(rows_a_forward: int) -> Step:
    """Return OAI's step: a few rows a forward pass, every graph held, then one backward pass for all."""

    def step(model: PeerClassifier, rows: Rows, chosen: np.ndarray) -> Tensor:
        starts = range(0, len(chosen), rows_a_forward)
        logits = [logits_of(model, rows, chosen[start : start + rows_a_forward]) for start in starts]
        loss = loss_of(torch.cat(logits), rows.labels[chosen]).mean()
        torch.autograd.backward(loss)
        return loss.detach()

    return step


def accumulated(model: PeerClassifier, rows: Rows, chosen: np.ndarray) -> Tensor:
    """Take EAI's step: one row a forward pass, and its backward pass at once."""
    total = torch.zeros(())
    for row in chosen:
        one = np.array([row])
        loss = loss_of(logits_of(model, rows, one), rows.labels[one]).sum() / len(chosen)
        torch.autograd.backward(loss)
        total += loss.detach()
    return total


def whole(precision: str) -> Step:
    """Return the plain step: one forward and one backward pass a batch, in bfloat16 if so named."""

    def step(model: PeerClassifier, rows: Rows, chosen: np.ndarray) -> Tensor:
        with arithmetic(precision):
            logits = logits_of(model, rows, chosen)
        loss = loss_of(logits, rows.labels[chosen]).mean()
        torch.autograd.backward(loss)
        return loss.detach()

    return step


def arithmetic(precision: str) -> Any:
    """Return the context of a forward pass."""
    return torch.autocast("cpu", dtype=torch.bfloat16) if precision == "bfloat16" else nullcontext()


# --- which rows are in a batch ------------------------------------------------------------------------------


def shuffled(rows: Rows, *, recipe: Recipe, seed: int) -> list[np.ndarray]:
    """Return Outlearn's own batches."""
    return list(batches(len(rows), batch_size=recipe.batch_size, epochs=recipe.epochs, seed=seed))


def by_length(rows: Rows, *, recipe: Recipe, seed: int) -> list[np.ndarray]:
    """Return batches of texts of similar length, as many as Outlearn's, in a new order each epoch."""
    order = np.argsort(rows.lengths, kind="stable")
    cut = [order[start : start + recipe.batch_size] for start in range(0, len(rows), recipe.batch_size)]
    rng = np.random.default_rng(seed)
    return [cut[place] for _ in range(recipe.epochs) for place in rng.permutation(len(cut))]


# --- training and asking ------------------------------------------------------------------------------------


def train(
    model: PeerClassifier,
    rows: Rows,
    order: Sequence[np.ndarray],
    *,
    step: Step,
    recipe: Recipe,
    optimiser: torch.optim.Optimizer,
) -> Iterator[float]:
    """Yield the loss of each step once it is taken, in nats.

    Args:
        model: Trained in place.
        rows: What it may be trained on.
        order: The rows of every step.
        step: How a batch's gradient is made.
        recipe: Learning rates and clipping.
        optimiser: From `adamw`.
    """
    for number, chosen in enumerate(order):
        optimiser.zero_grad(set_to_none=True)
        loss = step(model, rows, chosen)
        torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip_norm)
        for group in optimiser.param_groups:
            group["lr"] = learning_rate_at(number, num_steps=len(order), recipe=recipe)
        optimiser.step()
        yield loss.item()


def adamw(model: PeerClassifier, recipe: Recipe) -> torch.optim.AdamW:
    """Return AdamW with torch's defaults but for the recipe's numbers."""
    return torch.optim.AdamW(model.parameters(), lr=recipe.peak(), weight_decay=recipe.weight_decay)


def ask(
    model: PeerClassifier, rows: Rows, chosen: np.ndarray, *, rows_a_forward: int, precision: str = "float32"
) -> Tensor:
    """Return probabilities [b c] of some rows, in the order given."""
    said = []
    with torch.no_grad(), arithmetic(precision):
        for start in range(0, len(chosen), rows_a_forward):
            logits = logits_of(model, rows, chosen[start : start + rows_a_forward])
            said.append(logits.float().softmax(-1))
    return torch.cat(said)
