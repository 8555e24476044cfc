"""One pass over [prefix | canvas] for training: what the encoder and then the decoder would compute, in one stack.

Encoder and decoder share their weights, so a mask is all it takes: the prefix sees what comes before it, and the canvas
sees the prefix and itself. transformers' modules hold the weights; here they are called so that a layer is one region
for `torch.compile`, and a single expert needs no routing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

import torch
from torch import Tensor
from torch.nn import functional
from transformers import DiffusionGemmaForBlockDiffusion
from transformers.models.diffusion_gemma.modeling_diffusion_gemma import (
    DiffusionGemmaDecoderTextAttention,
    DiffusionGemmaDecoderTextLayer,
)

Mask = dict[str, Tensor]


class _Experts(Protocol):
    """transformers' packed experts, whose decorator hides their attributes. E experts of width W.

    gate_up_proj: (E, 2 W, H). down_proj: (E, H, W).
    """

    num_experts: int
    gate_up_proj: Tensor
    down_proj: Tensor
    act_fn: Callable[[Tensor], Tensor]

    def __call__(self, hidden: Tensor, index: Tensor, weights: Tensor) -> Tensor:
        """(N, H) states through the experts given by (N, K) indices, with (N, K) weights."""
        ...


def block_masks(prefix: Tensor, end: Tensor, length: int, window: int) -> Mask:
    """Who sees whom, (R, 1, L, L) bool for each type of layer.

    prefix, end: (R,) where the canvas of each row starts and ends; nothing after its end is seen.
    window: reach of the sliding layers. A token of the prefix sees the last `window` tokens including itself; the whole
    canvas sees the last `window - 1` of the prefix, which is what the KV cache of a sliding layer keeps.
    """
    query = torch.arange(length, device=prefix.device)[:, None]
    key = torch.arange(length, device=prefix.device)[None, :]
    prefix, end = prefix[:, None, None], end[:, None, None]
    on_canvas = query >= prefix
    full = torch.where(on_canvas, key < end, key <= query)
    near = torch.where(on_canvas, key > prefix - window, key > query - window)
    return {"full_attention": full[:, None], "sliding_attention": (full & near)[:, None]}


def layer_forward(
    layer: DiffusionGemmaDecoderTextLayer, hidden: Tensor, cos: Tensor, sin: Tensor, mask: Tensor
) -> Tensor:
    """One layer, (R, L, H) to (R, L, H). cos, sin: (1, L, D). mask: (R, 1, L, L) bool."""
    attended = _attention(layer.self_attn, layer.input_layernorm(hidden), cos, sin, mask)
    hidden = hidden + layer.post_attention_layernorm(attended)
    dense = layer.post_feedforward_layernorm_1(layer.mlp(layer.pre_feedforward_layernorm(hidden)))
    routed = layer.post_feedforward_layernorm_2(_experts(layer, hidden))
    return (hidden + layer.post_feedforward_layernorm(dense + routed)) * layer.layer_scalar


def head_loss(hidden: Tensor, weight: Tensor, targets: Tensor, softcap: float) -> Tensor:
    """-log p of the targets, (N,) nats float32, from (N, H) states under the (V, H) head."""
    logits = functional.linear(hidden, weight).float()
    return functional.cross_entropy(softcap * torch.tanh(logits / softcap), targets, reduction="none")


def soft_embedding(hidden: Tensor, weight: Tensor, softcap: float) -> Tensor:
    """The mixture of embeddings, (N, H), for the prediction from (N, H) states; not yet scaled."""
    logits = functional.linear(hidden, weight).float()
    probabilities = torch.softmax(softcap * torch.tanh(logits / softcap), dim=-1)
    return probabilities.to(hidden.dtype) @ weight.to(hidden.dtype)


class Stack:
    """The pass, optionally compiled in regions. It uses the model's own parameters."""

    def __init__(self, model: DiffusionGemmaForBlockDiffusion, compiled: bool) -> None:
        self.decoder = model.model.decoder
        text = model.config.get_text_config()
        self.layer_types: list[str] = text.layer_types
        self.window: int = text.sliding_window
        self.softcap: float = text.final_logit_softcapping
        self.weight = self.decoder.embed_tokens.weight
        # The number of positions to predict varies between batches; the shape of a layer does not.
        self._layer = torch.compile(layer_forward, dynamic=False) if compiled else layer_forward
        self._loss = torch.compile(head_loss, dynamic=True) if compiled else head_loss
        self._mix = torch.compile(soft_embedding, dynamic=True) if compiled else soft_embedding

    def states(self, tokens: Tensor, prefix: Tensor, end: Tensor, soft: Tensor | None = None) -> Tensor:
        """States before the head, (R, L, H), of (R, L) tokens.

        soft: (R, L, H), the self-conditioning of the canvas; None in a first step.
        """
        length = tokens.shape[1]
        embedded = self.decoder.embed_tokens(tokens)
        positions = torch.arange(length, device=tokens.device)
        signal = torch.zeros_like(embedded) if soft is None else soft
        canvas = self.decoder.self_conditioning(embedded, signal)
        hidden = torch.where((positions >= prefix[:, None])[..., None], canvas.to(embedded.dtype), embedded)
        masks = block_masks(prefix, end, length, self.window)
        rotary = {kind: self.decoder.rotary_emb(hidden, positions[None], kind) for kind in set(self.layer_types)}
        for layer, kind in zip(self.decoder.layers, self.layer_types, strict=True):
            cos, sin = rotary[kind]
            hidden = self._layer(cast("DiffusionGemmaDecoderTextLayer", layer), hidden, cos, sin, masks[kind])
        return self.decoder.norm(hidden)

    @torch.no_grad()
    def conditioning(self, tokens: Tensor, prefix: Tensor, end: Tensor, slots: Tensor) -> Tensor:
        """The self-conditioning in a second step, (R, L, H): at the slots, (S,) positions in the flattened rows, the
        mixture for the first prediction; elsewhere, the token's own embedding.
        """
        states = self.states(tokens, prefix, end).flatten(0, 1).index_select(0, slots)
        embedding = self.decoder.embed_tokens
        soft = embedding(tokens).flatten(0, 1)
        soft[slots] = (self._mix(states, self.weight, self.softcap) * embedding.embed_scale).to(soft.dtype)
        return soft.view(*tokens.shape, -1)

    def losses(self, states: Tensor, positions: Tensor, targets: Tensor) -> Tensor:
        """-log p of targets, (N,) nats, at (N,) positions in the flattened rows of (R, L, H) states."""
        return self._loss(states.flatten(0, 1).index_select(0, positions), self.weight, targets, self.softcap)


def _attention(
    attention: DiffusionGemmaDecoderTextAttention, hidden: Tensor, cos: Tensor, sin: Tensor, mask: Tensor
) -> Tensor:
    """Attention with the family's norms of query, key and value; no scaling, because the norms scale."""
    shape = (*hidden.shape[:-1], -1, attention.head_dim)
    query = _rotated(attention.q_norm(attention.q_proj(hidden).view(shape)).transpose(1, 2), cos, sin)
    projected = attention.k_proj(hidden).view(shape)
    key = _rotated(attention.k_norm(projected).transpose(1, 2), cos, sin)
    # Layers with full attention have no projection for values.
    value = projected if attention.v_proj is None else attention.v_proj(hidden).view(shape)
    value = attention.v_norm(value).transpose(1, 2)
    groups = attention.num_key_value_groups
    if groups > 1:
        key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
    mixed = functional.scaled_dot_product_attention(
        query.to(value.dtype), key.to(value.dtype), value, attn_mask=mask, scale=attention.scaling
    )
    return attention.o_proj(mixed.transpose(1, 2).flatten(2))


def _rotated(states: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions on (R, heads, L, D)."""
    first, second = states.chunk(2, dim=-1)
    return states * cos + torch.cat((-second, first), dim=-1) * sin


def _experts(layer: DiffusionGemmaDecoderTextLayer, hidden: Tensor) -> Tensor:
    """The routed part of a layer, (R, L, H)."""
    experts, router = cast("_Experts", layer.experts), layer.router
    normed = layer.pre_feedforward_layernorm_2(hidden)
    if experts.num_experts == 1:
        # With a single expert, the router gives it all the weight.
        gate, up = functional.linear(normed, experts.gate_up_proj[0]).chunk(2, dim=-1)
        return functional.linear(experts.act_fn(gate) * up, experts.down_proj[0]) * router.per_expert_scale[0]
    flat = hidden.flatten(0, 1)
    _, weights, index = router(flat)
    return experts(normed.flatten(0, 1), index, weights).view_as(hidden)
