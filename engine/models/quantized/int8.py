"""A weight in 8-bit integers with a scale for each row: what LLM.int8 (arXiv 2208.07339) keeps of a weight.

A row is divided by its largest magnitude and rounded to one of 255 steps. Activations are not quantised; the weight is
unpacked for each product. So the result depends on nothing but the weight, on any device.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from engine.models.quantized.packed import NotFiniteError, PackedWeight

STEPS = 127
"""On each side of zero."""


class Int8Weight(PackedWeight):
    """A packed weight of any shape; rows lie along the last dimension.

    values: of the weight's shape, int8. scales: (rows,) float32, the value of a step.
    """

    PARTS = ("values", "scales")

    def __init__(self, shape: torch.Size | tuple[int, ...], device: str | torch.device = "meta") -> None:
        super().__init__(shape)
        self.values = nn.Buffer(torch.empty(self.shape, dtype=torch.int8, device=device))
        self.scales = nn.Buffer(torch.empty(self.shape[:-1].numel(), dtype=torch.float32, device=device))

    @torch.no_grad()
    def quantise_pieces(self, pieces: Iterable[Tensor]) -> None:
        """Take over the values in their order, in whole rows. Raises NotFiniteError."""
        values, scales = zip(*(_quantise(piece) for piece in pieces), strict=True)
        self.adopt(torch.cat(values), torch.cat(scales))

    def rows(self, start: int, stop: int, dtype: torch.dtype) -> Tensor:
        """Some neighbours along the first dimension, such as a few experts, dequantised."""
        values = self.values[start:stop]
        scales = self.scales.view(*self.shape[:-1], 1)[start:stop]
        # Multiplied in float32, but never written down so.
        return torch.mul(values, scales, out=torch.empty(values.shape, dtype=dtype, device=values.device))


def _quantise(piece: Tensor) -> tuple[Tensor, Tensor]:
    """Steps and scales of some rows."""
    piece = piece.float()
    largest = piece.abs().amax(-1, keepdim=True)
    if not torch.isfinite(largest).all():
        raise NotFiniteError
    scales = largest / STEPS
    # A row of zeros has no scale to divide by.
    steps = (piece / scales.clamp_min(torch.finfo(torch.float32).tiny)).round_().clamp_(-STEPS, STEPS)
    return steps.to(torch.int8), scales.view(-1)
