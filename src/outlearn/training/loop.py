"""THE training loop. Every role (teacher, ceiling, student) and every method is trained by this function.

    for each batch (its members follow from the seed):
        1. targets: the labels, or what the loss makes of them after a look at the whole batch
        2. gradient: the batch in length-sorted micro-batches, each backward freed at once
        3. clip, set the learning rate, step

It trains whatever has scores: a whole classifier on texts, its adapters, or a probe on frozen features.

A micro-batch holds activations for its own examples only, and the sum of the micro-batches' gradients is the
gradient of the whole batch, so memory is bounded by the token budget and the numbers do not depend on it.
Where memory runs out, step 2 is done again with half the budget.
"""

import time
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from outlearn.core import TrainingError, generator
from outlearn.models import enable_checkpointing
from outlearn.training.averaging import WeightAverage
from outlearn.training.batching import batch, batches, micro_batches, num_steps
from outlearn.training.checkpoints import State, load_checkpoint, save_checkpoint
from outlearn.training.inputs import Inputs, joined, num_texts
from outlearn.training.losses import Loss
from outlearn.training.memory import planned_tokens
from outlearn.training.optimiser import learning_rate_at, optimiser_of
from outlearn.training.out_of_memory import Budget, until_it_fits
from outlearn.training.placement import Placement
from outlearn.training.precision import autocast
from outlearn.training.recipe import Recipe
from outlearn.training.vocabulary import rows_in_use

CHECK_EVERY = 50
"""Steps between looks at the losses: each look waits for the device."""


def train(
    model: nn.Module,
    inputs: Inputs,
    labels: Float[np.ndarray, "n ..."],
    *,
    weights: Float[np.ndarray, " n"],
    loss: Loss,
    recipe: Recipe,
    seed: int,
    placement: Placement,
) -> Float[np.ndarray, " s"]:
    """Fine-tune the model in place and return the loss of each of the s steps, in nats.

    Dropout inside the body is off because its probability is 0, not because of `eval()`: gradient
    checkpointing needs train mode.

    Args:
        model: At the start of its training, on any device; parameters that need no gradient stay as they are.
        inputs: What it reads of the n examples.
        labels: What the loss reads: soft labels [n c], or the votes of several teachers [n k c].
        weights: How much each example counts; their mean is taken to be 1.
        loss: What is minimised.
        recipe: Hyper-parameters.
        seed: Root of the order of examples.
        placement: Device, memory and checkpoints; cannot change what is computed.

    Raises:
        TrainingError: If a loss or a gradient is not finite, memory does not hold the longest example, or the
            checkpoint in `placement.scratch` is damaged or of another model.
    """
    _place(model, placement)
    assert len(labels) == len(inputs), f"{len(labels)} labels for {len(inputs)} examples"
    total = num_steps(len(labels), batch_size=recipe.batch_size, epochs=recipe.epochs)
    target = torch.tensor(labels, dtype=torch.float32, device=placement.device)
    counts = torch.tensor(weights / weights.mean(), dtype=torch.float32, device=placement.device)
    losses = torch.zeros(total, device=placement.device)
    with rows_in_use(model, inputs, recipe=recipe):
        budget = Budget(planned_tokens(model, inputs, recipe=recipe, placement=placement))
        optimiser = optimiser_of(model, recipe)
        average = WeightAverage(model, decay=recipe.ema_decay)
        state = State(model, optimiser, losses, beside=(*average.average, *loss.state))
        weights_held = tuple(model.parameters())  # to find them takes as long as some of a step's products
        done = 0 if placement.scratch is None else load_checkpoint(placement.scratch, state)
        last_saved = time.monotonic()
        lengths, looks = inputs.lengths, points(total, num_points=placement.num_points)
        order = batches(len(labels), batch_size=recipe.batch_size, epochs=recipe.epochs, seed=seed, skip=done)
        for step, rows in enumerate(order, start=done):
            optimiser.zero_grad(set_to_none=True)
            keep = _kept(model, rows, step, recipe=recipe, seed=seed)
            chosen = _Batch(rows, lengths[rows], target[rows], counts[rows], keep)
            work = partial(_gradient, model, inputs, chosen, loss=loss, progress=step / total, recipe=recipe)
            losses[step] = until_it_fits(work, budget, lengths=chosen.lengths, model=model, state=loss.state)
            _update(state, weights_held, step=step, recipe=recipe)
            average.update()
            due = time.monotonic() - last_saved >= placement.checkpoint_every_s
            if due or (step + 1) % CHECK_EVERY == 0 or step + 1 == total:
                _check_finite(losses[: step + 1])
            if step + 1 in looks:
                _show(model, average, step + 1, placement=placement)
            if placement.scratch is not None and due:
                save_checkpoint(placement.scratch, state, step=step + 1)
                last_saved = time.monotonic()
            placement.on_step(step + 1, total)
        average.apply()
    return losses.cpu().numpy()


def _place(model: nn.Module, placement: Placement) -> None:
    model.to(placement.device).train()
    if placement.gradient_checkpointing:
        enable_checkpointing(model)


def points(total: int, *, num_points: int) -> frozenset[int]:
    """Return the steps, counted from 1, after which a model is looked at: evenly spaced, with the last."""
    return frozenset(max(1, round(total * place / num_points)) for place in range(1, num_points + 1))


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """One batch, in the order that the seed gave it."""

    rows: np.ndarray
    lengths: np.ndarray
    labels: Float[Tensor, "b ..."]
    weights: Float[Tensor, " b"]
    keep: Float[Tensor, "b h"] | None
    """What dropout multiplies the read-out with; None where there is no dropout."""


def _kept(model: nn.Module, rows: np.ndarray, step: int, *, recipe: Recipe, seed: int) -> Tensor | None:
    """Return dropout's factors for a batch: they follow from the seed, whatever the micro-batches."""
    if not recipe.dropout:
        return None
    head = model.get_submodule("head")
    assert isinstance(head, nn.Linear)
    drawn = generator(seed, "dropout", step).random((len(rows), head.in_features), dtype=np.float32)
    kept = (drawn >= recipe.dropout).astype(np.float32) / np.float32(1 - recipe.dropout)
    return torch.from_numpy(kept).to(head.weight.device)


def _gradient(
    model: nn.Module,
    inputs: Inputs,
    chosen: _Batch,
    max_tokens: int,
    *,
    loss: Loss,
    progress: float,
    recipe: Recipe,
) -> Float[Tensor, ""]:
    """Add the gradient of the batch's mean loss to the parameters and return that loss, detached."""
    everything = np.arange(len(chosen.rows))
    pieces = micro_batches(everything, lengths=chosen.lengths, max_tokens=max_tokens)
    device = chosen.labels.device
    parts = [torch.from_numpy(piece).to(device) for piece in pieces]

    def logits_of(piece: np.ndarray, part: Tensor) -> Tensor:
        read = batch(inputs, chosen.rows[piece], device=device)
        # All texts of an example lose the same units, so that they are scored by one and the same function.
        dropout = (
            {}
            if chosen.keep is None
            else {"keep": chosen.keep[part].repeat_interleave(num_texts(inputs), dim=0)}
        )
        with autocast(recipe, device):
            logits: Tensor = model(*read, **dropout)
        return joined(inputs, logits.float())

    labels, ready = chosen.labels, list[Tensor]()
    if loss.retarget is not None and len(pieces) > 1:
        with torch.no_grad():
            others = [logits_of(piece, part) for piece, part in zip(pieces[1:], parts[1:], strict=True)]
        # Last, so that no other work is done beside its graph, which need not be made again.
        ready.append(logits_of(pieces[0], parts[0]))
        whole = torch.cat([ready[0].detach(), *others])
        order = torch.cat(parts)
        targets = loss.retarget(whole, labels[order], progress)
        labels = torch.empty_like(targets)
        labels[order] = targets
    batch_loss = torch.zeros((), device=device)
    for piece, part in zip(pieces, parts, strict=True):
        logits = ready.pop() if ready else logits_of(piece, part)
        targets = labels[part]
        if loss.retarget is not None and len(pieces) == 1:
            targets = loss.retarget(logits.detach(), targets, progress)
        piece_loss = (chosen.weights[part] * loss.per_example(logits, targets)).sum() / len(chosen.rows)
        torch.autograd.backward(piece_loss)
        batch_loss += piece_loss.detach()
    return batch_loss


def _update(state: State, held: tuple[nn.Parameter, ...], *, step: int, recipe: Recipe) -> None:
    """Change the weights that the model holds by their gradient, clipped, at the step's learning rate."""
    norm = torch.nn.utils.clip_grad_norm_(held, recipe.clip_norm)
    # Adds 0, unless the gradient is not finite: then the loss must not look as if all were well.
    state.losses[step] += 0 * norm
    for group in state.optimiser.param_groups:
        group["lr"] = learning_rate_at(step, num_steps=len(state.losses), recipe=recipe)
    state.optimiser.step()


def _show(model: nn.Module, average: WeightAverage, step: int, *, placement: Placement) -> None:
    """Have the model looked at as it would be if training ended here."""
    with average.applied():
        placement.observe(model, step)
    model.train()


def _check_finite(losses: Tensor) -> None:
    finite = torch.isfinite(losses)
    if not bool(finite.all()):
        step = int((~finite).nonzero()[0])
        raise TrainingError(
            f"the loss of step {step}, or its gradient, is not finite ({float(losses[step])});"
            ' lower the learning rate, or use precision = "float32" if the recipe asks for bfloat16'
        )
