"""DiffusionGemma without content: encoder and decoder on the same modules, packed weights where they are wanted."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import DiffusionGemmaConfig, DiffusionGemmaForBlockDiffusion, PreTrainedModel

from engine.contracts.loading import Quantization
from engine.models.quantized.experts import CHUNKS, FUSED, pack_experts
from engine.models.quantized.int8 import Int8Weight
from engine.models.quantized.nf4 import NF4Weight
from engine.models.quantized.packed import PackedLinear, PackedWeight

_LINEARS = {"self_attn": ("q_proj", "k_proj", "v_proj", "o_proj"), "mlp": ("gate_proj", "up_proj", "down_proj")}
FORMATS: dict[Quantization, type[NF4Weight | Int8Weight]] = {
    Quantization.NF4: NF4Weight,
    Quantization.INT8: Int8Weight,
}
"""What packed weights are. Other choices have none."""


def assemble(
    config: DiffusionGemmaConfig, dtype: torch.dtype, quantization: Quantization = Quantization.NF4
) -> DiffusionGemmaForBlockDiffusion:
    """The model on the meta device, in evaluation mode.

    What encoder and decoder have in common are the same modules, so that it exists once whatever is done to it.
    quantization: of attention, dense layers and experts of the text; router, embeddings, norms, self-conditioning and
    vision are never packed.
    """
    kind = FORMATS.get(quantization)
    with torch.device("meta"):
        model = DiffusionGemmaForBlockDiffusion._from_config(copy.deepcopy(config), dtype=dtype).eval()
    model.requires_grad_(False)
    _share(model)
    if kind is not None:
        for layer in model.model.decoder.layers:
            _pack(layer, kind)
        # The encoder's layers have the decoder's modules, but each attention is a class of its own.
        _share(model)
        model.set_experts_implementation(FUSED if kind is NF4Weight else CHUNKS)
    return model


def use_chunks(model: DiffusionGemmaForBlockDiffusion) -> None:
    """Unpack experts chunk by chunk from now on, whatever the device."""
    model.set_experts_implementation(CHUNKS)


def _share(model: DiffusionGemmaForBlockDiffusion) -> None:
    """Give the encoder the decoder's modules, except those that hold no weights."""
    decoder, encoder = model.model.decoder, model.model.encoder.language_model
    encoder.embed_tokens, encoder.norm = decoder.embed_tokens, decoder.norm
    model.lm_head.weight = decoder.embed_tokens.weight
    for ours, theirs in zip(encoder.layers, decoder.layers, strict=True):
        for name, module in theirs.named_children():
            if name == "self_attn":
                attention = ours.get_submodule(name)
                for part, inner in module.named_children():
                    attention.add_module(part, inner)
            else:
                ours.add_module(name, module)


def _pack(layer: Any, kind: type[NF4Weight | Int8Weight]) -> None:
    """Exchange what is large in a layer of the text. torch knows no types of transformers' modules."""
    for name, parts in _LINEARS.items():
        parent = getattr(layer, name)
        for part in parts:
            if (linear := getattr(parent, part)) is not None:
                parent.add_module(part, PackedLinear(kind((linear.out_features, linear.in_features))))
    pack_experts(layer.experts, kind)


@dataclass(frozen=True, slots=True)
class Slot:
    """A weight that a checkpoint must bring, once for all places that share it.

    names: of all of those places, the decoder's first. owner, attribute: one of them in the model.
    """

    names: tuple[str, ...]
    owner: nn.Module
    attribute: str

    @property
    def weight(self) -> Tensor | PackedWeight:
        """What is there now."""
        return getattr(self.owner, self.attribute)

    def fill(self, value: Tensor) -> None:
        """Pack a value of the same shape or keep it as it is, on its device."""
        target = self.weight
        if isinstance(target, PackedWeight):
            target.quantise(value)
        elif isinstance(target, nn.Parameter):
            self.put(nn.Parameter(value.to(target.dtype), requires_grad=False))
        else:
            self.put(value.to(target.dtype))

    def put(self, value: Tensor) -> None:
        """Exchange the tensor, such as one for its copy on another device."""
        setattr(self.owner, self.attribute, value)


def slots(model: DiffusionGemmaForBlockDiffusion) -> list[Slot]:
    """All weights that a checkpoint must bring. The head is the embeddings: see `finish`."""
    names: dict[int, list[str]] = {}
    owners: dict[int, tuple[nn.Module, str]] = {}
    for prefix, module in model.named_modules(remove_duplicate=False):
        if isinstance(module, PackedWeight) or module is model.lm_head:
            continue
        buffers = {name: it for name, it in module._buffers.items() if name not in module._non_persistent_buffers_set}
        packed = {name: it for name, it in module._modules.items() if isinstance(it, PackedWeight)}
        for name, weight in {**module._parameters, **buffers, **packed}.items():
            if weight is not None:
                names.setdefault(id(weight), []).append(f"{prefix}.{name}")
                owners.setdefault(id(weight), (module, name))
    names[id(model.model.decoder.embed_tokens.weight)].append("lm_head.weight")
    return [
        Slot(tuple(sorted(found, key=lambda name: not name.startswith("model.decoder."))), *owners[key])
        for key, found in names.items()
    ]


@torch.no_grad()
def finish(model: DiffusionGemmaForBlockDiffusion, device: str | torch.device) -> None:
    """Compute what follows from the configuration alone, such as rotary frequencies, when all slots are filled."""
    model.lm_head.weight = model.model.decoder.embed_tokens.weight
    for parameter in model.parameters():
        # So transformers knows that this is no random content and leaves it alone.
        parameter._is_hf_initialized = True  # pyright: ignore[reportAttributeAccessIssue]
    _compute_buffers(model, model, device)


def _compute_buffers(module: nn.Module, model: PreTrainedModel, device: str | torch.device) -> None:
    """Those of a module and all below it. model: the nearest one around it that knows how."""
    if isinstance(module, PreTrainedModel):
        model = module
    if module._non_persistent_buffers_set:
        for name in module._non_persistent_buffers_set:
            setattr(module, name, torch.empty_like(getattr(module, name), device=device))
        model._init_weights(module)
    for child in module.children():
        _compute_buffers(child, model, device)
