"""The size of the model and its initial weights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import nn
from transformers import DiffusionGemmaConfig, DiffusionGemmaForBlockDiffusion
from transformers.models.diffusion_gemma.configuration_diffusion_gemma import DiffusionGemmaTextConfig
from transformers.models.diffusion_gemma.modeling_diffusion_gemma import DiffusionGemmaDecoderTextLayer

from engine.training.tokenizer import BOS, EOS, PAD

_TOWER = {
    "model_type": "gemma4_vision",
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "num_key_value_heads": 1,
    "head_dim": 16,
    "position_embedding_size": 16,
}
"""The class requires a vision tower; this is the smallest possible."""


@dataclass(frozen=True, slots=True)
class Size:
    """Widths and depths. The heads are `hidden / head` in number, the key-value heads half of them.

    wide: width of the dense layer beside the experts. experts, top: experts in a layer, and how many each token uses.
    expert: width of each. window: reach of the sliding layers in tokens; the last layer has full attention.
    """

    vocabulary: int
    hidden: int
    layers: int
    head: int
    wide: int
    expert: int
    experts: int
    top: int
    window: int
    positions: int
    canvas: int


def build(size: Size, seed: int) -> DiffusionGemmaForBlockDiffusion:
    """A model with random weights that encoder and decoder share, float32.

    Every part of a layer starts as a small addition to the residual stream, and attention starts flat. The family's own
    initial values (ones in all norms, unscaled attention) suit a trained model.
    """
    config = _config(size)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = DiffusionGemmaForBlockDiffusion(config)
        _initialise(model)
    return model


def _config(size: Size) -> DiffusionGemmaConfig:
    heads = size.hidden // size.head
    text = DiffusionGemmaTextConfig(
        vocab_size=size.vocabulary,
        hidden_size=size.hidden,
        intermediate_size=size.wide,
        num_hidden_layers=size.layers,
        num_attention_heads=heads,
        num_key_value_heads=max(1, heads // 2),
        # Older versions of transformers have no default for layers with full attention.
        num_global_key_value_heads=max(1, heads // 2),  # pyright: ignore[reportCallIssue] # kept for those versions
        head_dim=size.head,
        global_head_dim=size.head,  # pyright: ignore[reportCallIssue] # as above
        max_position_embeddings=size.positions,
        pad_token_id=PAD,
        eos_token_id=EOS,
        bos_token_id=BOS,
        sliding_window=size.window,
        layer_types=["sliding_attention"] * (size.layers - 1) + ["full_attention"],
        use_bidirectional_attention="vision",
        num_experts=size.experts,
        top_k_experts=size.top,
        moe_intermediate_size=size.expert,
    )
    return DiffusionGemmaConfig(text_config=text, vision_config=_TOWER, canvas_length=size.canvas)


@torch.no_grad()
def _initialise(model: DiffusionGemmaForBlockDiffusion) -> None:
    """Variance-preserving weights; the norms after each part of a layer scale it down with depth."""
    decoder = model.model.decoder
    for name, weight in decoder.named_parameters():
        if weight.ndim >= 2 and "embed_tokens" not in name:
            nn.init.normal_(weight, std=weight.shape[-1] ** -0.5)
    # The family multiplies embeddings by the square root of their width.
    nn.init.normal_(decoder.embed_tokens.weight, std=decoder.config.get_text_config().hidden_size ** -0.5)
    depth = (2 * len(decoder.layers)) ** -0.5
    for layer in cast("Iterable[DiffusionGemmaDecoderTextLayer]", decoder.layers):
        attention = layer.self_attn
        for norm in (attention.q_norm, attention.k_norm):
            norm.weight.fill_(attention.head_dim**-0.25)
        layer.post_attention_layernorm.weight.fill_(depth)
        layer.post_feedforward_layernorm.weight.fill_(depth)


def size_of(folder: Path) -> Size:
    """The size of an earlier checkpoint. Raises ValueError if its shape is not one of this recipe."""
    config = DiffusionGemmaConfig.from_pretrained(folder)
    text = config.get_text_config()
    size = Size(
        vocabulary=text.vocab_size,
        hidden=text.hidden_size,
        layers=text.num_hidden_layers,
        head=text.head_dim,
        wide=text.intermediate_size,
        expert=text.moe_intermediate_size,
        experts=text.num_experts,
        top=text.top_k_experts,
        window=text.sliding_window,
        positions=text.max_position_embeddings,
        canvas=config.canvas_length or 0,
    )
    mine, theirs = _config(size).get_text_config().to_dict(), text.to_dict()
    if {**mine, "dtype": None} != {**theirs, "dtype": None}:
        raise ValueError(f"{folder} does not have the shape of a checkpoint of this recipe.")
    return size


@torch.no_grad()
def start_from(model: DiffusionGemmaForBlockDiffusion, folder: Path) -> None:
    """Copy the weights of an earlier checkpoint of the same size into a model."""
    earlier = DiffusionGemmaForBlockDiffusion.from_pretrained(folder, dtype=torch.float32)
    for weight, value in zip(parameters(model).values(), parameters(earlier).values(), strict=True):
        weight.copy_(value)


def parameters(model: DiffusionGemmaForBlockDiffusion) -> dict[str, nn.Parameter]:
    """The parameters to train, by their name in the decoder: all but the vision tower's, each once."""
    return dict(model.model.decoder.named_parameters())
