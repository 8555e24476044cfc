"""Packing is what bitsandbytes defines, to the last bit, whatever the shape and however it is cut into pieces."""

import pytest
import torch
from bitsandbytes import functional
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.models.quantized.nf4 import BLOCK, NF4Weight


def by_definition(weight: torch.Tensor) -> torch.Tensor:
    """Rounded by bitsandbytes, and multiplied out from its tables value for value."""
    packed, state = functional.quantize_4bit(weight, compress_statistics=True, quant_type="nf4")
    magnitudes = functional.dequantize_blockwise(state.absmax, state.state2) + state.offset
    bytes_ = packed.view(-1).int()
    values = state.code[torch.stack([bytes_ >> 4, bytes_ & 15], -1).view(-1)][: weight.numel()]
    return (values * magnitudes.repeat_interleave(BLOCK)[: weight.numel()]).to(weight.dtype).view(weight.shape)


def packed(weight: torch.Tensor, piece: int | None = None) -> NF4Weight:
    result = NF4Weight(weight.shape)
    if piece is None:
        result.quantise(weight)
    else:
        result.quantise_pieces(weight.reshape(-1).split(piece))
    return result


@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 5), st.integers(1, 40), st.integers(1, 30).map(lambda half: 2 * half)),
    dtype=st.sampled_from([torch.float32, torch.bfloat16]),
    blocks=st.integers(1, 9),
    data=st.data(),
)
def test_any_shape_is_packed_as_bitsandbytes_does(shape, dtype, blocks, data):
    # Would catch rows that do not end with a block, where bitsandbytes' own kernel for CPUs errs.
    weight = torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape))).to(dtype)
    expected, found = by_definition(weight), packed(weight, blocks * BLOCK)
    assert torch.equal(found.dequantised(dtype), expected)
    start = data.draw(st.integers(0, shape[0] - 1))
    stop = data.draw(st.integers(start + 1, shape[0]))
    assert torch.equal(found.rows(start, stop, dtype), expected[start:stop])


@pytest.mark.parametrize("inputs", [64, 96])
def test_a_product_is_that_of_the_rounded_weight(inputs):
    weight, x = torch.randn(48, inputs), torch.randn(3, 5, inputs)
    assert torch.equal(packed(weight).linear(x), x @ by_definition(weight).T)


def test_a_value_takes_4_127_bits():
    # Would catch magnitudes that stay in 32 bits, which would be 4.5.
    weight = torch.randn(256, 1024)
    assert packed(weight).nbytes * 8 / weight.numel() == pytest.approx(4 + 8 / 64 + 32 / (64 * 256), abs=1e-3)


def test_a_weight_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="shape"):
        NF4Weight((4, 64)).quantise(torch.randn(4, 65))
