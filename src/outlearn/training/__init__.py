"""Training: losses as pure functions, THE loop, batching, optimiser, checkpoints and prediction."""

from outlearn.training.answers import answer_scores
from outlearn.training.batching import Padded, batch, batches, micro_batches, num_steps, pad
from outlearn.training.divergences import (
    jeffreys_divergence,
    jensen_shannon_divergence,
    mixed,
    reverse_cross_entropy,
    reverse_kl_divergence,
    squared_hellinger,
    total_variation_distance,
)
from outlearn.training.generation import Completion, Ends, complete, cut_answer
from outlearn.training.heads import can_share, train_heads
from outlearn.training.hidden import hidden_states
from outlearn.training.images import image_features
from outlearn.training.inputs import (
    Inputs,
    Lesson,
    Options,
    Orders,
    Pairs,
    Read,
    Scored,
    lesson,
    num_tokens,
    subset,
    texts_of,
)
from outlearn.training.loop import points, train
from outlearn.training.losses import (
    CROSS_ENTROPY,
    Loss,
    balanced_guess,
    confidence_targets,
    cross_entropy,
    linear_ramp,
)
from outlearn.training.memory import Memory, memory_of, planned_tokens
from outlearn.training.optimiser import adafactor, adamw, learning_rate_at, optimiser_of
from outlearn.training.placement import Placement
from outlearn.training.predict import predict
from outlearn.training.recipe import Recipe
from outlearn.training.robust import generalized_cross_entropy, symmetric_cross_entropy
from outlearn.training.self_confidence import (
    adaptive_targets,
    closeness_to_uniform,
    entropy,
    product_targets,
    soft_targets,
    unsure_targets,
    with_term,
)
from outlearn.training.side_by_side import Head, TrainedHead
from outlearn.training.stacked import Pupil, most_beside, stacks_of, train_stack

__all__ = [
    "CROSS_ENTROPY",
    "Completion",
    "Ends",
    "Head",
    "Inputs",
    "Lesson",
    "Loss",
    "Memory",
    "Options",
    "Orders",
    "Padded",
    "Pairs",
    "Placement",
    "Pupil",
    "Read",
    "Recipe",
    "Scored",
    "TrainedHead",
    "adafactor",
    "adamw",
    "adaptive_targets",
    "answer_scores",
    "balanced_guess",
    "batch",
    "batches",
    "can_share",
    "closeness_to_uniform",
    "complete",
    "confidence_targets",
    "cross_entropy",
    "cut_answer",
    "entropy",
    "generalized_cross_entropy",
    "hidden_states",
    "image_features",
    "jeffreys_divergence",
    "jensen_shannon_divergence",
    "learning_rate_at",
    "lesson",
    "linear_ramp",
    "memory_of",
    "micro_batches",
    "mixed",
    "most_beside",
    "num_steps",
    "num_tokens",
    "optimiser_of",
    "pad",
    "planned_tokens",
    "points",
    "predict",
    "product_targets",
    "reverse_cross_entropy",
    "reverse_kl_divergence",
    "soft_targets",
    "squared_hellinger",
    "stacks_of",
    "subset",
    "symmetric_cross_entropy",
    "texts_of",
    "total_variation_distance",
    "train",
    "train_heads",
    "train_stack",
    "unsure_targets",
    "with_term",
]
