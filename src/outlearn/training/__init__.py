"""Training: losses as pure functions, THE loop, batching, optimiser, checkpoints and prediction."""

from outlearn.training.answers import answer_scores
from outlearn.training.batching import (
    Inputs,
    Padded,
    Pairs,
    batch,
    batches,
    micro_batches,
    num_steps,
    pad,
    subset,
)
from outlearn.training.heads import can_share, train_heads
from outlearn.training.hidden import hidden_states
from outlearn.training.loop import points, train
from outlearn.training.losses import Loss, balanced_guess, confidence_targets, cross_entropy, linear_ramp
from outlearn.training.optimiser import adamw, learning_rate_at
from outlearn.training.placement import Placement
from outlearn.training.predict import predict
from outlearn.training.recipe import Recipe
from outlearn.training.side_by_side import Head, TrainedHead

__all__ = [
    "Head",
    "Inputs",
    "Loss",
    "Padded",
    "Pairs",
    "Placement",
    "Recipe",
    "TrainedHead",
    "adamw",
    "answer_scores",
    "balanced_guess",
    "batch",
    "batches",
    "can_share",
    "confidence_targets",
    "cross_entropy",
    "hidden_states",
    "learning_rate_at",
    "linear_ramp",
    "micro_batches",
    "num_steps",
    "pad",
    "points",
    "predict",
    "subset",
    "train",
    "train_heads",
]
