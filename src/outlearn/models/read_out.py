"""The last block's MLP at the read-out positions alone: nothing else of what it would give is ever read.

A head reads one position of a text, and a language model's loss those before the tokens that count. What the
last block's MLP makes of the other tokens goes nowhere, and no gradient comes back through it, so leaving it
out changes no number. It is two thirds of a block. The layout that a body is given says what is read; a body
that is given none, as one that writes, works on all.

Shapes: r rows of n tokens, one where texts stand end to end, b read-out positions, h hidden units. Importing
this module imports torch.
"""

from collections.abc import Mapping
from typing import Any

from jaxtyping import Float, Int
from torch import Tensor, nn


class ReadOut:
    """Which tokens the last MLP of a body works on; all of them where that is not said."""

    def __init__(self) -> None:
        self.rows: tuple[Int[Tensor, " b"], ...] = ()
        """As the layout says it; set whenever the last block runs, by gradient checkpointing too."""

        self.num_tokens = 0

    def narrow(self, body: Any) -> None:
        """Have the body's last MLP follow this, where the body has one that is a function of each token.

        A body that follows another already is left as it is.
        """
        blocks = [one for one in body.children() if isinstance(one, nn.ModuleList)]
        last = blocks[-1][-1] if blocks and len(blocks[-1]) else None
        mlp = getattr(last, "mlp", None)
        if isinstance(last, nn.Module) and isinstance(mlp, nn.Module) and not _follows(last):
            last.register_forward_pre_hook(self._look, with_kwargs=True)
            mlp.register_forward_pre_hook(self._before)
            mlp.register_forward_hook(self._after)

    def _look(self, _module: nn.Module, _given: object, named: Mapping[str, Any]) -> None:
        layout = named.get("layout")
        self.rows = () if layout is None else layout.read

    def _before(
        self, _module: nn.Module, given: tuple[Float[Tensor, "r n h"], ...]
    ) -> tuple[Float[Tensor, "r b h"], ...] | None:
        if not self.rows:
            return None
        (hidden,), (rows,) = given, self.rows
        self.num_tokens = hidden.shape[1]
        return (hidden.index_select(1, rows),)

    def _after(self, _module: nn.Module, _given: object, found: Tensor) -> Tensor | None:
        if not self.rows:
            return None
        (rows,) = self.rows
        return found.new_zeros(1, self.num_tokens, found.shape[-1]).index_copy(1, rows, found)


def _follows(block: nn.Module) -> bool:
    """Return whether the block's MLP works at read-outs alone."""
    hooks = block._forward_pre_hooks.values()
    return any(isinstance(getattr(hook, "__self__", None), ReadOut) for hook in hooks)
