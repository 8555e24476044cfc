"""Which model is loaded, and how: plain data, and the engine that is made of it."""

from __future__ import annotations

from dataclasses import dataclass

from app.bridge import EngineFactory
from engine import EngineThread, LoadSettings, Quantization

KNOWN = ("google/diffusiongemma-26B-A4B-it",)
"""Hub ids that are offered before anybody has named one."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What a writer has chosen.

    model: a folder or hub id, "" for the embedded checkpoint. device: a torch device name.
    download: whether the network may be used for a hub id that is not on this computer.
    """

    model: str = ""
    device: str = "cpu"
    quantization: Quantization = Quantization.AUTO
    download: bool = False


def engine_factory(choice: ModelChoice) -> EngineFactory:
    """What makes the engine of a choice."""
    how = LoadSettings(choice.quantization, None, choice.download)
    return lambda on_event: EngineThread(on_event, choice.model or None, choice.device, how)
