"""Loads DiffusionGemma in 4 bits from a checkpoint in bfloat16 that is three times as large as the memory.

Each weight is read, brought to the device and packed there before the next one is read. What came out is kept as a
pack, from which the next start loads directly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import DiffusionGemmaConfig, DiffusionGemmaForBlockDiffusion, GenerationConfig

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.errors import CheckpointError, EngineError
from engine.models.loading import one_line
from engine.models.quantized.assembly import Slot, assemble, finish, slots
from engine.models.quantized.nf4 import NF4Weight
from engine.models.quantized.pack import Pack, fingerprint
from engine.models.quantized.peak import Peak
from engine.models.quantized.shards import Shards


class LoadingCancelledError(EngineError):
    """Loading was cancelled."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in 4 bits and what it took to load it.

    from_pack: whether an earlier start had packed it. peak_host, peak_device: bytes beside what was there before.
    """

    model: DiffusionGemmaForBlockDiffusion
    from_pack: bool
    peak_host: int
    peak_device: int


def load_nf4(
    checkpoint: Checkpoint,
    device: str,
    pack: Path | None = None,
    *,
    progress: Callable[[float, str], None] = lambda fraction, stage: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Loaded:
    """Load a checked folder of a DiffusionGemma, packed.

    device: a torch device name; on "cpu" what is not packed becomes float32, elsewhere it stays as it is stored.
    pack: a folder where the packed weights are kept; a damaged pack, or one of other weights, is rebuilt.
    progress: called with a fraction and a stage, before each file. cancelled: asked before each weight.
    Raises CheckpointError if weights are missing, unknown, of the wrong shape or damaged, or if the pack cannot be
    written; MemoryShortageError; LoadingCancelledError. In these cases no pack is left.
    """
    with one_line(checkpoint), Peak(device) as peak:
        config = DiffusionGemmaConfig.from_pretrained(checkpoint.folder, local_files_only=True)
        stored = config.dtype if isinstance(config.dtype, torch.dtype) else torch.bfloat16
        dtype = torch.float32 if device == "cpu" else stored
        model = assemble(config, dtype)
        kept = None if pack is None else Pack(pack, fingerprint(checkpoint.folder, dtype))

        def watch(fraction: float, stage: str) -> None:
            peak.look()
            if cancelled():
                raise LoadingCancelledError(f"Loading {checkpoint.name} was stopped. Nothing was kept.")
            if stage:
                progress(fraction, stage)

        from_pack = kept is not None and kept.load(slots(model), device, watch)
        if not from_pack:
            _stream(checkpoint, slots(model), device, watch)
            if kept is not None:
                kept.save(slots(model), watch)
        finish(model, device)
        _check(checkpoint, model)
        model.generation_config = _generation_config(checkpoint, model)
        peak.look()
    return Loaded(model, from_pack, peak.host, peak.device)


def _stream(checkpoint: Checkpoint, wanted: list[Slot], device: str, watch: Callable[[float, str], None]) -> None:
    """Fill all slots from the checkpoint's own files, one after the other."""
    with Shards(checkpoint.folder) as shards:
        places = _places(checkpoint, shards, wanted)
        for number, path in enumerate(shards.files, 1):
            watch((number - 1) / len(shards.files), f"Packing file {number} of {len(shards.files)} to 4 bits")
            for name in shards.names(path):
                if name in places:
                    watch(0, "")
                    shards.fill(places.pop(name), name, device)


def _places(checkpoint: Checkpoint, shards: Shards, wanted: list[Slot]) -> dict[str, Slot]:
    """Which weight of the files goes where. Raises CheckpointError before anything is read that takes time."""
    found = set(shards.names())
    places: dict[str, Slot] = {}
    missing, misshapen = [], []
    for slot in wanted:
        name = next((name for name in slot.names if name in found), None)
        if name is None:
            missing.append(slot.names[0])
        elif shards.shape(name) != tuple(slot.weight.shape):
            misshapen.append(name)
        else:
            places[name] = slot
    # A checkpoint may hold a shared weight at each of its places.
    unknown = found - {name for slot in wanted for name in slot.names}
    for fault, names in (("lacks", missing), ("has the wrong shape for", misshapen), ("has the unknown", unknown)):
        if names:
            raise CheckpointError(
                f"The weights in {checkpoint.folder} do not fit config.json: the file {fault} {min(names)} "
                f"({len(names)} in total). Download both from the same checkpoint."
            )
    return places


def _check(checkpoint: Checkpoint, model: DiffusionGemmaForBlockDiffusion) -> None:
    """Nothing may be left without content, and encoder and decoder must read the same memory."""
    tensors = [*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)]
    empty = [name for name, tensor in tensors if tensor.is_meta]
    encoder, decoder = model.model.encoder.language_model, model.model.decoder
    twice = [
        name
        for ours, theirs in zip(encoder.layers, decoder.layers, strict=True)
        for (name, one), (_, other) in zip(_packed(ours), _packed(theirs), strict=True)
        if one.packed.data_ptr() != other.packed.data_ptr()
    ]
    if empty or twice:
        raise CheckpointError(
            f"The checkpoint in {checkpoint.folder} was not loaded completely: {(empty + twice)[0]} is missing or "
            "duplicated. Please report this."
        )


def _packed(layer: torch.nn.Module) -> list[tuple[str, NF4Weight]]:
    return [(name, module) for name, module in layer.named_modules() if isinstance(module, NF4Weight)]


def _generation_config(checkpoint: Checkpoint, model: DiffusionGemmaForBlockDiffusion) -> GenerationConfig:
    """The checkpoint's own settings, which name the tokens that end a text; the class's without such a file."""
    if not (checkpoint.folder / "generation_config.json").exists():
        return model.generation_config
    return model.generation_config_class.from_pretrained(checkpoint.folder, local_files_only=True)
