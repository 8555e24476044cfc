"""The size of the model and the values it starts from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from transformers import DiffusionGemmaConfig, DiffusionGemmaForBlockDiffusion
from transformers.models.diffusion_gemma.configuration_diffusion_gemma import DiffusionGemmaTextConfig

from engine.training.tokenizer import BOS, EOS, PAD

_TOWER = {
    "model_type": "gemma4_vision",
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "num_key_value_heads": 1,
    "head_dim": 16,
}
"""The class insists on a vision tower; this is the smallest."""


@dataclass(frozen=True, slots=True)
class Size:
    """Widths and depths. The heads are `hidden / head` in number, the key-value heads half of them.

    wide: width of the dense layer beside the experts. experts, top: experts in a layer, and how many see a token.
    expert: width of each. window: reach of the sliding layers in tokens; the last layer sees everything.
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

    Every part of a layer starts as a small addition to what passes it, and attention starts flat: the family's own
    start values (weights of one in all norms, no scaling of the attention) are those of a trained model.
    """
    heads = size.hidden // size.head
    text = DiffusionGemmaTextConfig(
        vocab_size=size.vocabulary,
        hidden_size=size.hidden,
        intermediate_size=size.wide,
        num_hidden_layers=size.layers,
        num_attention_heads=heads,
        num_key_value_heads=max(1, heads // 2),
        # Older versions of transformers have no default for the layers that see everything.
        num_global_key_value_heads=max(1, heads // 2),
        head_dim=size.head,
        global_head_dim=size.head,
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
    config = DiffusionGemmaConfig(text_config=text, vision_config=_TOWER, canvas_length=size.canvas)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = DiffusionGemmaForBlockDiffusion(config)
        _initialise(model)
    return model


@torch.no_grad()
def _initialise(model: DiffusionGemmaForBlockDiffusion) -> None:
    """Variance-preserving weights; the norms behind each part of a layer weigh it down by the depth."""
    decoder = model.model.decoder
    for name, weight in decoder.named_parameters():
        if weight.ndim >= 2 and "embed_tokens" not in name:
            nn.init.normal_(weight, std=weight.shape[-1] ** -0.5)
    # The family multiplies embeddings by the root of their width.
    nn.init.normal_(decoder.embed_tokens.weight, std=decoder.config.get_text_config().hidden_size ** -0.5)
    depth = (2 * len(decoder.layers)) ** -0.5
    for layer in decoder.layers:
        attention = layer.self_attn
        for norm in (attention.q_norm, attention.k_norm):
            norm.weight.fill_(attention.head_dim**-0.25)
        layer.post_attention_layernorm.weight.fill_(depth)
        layer.post_feedforward_layernorm.weight.fill_(depth)


def parameters(model: DiffusionGemmaForBlockDiffusion) -> dict[str, nn.Parameter]:
    """The parameters that text trains, by their name in the decoder: all but the vision tower's, each once."""
    return dict(model.model.decoder.named_parameters())
