"""The memory a DiffusionGemma takes, from its configuration alone: weights, cache and working memory.

Weights are counted on a model without content, so they are exact. The cache follows from the layers. Of the working
memory only the large tensors are counted: everything with a dimension of the vocabulary in a step, and attention and
experts while a block of the context is read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import torch
from transformers import DiffusionGemmaConfig

from engine.contracts.errors import CheckpointError, RequestError
from engine.contracts.loading import Quantization
from engine.models.hub import cached, is_hub_id
from engine.models.quantized.assembly import FORMATS, Slot, assemble, slots
from engine.models.quantized.experts import CHUNK_BYTES
from engine.models.quantized.packed import PackedWeight

KNOWN = {"google/diffusiongemma-26B-A4B-it": "diffusiongemma-26B-A4B.json"}
"""Hub ids whose configuration comes with the program."""
_KINDS = {
    "experts": ".experts.",
    "vision": "vision",
    "embeddings": "embed_tokens",
    "attention": ".self_attn.",
    "dense layers": ".mlp.",
    "self-conditioning": "self_conditioning",
}
"""Parts, and how to tell them by the names of weights; the first that fits. All else is routers and norms."""
_ENTROPY_AT_ONCE = 2**23


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes by part. weights: of the model. cache: of the context. work: at its most while reading or in a step.

    noted: windows of the sliding layers that are kept for later edits, always in the host's memory. on_host: experts
    that stay there. a_layer: experts of one layer.
    """

    parameters: int
    weights: dict[str, int]
    cache: dict[str, int]
    work: int
    noted: int
    on_host: int
    a_layer: int
    context: int
    canvas: int

    @property
    def total(self) -> int:
        """All that must be on the device at a time, a GPU; on a CPU, `noted` comes to it."""
        return sum(self.weights.values()) + sum(self.cache.values()) + self.work


def read_config(model: str) -> DiffusionGemmaConfig:
    """Of a known hub id, a folder or a config.json. Raises RequestError, CheckpointError."""
    if model in KNOWN:
        content = files("resources").joinpath("models", KNOWN[model]).read_text("utf-8")
    else:
        path = (cached(model) if is_hub_id(model) else None) or Path(model)
        path = path / "config.json" if path.is_dir() else path
        try:
            content = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise RequestError(
                f"{model} is neither a folder with a config.json nor one of {', '.join(KNOWN)}. "
                "Choose one of these with --model."
            ) from None
    try:
        parsed = json.loads(content)
        if "DiffusionGemmaForBlockDiffusion" not in parsed["architectures"]:
            raise KeyError("architectures")
        return cast(DiffusionGemmaConfig, DiffusionGemmaConfig.from_dict(parsed))
    # Whatever transformers says of such a file, it describes no model.
    except Exception as error:
        raise CheckpointError(f"{model} has no config.json of a DiffusionGemmaForBlockDiffusion.") from error


def estimate(
    config: DiffusionGemmaConfig,
    quantization: Quantization | str,
    context: int,
    canvas: int,
    *,
    block: int = 1024,
    dtype: torch.dtype = torch.bfloat16,
    fused: bool = True,
    on_host: int = 0,
) -> Memory:
    """What a run takes after so many tokens of context with a canvas of so many.

    quantization: any but AUTO. dtype: of what is not quantised, and of what is computed: bfloat16 on a GPU, float32 on
    a CPU. block: tokens of the context that are read in a pass. fused: whether steps are recorded, and experts in NF4
    are multiplied packed, as on a GPU. on_host: layers whose experts stay in the host's memory.
    Raises RequestError where the model cannot read so much.
    """
    # transformers declares most of its fields as optional.
    text: Any = config.get_text_config()
    if context < 1 or canvas < 1 or context + canvas > text.max_position_embeddings:
        raise RequestError(
            f"Context and canvas must be at least 1 token each and together at most {text.max_position_embeddings}."
        )
    size = dtype.itemsize
    quantization = Quantization(quantization)
    # What waits for the GPU cannot be recorded.
    fused = fused and quantization is not Quantization.INT8 and not on_host
    found = _sizes(config.to_json_string())
    weights = dict.fromkeys([*_KINDS, "routers and norms"], 0)
    for each in found:
        weights[each.part] += each.bytes(quantization, size)
    a_layer = weights["experts"] // text.num_hidden_layers
    weights["experts"] -= on_host * a_layer
    block = min(block, context)
    chunk = min(CHUNK_BYTES, 2 * text.num_experts * text.moe_intermediate_size * text.hidden_size * size)
    whole = quantization is Quantization.BF16
    unpacked = (0 if fused or whole else chunk) + (a_layer if on_host else 0)
    work = max(
        _reading(text, context, block, size, unpacked),
        _layer(text, context, canvas, size, unpacked),
        _head(text, canvas, size, recorded=fused),
    )
    return Memory(
        parameters=sum(each.shape.numel() for each in found),
        weights=weights,
        cache=_cache(text, context, block, size),
        work=work,
        noted=_noted(text, context, block, size),
        on_host=on_host * a_layer,
        a_layer=a_layer,
        context=context,
        canvas=canvas,
    )


@dataclass(frozen=True, slots=True)
class _Size:
    """Of a weight. packable: whether a quantization applies to it."""

    part: str
    shape: torch.Size
    packable: bool

    def bytes(self, quantization: Quantization, size: int) -> int:
        kind = FORMATS.get(quantization) if self.packable else None
        return self.shape.numel() * size if kind is None else kind(self.shape).nbytes


# Even without content, making the real model takes a second, and several ways to load it are compared.
@lru_cache(maxsize=4)
def _sizes(config: str) -> tuple[_Size, ...]:
    """Of all weights of a model. config: JSON."""
    made = slots(
        assemble(cast(DiffusionGemmaConfig, DiffusionGemmaConfig.from_dict(json.loads(config))), torch.bfloat16)
    )
    return tuple(_Size(_part(each), each.weight.shape, isinstance(each.weight, PackedWeight)) for each in made)


def _part(slot: Slot) -> str:
    return next((part for part, sign in _KINDS.items() if sign in slot.names[0]), "routers and norms")


def _cache(text: Any, context: int, block: int, size: int) -> dict[str, int]:
    """Keys and values. A sliding layer holds its window and the block that was read last."""
    cache = {"full_attention": 0, "sliding_attention": 0}
    for layer, kind in enumerate(text.layer_types):
        held = context if kind == "full_attention" else min(context, text.sliding_window - 1 + block)
        cache[kind] += held * _per_token(text, layer) * size
    return {"full layers": cache["full_attention"], "sliding layers": cache["sliding_attention"]}


def _per_token(text: Any, layer: int) -> int:
    """Numbers that a layer keeps of a token."""
    own = text.per_layer_config[layer]
    return 2 * own.num_key_value_heads * own.head_dim


def _head(text: Any, canvas: int, size: int, recorded: bool) -> int:
    """The end of a step: everything with a dimension of the vocabulary.

    Logits, tempered logits, probabilities and those of the step before, in float32. Then the entropy, part by part, or
    on a CPU as many random numbers in float64. recorded: a graph keeps what it reads and what it makes in the dtype.
    """
    numbers = canvas * text.vocab_size
    drawn = 2 * 4 * min(numbers, _ENTROPY_AT_ONCE) if size < 4 else 8 * numbers
    return 4 * 4 * numbers + drawn + (4 * numbers * size if recorded else 0)


def _layer(text: Any, context: int, canvas: int, size: int, unpacked: int) -> int:
    """The largest layer in a step: keys and values with the canvas after them, or experts, beside the conditioning."""
    attended = max(_per_token(text, layer) for layer in range(text.num_hidden_layers)) * (context + canvas) * size
    return 4 * canvas * text.vocab_size + max(attended, unpacked + _routed(text, canvas, size))


def _reading(text: Any, context: int, block: int, size: int, unpacked: int) -> int:
    """The largest layer while the last block is read: masks, and keys and values for each head or routed rows."""
    masks = block * context * (2 + size)
    heads = max(text.per_layer_config[layer].head_dim for layer in range(text.num_hidden_layers))
    attended = 2 * text.num_attention_heads * heads * context * size
    return masks + max(attended, unpacked + _routed(text, block, size))


def _routed(text: Any, tokens: int, size: int) -> int:
    """Rows of the experts: what goes in, what is between their layers, and what comes out in float32 at most."""
    return tokens * text.top_k_experts * (text.hidden_size * (4 + size) + 4 * text.moe_intermediate_size * size)


def _noted(text: Any, context: int, block: int, size: int) -> int:
    """Windows at places that are 1, 2 to 3, 4 to 7... blocks away from the end; see `engine.models.prefix`."""
    places = (context // block).bit_length() + 1
    sliding = [layer for layer, kind in enumerate(text.layer_types) if kind == "sliding_attention"]
    window = min(context, text.sliding_window - 1)
    return places * window * sum(_per_token(text, layer) for layer in sliding) * size
