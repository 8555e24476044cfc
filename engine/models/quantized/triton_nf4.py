"""Experts multiplied packed: a grouped matrix product that unpacks NF4 inside a Triton kernel.

Unpacked experts would be written to memory and read again, eight times the bytes of the packed ones. Here each program
takes a tile of one expert's features, unpacks 64 inputs of them at a time in registers, multiplies them with all tokens
that were routed to this expert, and scales the product by the blocks' magnitudes. The weight is the operand with many
rows, since a step of 256 slots brings an expert only some 16 tokens. Even and odd inputs, which share a byte, are
multiplied one after the other, so that nothing has to be interleaved: activations are stored in that order.

Two kernels make a layer: gate and up with the activation between them, then down with the routing weights. Nothing in
it waits for the GPU, so that a whole step can be recorded as a CUDA graph.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from engine.models.quantized.nf4 import BLOCK, NESTED, NF4Weight, code4, code8

TILE = 64
"""Features of an expert that a program takes."""
_FEW, _SOME = 6, 24
"""Tokens an expert, on average, up to which 16 or 32 of them are multiplied at a time."""


PERMUTATION = tl.constexpr("""
{
.reg .b32 s0, s1, t0, t1, a, b, h0, h1, l0, l1;
and.b32 s0, $4, 0x77777777;
shr.u32 s1, s0, 16;
and.b32 t0, $4, 0x88888888;
shr.u32 t0, t0, 1;
or.b32 t0, t0, 0x32103210;
shr.u32 t1, t0, 16;
prmt.b32 a, 0xbebfbfbf, 0x00bdbebe, s0;
prmt.b32 b, 0x3e3e3e3d, 0x3f3f3f3e, s0;
prmt.b32 h0, a, b, t0;
prmt.b32 a, 0xbebfbfbf, 0x00bdbebe, s1;
prmt.b32 b, 0x3e3e3e3d, 0x3f3f3f3e, s1;
prmt.b32 h1, a, b, t1;
prmt.b32 a, 0xca063280, 0x00ba3d92, s0;
prmt.b32 b, 0xad7c25a3, 0x803910e2, s0;
prmt.b32 l0, a, b, t0;
prmt.b32 a, 0xca063280, 0x00ba3d92, s1;
prmt.b32 b, 0xad7c25a3, 0x803910e2, s1;
prmt.b32 l1, a, b, t1;
prmt.b32 $0, l0, h0, 0x7351;
prmt.b32 $1, l1, h1, 0x7351;
prmt.b32 $2, l0, h0, 0x6240;
prmt.b32 $3, l1, h1, 0x6240;
}
""")
"""PTX. 16 bfloat16 values as two tables of bytes each, which PRMT looks up for four nibbles at a time."""


@triton.jit
def _halves(byte, code, TABLE: tl.constexpr):  # noqa: N803
    """The two values in each byte, (F, 32) uint8, the earlier one first."""
    if TABLE:
        word = byte.to(tl.int32)
        first = tl.load(code + (word >> 4))
        second = tl.load(code + (word & 15))
    else:
        first, second = tl.inline_asm_elementwise(
            PERMUTATION,  # pyright: ignore[reportArgumentType] # a constant of the kernel
            "=r,=r,=r,=r,r",
            [byte],
            dtype=(tl.bfloat16, tl.bfloat16),
            is_pure=True,
            pack=4,
        )
    return first, second


@triton.jit
def _magnitude(magnitudes, scales, mean, code8, blocks, NESTED: tl.constexpr):  # noqa: N803
    """Of these blocks, float32."""
    return tl.load(code8 + tl.load(magnitudes + blocks).to(tl.int32)) * tl.load(scales + blocks // NESTED) + mean


@triton.jit
def _gate_up(
    x, token, ends, packed, magnitudes, scales, mean, code, code8, out,
    INPUTS: tl.constexpr, FEATURES: tl.constexpr, TILE: tl.constexpr, TOKENS: tl.constexpr,  # noqa: N803
    BLOCK: tl.constexpr, NESTED: tl.constexpr, TABLE: tl.constexpr,  # noqa: N803
):  # fmt: skip
    """gelu(gate) * up of one expert and TILE of its features, for all of its tokens.

    x: (T, 2, INPUTS / 2), even inputs first. token: (S,), the row of x for each routed slot, sorted by expert.
    ends: (E,), where in it an expert's slots end. out: (S, 2, FEATURES / 2), even features first.
    """
    expert = tl.program_id(0)
    first_slot = tl.load(ends + expert - 1, mask=expert > 0, other=0)
    last_slot = tl.load(ends + expert)
    features = tl.program_id(1) * TILE + tl.arange(0, TILE)
    gates = (expert * 2 * FEATURES + features).to(tl.int64)
    ups = gates + FEATURES
    half = tl.arange(0, BLOCK // 2)
    average = tl.load(mean)
    for start in range(first_slot, last_slot, TOKENS):
        slots = start + tl.arange(0, TOKENS)
        inside = slots < last_slot
        source = x + tl.load(token + slots, mask=inside, other=0)[None, :] * INPUTS
        gate = tl.full((TILE, TOKENS), 0.0, tl.float32)
        up = tl.full((TILE, TOKENS), 0.0, tl.float32)
        for block in range(INPUTS // BLOCK):
            columns = block * (BLOCK // 2) + half
            even = tl.load(source + columns[:, None], mask=inside[None, :], other=0.0)
            odd = tl.load(source + INPUTS // 2 + columns[:, None], mask=inside[None, :], other=0.0)
            gate_bytes = tl.load(packed + gates[:, None] * (INPUTS // 2) + columns[None, :])
            up_bytes = tl.load(packed + ups[:, None] * (INPUTS // 2) + columns[None, :])
            gate_scale = _magnitude(magnitudes, scales, average, code8, gates * (INPUTS // BLOCK) + block, NESTED)
            up_scale = _magnitude(magnitudes, scales, average, code8, ups * (INPUTS // BLOCK) + block, NESTED)
            first, second = _halves(gate_bytes, code, TABLE)
            part = tl.dot(second, odd, tl.dot(first, even, input_precision="ieee"), input_precision="ieee")
            gate += part * gate_scale[:, None]
            first, second = _halves(up_bytes, code, TABLE)
            part = tl.dot(second, odd, tl.dot(first, even, input_precision="ieee"), input_precision="ieee")
            up += part * up_scale[:, None]
        # The usual approximation of GELU by a hyperbolic tangent, written with a logistic function.
        inner = 1.5957691216057308 * (gate + 0.044715 * gate * gate * gate)
        # Of a negative number only, so that nothing overflows.
        small = tl.exp(-tl.abs(inner))
        value = gate * up * tl.where(inner > 0, 1.0, small) / (1.0 + small)
        place = slots[None, :] * FEATURES + (features % 2 * (FEATURES // 2) + features // 2)[:, None]
        tl.store(out + place, value.to(out.dtype.element_ty), mask=inside[None, :])


@triton.jit
def _down(
    x, slot, weights, ends, packed, magnitudes, scales, mean, code, code8, out,
    INPUTS: tl.constexpr, FEATURES: tl.constexpr, TILE: tl.constexpr, TOKENS: tl.constexpr,  # noqa: N803
    BLOCK: tl.constexpr, NESTED: tl.constexpr, TABLE: tl.constexpr,  # noqa: N803
):  # fmt: skip
    """TILE features of one expert's second layer, times the routing weight, for all of its tokens.

    x: (S, 2, INPUTS / 2), sorted by expert, even inputs first. slot: (S,), where each of them stands in out.
    weights: (S,), in the order of out. ends: as in `_gate_up`. out: (S, FEATURES).
    """
    expert = tl.program_id(0)
    first_slot = tl.load(ends + expert - 1, mask=expert > 0, other=0)
    last_slot = tl.load(ends + expert)
    features = tl.program_id(1) * TILE + tl.arange(0, TILE)
    rows = (expert * FEATURES + features).to(tl.int64)
    half = tl.arange(0, BLOCK // 2)
    average = tl.load(mean)
    for start in range(first_slot, last_slot, TOKENS):
        slots = start + tl.arange(0, TOKENS)
        inside = slots < last_slot
        source = x + slots[None, :] * INPUTS
        total = tl.full((TILE, TOKENS), 0.0, tl.float32)
        for block in range(INPUTS // BLOCK):
            columns = block * (BLOCK // 2) + half
            even = tl.load(source + columns[:, None], mask=inside[None, :], other=0.0)
            odd = tl.load(source + INPUTS // 2 + columns[:, None], mask=inside[None, :], other=0.0)
            byte = tl.load(packed + rows[:, None] * (INPUTS // 2) + columns[None, :])
            scale = _magnitude(magnitudes, scales, average, code8, rows * (INPUTS // BLOCK) + block, NESTED)
            first, second = _halves(byte, code, TABLE)
            part = tl.dot(second, odd, tl.dot(first, even, input_precision="ieee"), input_precision="ieee")
            total += part * scale[:, None]
        target = tl.load(slot + slots, mask=inside, other=0)
        weight = tl.load(weights + target, mask=inside, other=0.0)
        place = target[None, :] * FEATURES + features[:, None]
        tl.store(out + place, (total * weight[None, :]).to(out.dtype.element_ty), mask=inside[None, :])


def fits(gate_up: NF4Weight, down: NF4Weight) -> bool:
    """Whether the kernels know these shapes, (E, 2 F, H) and (E, H, F): F and H multiples of a tile."""
    return gate_up.shape[2] % TILE == 0 and down.shape[2] % TILE == 0


def experts(
    hidden: Tensor, index: Tensor, weights: Tensor, gate_up: NF4Weight, down: NF4Weight, **options: Any
) -> Tensor:
    """What a layer's experts make of the tokens, (T, H), with gelu between their two layers.

    hidden: (T, H). index, weights: (T, K), the experts of a token and how much each counts.
    gate_up: (E, 2 F, H). down: (E, H, F). options: of `launch`, instead of those for so many tokens.
    """
    tokens, choices = index.shape
    count, features, width = gate_up.shape[0], down.shape[2], hidden.shape[1]
    order = index.reshape(-1)
    sorted_experts, slot = torch.sort(order)
    ends = torch.searchsorted(sorted_experts, torch.arange(count, device=hidden.device), right=True)
    options = options or launch(order.numel() / count, hidden.dtype)
    apart = hidden.view(tokens, width // 2, 2).transpose(1, 2).contiguous()
    between = hidden.new_empty(order.numel(), features)
    codes = code4(hidden.device, hidden.dtype), code8(hidden.device)
    sizes: dict[str, Any] = {"TILE": TILE, "BLOCK": BLOCK, "NESTED": NESTED, **options}
    first: Any = _gate_up
    first[count, features // TILE](
        apart, slot // choices, ends, *gate_up.buffers(), *codes, between, INPUTS=width, FEATURES=features, **sizes
    )
    out = torch.empty(order.numel(), width, device=hidden.device, dtype=torch.float32)
    second: Any = _down
    second[count, width // TILE](
        between, slot, weights.reshape(-1), ends, *down.buffers(), *codes, out, INPUTS=features, FEATURES=width, **sizes
    )
    return out.view(tokens, choices, width).sum(1).to(hidden.dtype)


def launch(tokens: float, dtype: torch.dtype) -> dict[str, Any]:
    """How the kernels are launched where an expert has so many tokens on average."""
    at_once = 16 if tokens <= _FEW else 32 if tokens <= _SOME else 64
    return {"TOKENS": at_once, "TABLE": dtype != torch.bfloat16, "num_warps": 4, "num_stages": 3}
