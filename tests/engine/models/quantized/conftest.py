"""Small random checkpoints of the real class, and what they become when every packed weight is rounded in place."""

import copy
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import DiffusionGemmaConfig, DiffusionGemmaForBlockDiffusion

from engine.contracts.checkpoint import Checkpoint
from engine.models.checkpoint_folder import embedded_checkpoint
from engine.models.quantized.assembly import assemble, slots
from engine.models.quantized.nf4 import NF4Weight

# Triton has wheels for Linux only.
collect_ignore = [] if sys.platform == "linux" else ["test_triton_nf4.py"]

TEXT = {
    "vocab_size": 96,
    "hidden_size": 64,
    "intermediate_size": 48,
    "moe_intermediate_size": 64,
    "num_hidden_layers": 3,
    "layer_types": ["sliding_attention", "sliding_attention", "full_attention"],
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 32,
    "global_head_dim": 64,
    "num_global_key_value_heads": 1,
    "num_experts": 6,
    "top_k_experts": 2,
    "sliding_window": 8,
    "pad_token_id": 0,
    "bos_token_id": 2,
    "eos_token_id": 1,
}
VISION = {
    "model_type": "gemma4_vision",
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "num_key_value_heads": 1,
    "head_dim": 16,
    "position_embedding_size": 16,
}


@pytest.fixture(scope="session")
def make_config() -> Callable[..., DiffusionGemmaConfig]:
    """Makes a small configuration with other fields of its text."""
    return small_config


def small_config(**text: object) -> DiffusionGemmaConfig:
    """Six experts, two sliding layers and a full one without a projection of values, and a vision tower."""
    return DiffusionGemmaConfig(text_config={**TEXT, **text}, vision_config=dict(VISION), canvas_length=16)


@pytest.fixture(scope="session")
def small() -> DiffusionGemmaForBlockDiffusion:
    """A random model in float32 whose predictions are far from uniform."""
    torch.manual_seed(5)
    model = DiffusionGemmaForBlockDiffusion(small_config()).eval()
    for parameter in model.parameters():
        if parameter.dim() > 1:
            parameter.data.mul_(4.0)
        else:
            parameter.data.add_(0.1 * torch.randn_like(parameter))
    return model


@pytest.fixture(scope="session")
def rounded(small: DiffusionGemmaForBlockDiffusion) -> DiffusionGemmaForBlockDiffusion:
    """The same model with each weight that is packed rounded to NF4 and back, so that only the arithmetic differs."""
    model = copy.deepcopy(small)
    weights = dict(model.named_parameters(remove_duplicate=False))
    for slot in slots(assemble(small.config, torch.float32)):
        if isinstance(slot.weight, NF4Weight):
            slot.weight.quantise(weights[slot.names[0]].detach())
            weights[slot.names[0]].data.copy_(slot.weight.dequantised(torch.float32))
    return model


@pytest.fixture(scope="session")
def saved(small: DiffusionGemmaForBlockDiffusion, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small model, in several files."""
    folder = tmp_path_factory.mktemp("checkpoint") / "small"
    small.save_pretrained(folder, max_shard_size="200KB")
    return folder


@pytest.fixture(scope="session")
def as_checkpoint() -> Callable[[Path], Checkpoint]:
    """A folder as a checked checkpoint."""
    return lambda folder: replace(embedded_checkpoint(), folder=folder, name="small")
