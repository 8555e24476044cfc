"""A model of any size with random weights, made on the device that it runs on."""

from __future__ import annotations

import torch
from torch import nn
from transformers import DiffusionGemmaConfig, DiffusionGemmaForBlockDiffusion

from engine.contracts.loading import Quantization
from engine.models.quantized.assembly import assemble, finish, slots

_SPREAD = 0.02
"""Standard deviation of weights, as transformers initialises them."""


@torch.no_grad()
def random_model(
    config: DiffusionGemmaConfig, dtype: torch.dtype, device: torch.device, quantization: Quantization, seed: int = 0
) -> DiffusionGemmaForBlockDiffusion:
    """Weights are drawn one after the other and packed at once, so that the unpacked model never exists.

    Vectors, which are scales, are ones. quantization: as in `assemble`.
    """
    model = assemble(config, dtype, quantization)
    generator = torch.Generator(device).manual_seed(seed)
    for slot in slots(model):
        shape = slot.weight.shape
        if len(shape) > 1:
            # Where a matrix is packed, the values it is made of need not be more precise than those of a checkpoint.
            drawn = dtype if isinstance(slot.weight, nn.Parameter) else torch.bfloat16
            slot.fill(torch.randn(shape, generator=generator, device=device, dtype=drawn).mul_(_SPREAD))
        else:
            slot.fill(torch.ones(shape, device=device, dtype=dtype))
    finish(model, device)
    return model
