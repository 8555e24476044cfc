"""The kernels' arithmetic under Triton's interpreter, against experts that are unpacked one by one."""

import re
from types import ModuleType

import pytest
import torch

from engine.models.quantized.nf4 import NF4Weight, code4


@pytest.fixture(scope="module")
def triton_nf4() -> ModuleType:
    """The module, interpreted: whether kernels are is decided when they are defined."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRITON_INTERPRET", "1")
        from engine.models.quantized import triton_nf4

        yield triton_nf4


@pytest.mark.parametrize(
    ("experts", "width", "features", "tokens", "choices", "most"),
    [(4, 128, 64, 11, 2, 3), (3, 64, 128, 40, 1, 3), (5, 64, 64, 1, 3, 5)],
    ids=["an expert without tokens", "more tokens than at once", "one token"],
)
def test_fused_experts_are_the_unpacked_ones(triton_nf4, experts, width, features, tokens, choices, most):
    # Would catch a wrong block, nibble, magnitude, row or routing weight. `most`: experts that are chosen at all.
    generator = torch.Generator().manual_seed(tokens)
    gate_up, down = NF4Weight((experts, 2 * features, width)), NF4Weight((experts, width, features))
    for weight in (gate_up, down):
        weight.quantise(torch.randn(weight.shape, generator=generator) * torch.rand(experts, 1, 1, generator=generator))
    hidden = torch.randn(tokens, width, generator=generator)
    index = torch.stack([torch.randperm(most, generator=generator)[:choices] for _ in range(tokens)])
    weights = torch.rand(tokens, choices, generator=generator)
    found = triton_nf4.experts(hidden, index, weights, gate_up, down)

    expected = torch.zeros_like(hidden)
    first, second = gate_up.dequantised(torch.float32), down.dequantised(torch.float32)
    for token, chosen in enumerate(index.tolist()):
        for at, expert in enumerate(chosen):
            gate, up = (first[expert] @ hidden[token]).chunk(2)
            between = torch.nn.functional.gelu(gate, approximate="tanh") * up
            expected[token] += weights[token, at] * (second[expert] @ between)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5 * float(expected.abs().max()))


def test_few_and_many_tokens_are_launched_in_their_own_way(triton_nf4):
    assert [triton_nf4.launch(mean, torch.bfloat16)["TOKENS"] for mean in (1, 16, 64)] == [16, 32, 64]
    assert [triton_nf4.launch(16, dtype)["TABLE"] for dtype in (torch.bfloat16, torch.float32)] == [False, True]


def permuted(instructions: str, word: int) -> list[int]:
    """What the PTX of the kernel makes of four bytes: its four result registers."""
    registers = {"$4": word}

    def value(name: str) -> int:
        return registers[name] if name in registers else int(name, 16 if name.startswith("0x") else 10)

    for line in re.findall(r"(?:and|or|shr|prmt)\.\w+ [^;]+", instructions):
        operation, target, *names = re.split(r"[ ,]+", line)
        values = [value(name) for name in names]
        match operation.split(".")[0]:
            case "and":
                registers[target] = values[0] & values[1]
            case "or":
                registers[target] = values[0] | values[1]
            case "shr":
                registers[target] = values[0] >> values[1]
            case "prmt":
                source = (values[0] | values[1] << 32).to_bytes(8, "little")
                picked = bytes(source[values[2] >> 4 * at & 7] for at in range(4))
                registers[target] = int.from_bytes(picked, "little")
    return [registers[f"${at}"] for at in range(4)]


def test_the_byte_permutation_looks_up_the_16_values(triton_nf4):
    # The interpreter knows no PTX, so its instructions are followed here; would catch one wrong byte of the tables.
    values = [int(value) & 0xFFFF for value in code4(torch.device("cpu"), torch.bfloat16).view(torch.int16)]
    for first in range(256):
        four = [first, (first * 7 + 3) % 256, first ^ 0xA5, 255 - first]
        upper, lower = ([values[byte >> 4] for byte in four], [values[byte & 15] for byte in four])
        expected = [pair[at] | pair[at + 1] << 16 for pair in (upper, lower) for at in (0, 2)]
        assert permuted(triton_nf4.PERMUTATION.value, int.from_bytes(bytes(four), "little")) == expected
