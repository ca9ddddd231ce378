"""The linear head of every classifier and probe: 0 at the start, read in float32 whatever precedes it.

Shapes: b texts, h hidden units, c classes. Importing this module imports torch.
"""

import torch
from jaxtyping import Float, Float32
from torch import Tensor, nn
from torch.nn import functional


def zero_head(width: int, *, num_classes: int) -> nn.Linear:
    """Return a head whose weights and bias are 0."""
    # Not drawn and then zeroed: loading a model must leave the global random state alone.
    head: nn.Linear = nn.utils.skip_init(nn.Linear, width, num_classes)  # type: ignore[no-untyped-call]
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    return head


def read_head(
    head: nn.Linear, read: Float[Tensor, "b h"], *, keep: Float[Tensor, "b h"] | None
) -> Float32[Tensor, "b c"]:
    """Return the head's logits.

    Args:
        head: From `zero_head`, trained or not.
        read: What it reads of every text.
        keep: Factors that dropout multiplies that with; None drops nothing.
    """
    with torch.autocast(device_type=read.device.type, enabled=False):
        seen = read.float() if keep is None else read.float() * keep
        return functional.linear(seen, head.weight.float(), head.bias.float())
