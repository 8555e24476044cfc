"""A weight that is kept in fewer bits than it is computed with: what all formats have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Self

import torch
from torch import Tensor, nn

PIECE = 2**25
"""Values that are packed at a time: what a CPU needs for it is some 20 bytes a value."""


class PackedWeight(nn.Module):
    """A packed weight of any shape. A format says how `quantise_pieces`, `rows` and `linear` work.

    PARTS: its tensors, all of them buffers. on_host: whether they stay in the host's memory and are copied to the
    device for each use, because the device has no room for them.
    """

    PARTS: ClassVar[tuple[str, ...]]

    def __init__(self, shape: torch.Size | tuple[int, ...]) -> None:
        super().__init__()
        self.shape = torch.Size(shape)
        self.on_host = False

    @property
    def nbytes(self) -> int:
        """Bytes of all parts."""
        return sum(buffer.nbytes for buffer in self.buffers())

    def at_a_time(self) -> int:
        """How many neighbours along the first dimension are packed at a time."""
        return max(1, PIECE // self.shape[1:].numel())

    @torch.no_grad()
    def quantise(self, weight: Tensor) -> None:
        """Take over a weight of the same shape, bfloat16, float16 or float32. The packed tensors are on its device.

        Raises NotFiniteError.
        """
        if weight.shape != self.shape:
            raise ValueError(f"the weight has the shape {tuple(weight.shape)} instead of {tuple(self.shape)}")
        self.quantise_pieces(weight.split(self.at_a_time()))

    def quantise_pieces(self, pieces: Iterable[Tensor]) -> None:
        """Take over the values in their order: `at_a_time` neighbours in each piece but the last."""
        raise NotImplementedError

    def adopt(self, *parts: Tensor) -> None:
        """Take over what is packed already, in the order of `PARTS`."""
        for name, part in zip(self.PARTS, parts, strict=True):
            setattr(self, name, nn.Buffer(_on_host(part) if self.on_host else part))

    def at(self, device: torch.device) -> Self:
        """This weight on a device: itself, or, where it stays on the host, a copy for one use."""
        if not self.on_host:
            return self
        there = type(self)(self.shape)
        there.adopt(*(getattr(self, name).to(device, non_blocking=True, copy=True) for name in self.PARTS))
        return there

    def dequantised(self, dtype: torch.dtype) -> Tensor:
        """The whole weight, rounded and back."""
        return self.rows(0, self.shape[0], dtype)

    def rows(self, start: int, stop: int, dtype: torch.dtype) -> Tensor:
        """Some neighbours along the first dimension, such as a few experts, dequantised."""
        raise NotImplementedError

    def linear(self, x: Tensor) -> Tensor:
        """x, (..., in), times this weight, (out, in): (..., out)."""
        return nn.functional.linear(x, self.dequantised(x.dtype))

    def extra_repr(self) -> str:
        """The shape, for `print(model)`."""
        return str(tuple(self.shape))


class PackedLinear(nn.Module):
    """A linear layer without bias whose weight, (out, in), is packed."""

    def __init__(self, weight: PackedWeight) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, x: Tensor) -> Tensor:
        """(..., in) to (..., out)."""
        return self.weight.linear(x)


class NotFiniteError(ValueError):
    """A weight holds infinite values or values that are no numbers."""


def packed_weights(module: nn.Module) -> Iterator[PackedWeight]:
    """All of a module, each once."""
    return (each for each in module.modules() if isinstance(each, PackedWeight))


def _on_host(part: Tensor) -> Tensor:
    """In memory from which a GPU can copy by itself, where there is a GPU."""
    part = part.to("cpu")
    return part.pin_memory() if torch.cuda.is_available() else part
