"""Loads DiffusionGemma tensor by tensor, also from a checkpoint that is three times as large as the memory.

Each weight is read, brought to the device and packed there before the next one is read. What came out is kept as a
pack, from which the next start loads directly.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import DiffusionGemmaConfig, DiffusionGemmaForBlockDiffusion, GenerationConfig

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.errors import CheckpointError, LoadingCancelledError
from engine.contracts.loading import Cancelled, Progress, Quantization
from engine.models.loading import one_line
from engine.models.quantized.assembly import FORMATS, Slot, assemble, finish, slots
from engine.models.quantized.pack import Pack, PackError, Watch, fingerprint
from engine.models.quantized.packed import packed_weights
from engine.models.quantized.peak import Peak
from engine.models.quantized.shards import Shards

_PACKING = 0.8
"""Share of the time that packing takes; the rest goes into keeping the pack."""
_STAGES = {
    Quantization.NF4: "Packing file {} of {} to 4 bits",
    Quantization.INT8: "Packing file {} of {} to 8 bits",
    Quantization.BF16: "Loading file {} of {}",
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model and what it took to load it.

    from_pack: whether an earlier start had packed it. peak_host, peak_device: bytes beside what was there before.
    note: why the pack was not kept, in one line; "" where it was, or none was wanted.
    """

    model: DiffusionGemmaForBlockDiffusion
    from_pack: bool
    peak_host: int
    peak_device: int
    note: str


def load_streamed(
    checkpoint: Checkpoint,
    device: str,
    pack: Path | None = None,
    *,
    quantization: Quantization = Quantization.NF4,
    on_host: int = 0,
    progress: Progress = lambda fraction, stage: None,
    cancelled: Cancelled = lambda: False,
) -> Loaded:
    """Load a checked folder of a DiffusionGemma.

    device: a torch device name; on "cpu" what is not packed becomes float32, elsewhere it stays as it is stored.
    pack: a folder where the packed weights are kept; a damaged pack, or one of other weights, is rebuilt.
    quantization: any but AUTO; with BF16 all is bfloat16, on any device. on_host: the last layers, so many, whose
    experts stay in the host's memory. progress: called before each file. cancelled: asked before each weight.
    Raises CheckpointError if weights are missing, unknown, of the wrong shape or damaged; MemoryShortageError;
    LoadingCancelledError. In these cases no pack is left.
    """
    with one_line(checkpoint), Peak(device) as peak:
        config = DiffusionGemmaConfig.from_pretrained(checkpoint.folder, local_files_only=True)
        dtype = _dtype(config, device, quantization)
        model = assemble(config, dtype, quantization)
        for layer in model.model.decoder.layers[len(model.model.decoder.layers) - on_host :]:
            for weight in packed_weights(layer.get_submodule("experts")):
                weight.on_host = True
        kept = None if pack is None else Pack(pack, fingerprint(checkpoint.folder, quantization, dtype))

        furthest, packing = 0.0, 1.0 if kept is None else _PACKING

        def watch(fraction: float, stage: str) -> None:
            nonlocal furthest
            peak.look()
            if cancelled():
                raise LoadingCancelledError(f"Loading {checkpoint.name} was stopped. Nothing was kept.")
            if stage:
                # A pack that turns out to be damaged is begun anew, but nobody wants to see how far it was.
                furthest = max(furthest, fraction)
                progress(furthest, stage)

        note = ""
        from_pack = kept is not None and kept.load(slots(model), device, watch)
        if not from_pack:
            _stream(checkpoint, slots(model), device, _STAGES[quantization], _part(watch, 0.0, packing))
            if kept is not None:
                try:
                    kept.save(slots(model), _part(watch, packing, 1.0))
                except PackError as error:
                    note = str(error)
        finish(model, device)
        _check(checkpoint, model)
        model.generation_config = _generation_config(checkpoint, model)
        peak.look()
    return Loaded(model, from_pack, peak.host, peak.device, note)


def _part(watch: Watch, start: float, end: float) -> Watch:
    """For a part of the work: its fractions are those from start to end of the whole."""
    return lambda fraction, stage: watch(start + (end - start) * fraction, stage)


def _dtype(config: DiffusionGemmaConfig, device: str, quantization: Quantization) -> torch.dtype:
    """Of all that is not packed."""
    if quantization not in FORMATS:
        return torch.bfloat16
    if torch.device(device).type == "cpu":
        return torch.float32
    return config.dtype if isinstance(config.dtype, torch.dtype) else torch.bfloat16


def _stream(checkpoint: Checkpoint, wanted: list[Slot], device: str, stage: str, watch: Watch) -> None:
    """Fill all slots from the checkpoint's own files, one after the other."""
    with Shards(checkpoint.folder) as shards:
        places = _places(checkpoint, shards, wanted)
        for number, path in enumerate(shards.files, 1):
            watch((number - 1) / len(shards.files), stage.format(number, len(shards.files)))
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
        f"layer {number}"
        for number, (ours, theirs) in enumerate(zip(encoder.layers, decoder.layers, strict=True))
        if any(one is not other for one, other in zip(packed_weights(ours), packed_weights(theirs), strict=True))
    ]
    if empty or twice:
        raise CheckpointError(
            f"The checkpoint in {checkpoint.folder} was not loaded completely: {(empty + twice)[0]} is missing or "
            "duplicated. Please report this."
        )


def _generation_config(checkpoint: Checkpoint, model: DiffusionGemmaForBlockDiffusion) -> GenerationConfig:
    """The checkpoint's own settings, which name the tokens that end a text; the class's without such a file."""
    if not (checkpoint.folder / "generation_config.json").exists():
        return model.generation_config
    return model.generation_config_class.from_pretrained(checkpoint.folder, local_files_only=True)
