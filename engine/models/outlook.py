"""Whether a model can be used here, found out before it is loaded."""

from __future__ import annotations

from pathlib import Path

from engine.contracts.errors import EngineError
from engine.contracts.loading import LoadSettings, Quantization
from engine.contracts.outlook import Outlook

_GPU = "cuda"


def outlook(
    model: str, device: str = "cpu", quantization: Quantization = Quantization.AUTO, *, ask_hub: bool = False
) -> Outlook:
    """What is to be expected of a folder, a hub id, or the embedded checkpoint, "". Raises nothing: it tells.

    May take seconds. ask_hub: whether the network may be used for a hub id that is not on this computer.
    """
    # Both import torch, which the window must not wait for.
    from engine.models import hub
    from engine.models.fit import check_device, make_plan

    name = Path(model).name if model else "embedded"
    try:
        check_device(device)
        if hub.is_hub_id(model) and hub.cached(model) is None:
            return _remote(model, device, ask_hub)
        checkpoint = hub.find_checkpoint(model or None)
        size = sum(path.stat().st_size for path in checkpoint.folder.glob("*.safetensors"))
        plan = make_plan(checkpoint, device, LoadSettings(quantization))
    except EngineError as error:
        return Outlook(model, name, trouble=str(error))
    parts = [f"{gigabytes(size)} on disk"]
    if plan.needed:
        parts.append(f"takes {gigabytes(plan.needed)} as {plan.quantization}")
    if plan.free:
        parts.append(f"{gigabytes(plan.free)} free on {device}")
    return Outlook(model, name, about=", ".join(parts) + "." + (f" {plan.note}" if plan.note else ""))


def devices() -> tuple[str, ...]:
    """The devices that torch can compute on here, the fastest first."""
    import torch

    found = [f"{_GPU}:{number}" for number in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    if len(found) == 1:
        found = [_GPU]
    return (*found, *(("mps",) if torch.backends.mps.is_available() else ()), "cpu")


def _remote(model: str, device: str, ask_hub: bool) -> Outlook:
    """Of a hub id that is not on this computer. Raises CheckpointError, RequestError."""
    from engine.models import fit, hub

    name = model.split("/")[1]
    size = hub.to_fetch(model) if ask_hub else hub.known_bytes(model)
    if size is None:
        return Outlook(model, name, about="Not on this computer.", to_fetch=None)
    about, trouble = f"{gigabytes(size)} to download from huggingface.co", ""
    if hub.known_bytes(model):
        needed, free = _needed(model), fit.free_memory(device)
        about += f", takes {gigabytes(needed)} as {Quantization.NF4}"
        # The experts of some layers may stay in the computer's own memory.
        beside = 0 if device == "cpu" else fit.free_memory("cpu") or 0
        if free is not None and free + beside < needed:
            trouble = f"It needs {gigabytes(needed)} as {Quantization.NF4}, and {gigabytes(free)} are free on {device}."
    return Outlook(model, name, about=f"{about}.", trouble=trouble, to_fetch=size)


def _needed(model: str) -> int:
    """Bytes on the device in 4 bits, from a configuration that ships."""
    from engine.models.fit import USUAL_CONTEXT
    from engine.models.memory import estimate, read_config

    config = read_config(model)
    canvas = config.canvas_length or 1
    context = min(USUAL_CONTEXT, config.get_text_config().max_position_embeddings - canvas)
    return estimate(config, Quantization.NF4, context, canvas).total


def gigabytes(size: int) -> str:
    """A size for people, in units of 1000."""
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"
