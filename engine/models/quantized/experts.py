"""Experts with packed weights, as two implementations for transformers' experts interface.

`CHUNKS` unpacks a few neighbouring experts at a time and multiplies them as usual; it runs everywhere and suits many
tokens. `FUSED` multiplies them packed where there is a GPU with Triton, and leaves long inputs and other shapes to
`CHUNKS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor, nn
from transformers.integrations.moe import ALL_EXPERTS_FUNCTIONS

from engine.models.quantized.int8 import Int8Weight
from engine.models.quantized.nf4 import NF4Weight
from engine.models.quantized.packed import PackedWeight, packed_weights

CHUNKS, FUSED = "nf4_chunks", "nf4_fused"
"""Names for `model.set_experts_implementation`."""
CHUNK_BYTES = 2**28
"""Unpacked weights that exist at a time."""
MOST_FUSED = 1024
"""Tokens from which on unpacking once is cheaper than unpacking for each few of them."""


def pack_experts(experts: nn.Module, kind: type[NF4Weight | Int8Weight]) -> None:
    """Put packed weights, still without content, in the place of a layer's experts, (E, 2 F, H) and (E, H, F)."""
    for name in ("gate_up_proj", "down_proj"):
        shape = getattr(experts, name).shape
        delattr(experts, name)
        experts.add_module(name, kind(shape))


def by_chunks(layer: Any, hidden: Tensor, index: Tensor, weights: Tensor) -> Tensor:
    """The layer's experts applied to tokens, (T, H); index and weights: (T, K), as in transformers.

    layer: transformers' module with packed weights, of which torch knows no types.
    """
    choices = index.shape[1]
    routed, slot = torch.sort(index.reshape(-1))
    rows = hidden[slot // choices]
    ends = torch.searchsorted(routed, torch.arange(layer.num_experts, device=hidden.device), right=True)
    result = torch.empty_like(rows)
    gate_up_proj, down_proj = layer.gate_up_proj.at(hidden.device), layer.down_proj.at(hidden.device)
    size = 2 * layer.intermediate_dim * layer.hidden_dim * hidden.element_size()
    for first, last, start, stop in _chunks(ends.tolist(), max(1, CHUNK_BYTES // size)):
        offsets = (ends[first:last] - start).to(torch.int32)
        gate_up = gate_up_proj.rows(first, last, hidden.dtype)
        between = layer._apply_gate(_grouped(rows[start:stop], gate_up, offsets))
        del gate_up
        result[start:stop] = _grouped(between, down_proj.rows(first, last, hidden.dtype), offsets)
    apart = torch.empty_like(result)
    apart[slot] = result
    return (apart.view(*index.shape, -1) * weights[..., None]).sum(1).to(hidden.dtype)


def _chunks(ends: list[int], most: int) -> Iterator[tuple[int, int, int, int]]:
    """Runs of at most so many experts, and the sorted rows that are theirs: first, last, start, stop.

    ends: where each expert's rows end. A run leaves out experts without rows at both of its sides.
    """
    first = 0
    while first < len(ends):
        start = ends[first - 1] if first else 0
        if ends[first] == start:
            first += 1
            continue
        last = min(first + most, len(ends))
        # Where two neighbours have nothing to do, more is left out by a run of its own.
        last = next((at for at in range(first + 1, last - 1) if ends[at + 1] == ends[at - 1]), last)
        while ends[last - 1] == ends[last - 2] and last - 1 > first:
            last -= 1
        yield first, last, start, ends[last - 1]
        first = last


def _grouped(rows: Tensor, weight: Tensor, offsets: Tensor) -> Tensor:
    """Each group of rows, (R, in), times its own weight of (G, out, in). offsets: where the groups end, int32."""
    return nn.functional.grouped_mm(rows, weight.transpose(1, 2), offs=offsets)


def fused(layer: Any, hidden: Tensor, index: Tensor, weights: Tensor) -> Tensor:
    """As `by_chunks`, but never unpacked in memory where that is possible."""
    if not (hidden.is_cuda and has_triton()) or len(hidden) > MOST_FUSED:
        return by_chunks(layer, hidden, index, weights)
    from engine.models.quantized import triton_nf4

    if not triton_nf4.fits(layer.gate_up_proj, layer.down_proj):
        return by_chunks(layer, hidden, index, weights)
    gate_up, down = layer.gate_up_proj.at(hidden.device), layer.down_proj.at(hidden.device)
    return triton_nf4.experts(hidden, index, weights, gate_up, down)


def recordable_tokens(model: nn.Module) -> float:
    """How many tokens at most go through a model without waiting for the GPU, so that a pass can be recorded."""
    if all(not isinstance(each, PackedWeight) for each in model.modules()):
        return float("inf")
    experts: list[Any] = [
        each for each in model.modules() if isinstance(getattr(each, "gate_up_proj", None), NF4Weight)
    ]
    if not experts or not has_triton() or any(each.on_host for each in packed_weights(model)):
        return 0
    from engine.models.quantized import triton_nf4

    return MOST_FUSED if all(triton_nf4.fits(each.gate_up_proj, each.down_proj) for each in experts) else 0


@cache
def has_triton() -> bool:
    """Whether Triton, which comes with torch for a GPU on Linux, is there."""
    return find_spec("triton") is not None


ALL_EXPERTS_FUNCTIONS.register(CHUNKS, by_chunks)
ALL_EXPERTS_FUNCTIONS.register(FUSED, fused)
