"""Naive fine-tuning under other settings: what the paper tried and saw no gain from."""

from outlearn.methods.method import Method, method
from outlearn.methods.one_fit import one_fit
from outlearn.methods.ranges import check_range
from outlearn.training import CROSS_ENTROPY, Recipe

REFERENCE = "burns2023weak, app. B"


@method
def weight_regularized(*, weight_decay: float = 0.1, dropout: float = 0.1) -> Method:
    """Naive fine-tuning with this weight decay and dropout instead of the recipe's.

    Args:
        weight_decay: AdamW's decoupled weight decay, in [0, 100].
        dropout: Share of the read-out's units that are dropped in training, in [0, 0.9].

    Raises:
        SpecError: If a parameter is out of its range.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. B. Neither the values nor where units drop out are stated.
    """
    check_range(weight_decay, name="weight_regularized: weight_decay", low=0.0, high=100.0)
    check_range(dropout, name="weight_regularized: dropout", low=0.0, high=0.9)

    def settings(recipe: Recipe) -> Recipe:
        return recipe.model_copy(update={"weight_decay": weight_decay, "dropout": dropout})

    return one_fit(
        loss=CROSS_ENTROPY,
        reference=REFERENCE,
        settings=settings,
        zero={"weight_decay": 0.0, "dropout": 0.0},
    )


@method
def averaged_weights(*, decay: float = 0.95) -> Method:
    """Naive fine-tuning whose final weights are an exponential moving average of those of every step.

    Args:
        decay: Share of the average that a step keeps, in [0, 0.9999]; 0 is naive to the bit. The average
            spans about 1 / (1 - decay) steps and starts at the pretrained weights, so that should be few of
            the steps that there are.

    Raises:
        SpecError: If the decay is out of its range.

    Reference:
        Burns et al. 2023, arXiv:2312.09390, app. B. The decay is not stated.
    """
    check_range(decay, name="averaged_weights: decay", low=0.0, high=0.9999)

    def settings(recipe: Recipe) -> Recipe:
        return recipe.model_copy(update={"ema_decay": decay})

    return one_fit(loss=CROSS_ENTROPY, reference=REFERENCE, settings=settings, zero={"decay": 0.0})
