"""The denoiser of a large checkpoint, as the program uses it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import platformdirs

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.loading import Cancelled, Progress, Quantization
from engine.models.quantized.assembly import FORMATS
from engine.models.quantized.graph import GraphedDenoiser, fuse_norms
from engine.models.quantized.loader import load_streamed


def load(
    checkpoint: Checkpoint,
    device: str,
    progress: Progress = lambda fraction, stage: None,
    cancelled: Cancelled = lambda: False,
    *,
    quantization: Quantization = Quantization.NF4,
    on_host: int = 0,
) -> tuple[GraphedDenoiser, str]:
    """Load a checked folder of a DiffusionGemma, and keep what is packed in the user's cache.

    Also returns a line for a person, "" where there is nothing to say. Arguments and errors are those of
    `engine.models.quantized.loader.load_streamed`.
    """
    loaded = load_streamed(
        checkpoint,
        device,
        pack_folder(checkpoint, quantization) if quantization in FORMATS else None,
        quantization=quantization,
        on_host=on_host,
        progress=progress,
        cancelled=cancelled,
    )
    if loaded.model.device.type != "cpu":
        fuse_norms(loaded.model)
    return GraphedDenoiser(loaded.model), loaded.note


def pack_folder(checkpoint: Checkpoint, quantization: Quantization) -> Path:
    """Where the packed weights of a folder are kept: named like it, and apart from another one of the same name."""
    place = hashlib.sha256(str(checkpoint.folder.resolve()).encode()).hexdigest()[:8]
    cache = Path(platformdirs.user_cache_dir("remelt", appauthor=False))
    return cache / "packs" / f"{checkpoint.name}-{place}-{quantization}"
