"""A weight in 4-bit NormalFloat with double quantisation, as plain tensors: QLoRA (arXiv 2305.14314), bitsandbytes.

Each block of 64 neighbouring values is divided by its largest magnitude and rounded to one of 16 quantiles of a normal
distribution. The magnitudes less their mean are quantised again, 256 of them to 8 bits and one scale. A value takes
4 + 8 / 64 + 32 / (64 * 256) = 4.127 bits. The result is, to the last bit, what `bitsandbytes.functional.quantize_4bit`
with `compress_statistics` makes of the whole tensor, but its memory does not grow with the tensor.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import torch
from bitsandbytes import functional
from torch import Tensor, nn

from engine.models.quantized.packed import NotFiniteError, PackedWeight

BLOCK, NESTED = 64, 256
"""Values that share a magnitude, and magnitudes that share a scale."""


class NF4Weight(PackedWeight):
    """A packed weight of any shape; B blocks.

    packed: (values / 2,) uint8, the earlier value in the upper half of a byte. magnitudes: (B,) uint8.
    scales: (ceil(B / 256),) float32. mean: () float32.
    """

    PARTS = ("packed", "magnitudes", "scales", "mean")

    def __init__(self, shape: torch.Size | tuple[int, ...], device: str | torch.device = "meta") -> None:
        super().__init__(shape)
        values = self.shape.numel()
        blocks = -(-values // BLOCK)
        self.packed = nn.Buffer(torch.empty(-(-values // 2), dtype=torch.uint8, device=device))
        self.magnitudes = nn.Buffer(torch.empty(blocks, dtype=torch.uint8, device=device))
        self.scales = nn.Buffer(torch.empty(-(-blocks // NESTED), dtype=torch.float32, device=device))
        self.mean = nn.Buffer(torch.empty((), dtype=torch.float32, device=device))

    def at_a_time(self) -> int:
        """How many neighbours along the first dimension are packed at a time: only whole blocks can be."""
        rows = super().at_a_time()
        return rows if rows * self.shape[1:].numel() % BLOCK == 0 else self.shape[0]

    @torch.no_grad()
    def quantise_pieces(self, pieces: Iterable[Tensor]) -> None:
        """Take over the values in their order, of which each piece but the last has a multiple of 64.

        Raises NotFiniteError.
        """
        packed, parts = zip(*(_quantise(piece.reshape(-1)) for piece in pieces), strict=True)
        magnitudes = torch.cat(parts)
        mean = magnitudes.mean()
        nested, state = functional.quantize_blockwise(magnitudes - mean, blocksize=NESTED)
        self.adopt(torch.cat(packed), nested, state.absmax, mean)

    def rows(self, start: int, stop: int, dtype: torch.dtype) -> Tensor:
        """Some neighbours along the first dimension, such as a few experts, dequantised."""
        values = self.shape[1:].numel()
        first, last = start * values, stop * values
        if first % BLOCK or (last % BLOCK and stop < self.shape[0]):
            return self.dequantised(dtype)[start:stop]
        magnitudes = self._magnitudes(first // BLOCK, -(-last // BLOCK))
        packed = self.packed[first // 2 : -(-last // 2)]
        # As one row, because the kernel for CPUs errs where blocks and rows do not end together.
        flat = torch.ops.bitsandbytes.dequantize_4bit.default(packed, magnitudes, BLOCK, "nf4", (last - first,), dtype)
        return flat.view(stop - start, *self.shape[1:])

    def linear(self, x: Tensor) -> Tensor:
        """x, (..., in), times this weight, (out, in): (..., out). A GPU multiplies without unpacking it in memory."""
        if not x.is_cuda or self.shape[1] % BLOCK:
            return super().linear(x)
        nested = None, self.magnitudes, code8(x.device), self.mean
        return torch.ops.bitsandbytes.gemm_4bit.default(
            x, self.packed[:, None], self.shape, self.scales, BLOCK, "nf4", *nested
        )

    def _magnitudes(self, first: int, last: int) -> Tensor:
        """Those of the blocks from first to last, (last - first,) float32."""
        start = first // NESTED * NESTED
        found = torch.ops.bitsandbytes.dequantize_blockwise.default(
            self.magnitudes[start:last],
            self.scales[start // NESTED :],
            code8(self.packed.device),
            NESTED,
            torch.float32,
        )
        return found[first - start :].add_(self.mean)


def _quantise(values: Tensor) -> tuple[Tensor, Tensor]:
    """Packed bytes and magnitudes of some values, of which only the last block may be short."""
    # Some kernels would take a value that is no number for a small one.
    if not torch.isfinite(torch.stack(values.aminmax())).all():
        raise NotFiniteError
    packed, magnitudes = torch.ops.bitsandbytes.quantize_4bit.default(values, BLOCK, "nf4", torch.uint8)
    return packed.view(-1), magnitudes


@cache
def code8(device: torch.device) -> Tensor:
    """The 256 values that magnitudes are rounded to, float32."""
    return functional.create_dynamic_map().to(device)


@cache
def code4(device: torch.device, dtype: torch.dtype) -> Tensor:
    """The 16 values of NF4."""
    return functional.get_4bit_type("nf4", device=device).to(dtype)
