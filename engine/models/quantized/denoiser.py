"""The denoiser of a checkpoint in 4 bits, as the program uses it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import platformdirs

from engine.contracts.checkpoint import Checkpoint
from engine.models.quantized.graph import GraphedDenoiser, fuse_norms
from engine.models.quantized.loader import load_nf4


def load(
    checkpoint: Checkpoint,
    device: str,
    progress: Callable[[float, str], None] = lambda fraction, stage: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> GraphedDenoiser:
    """Load a checked folder of a DiffusionGemma in 4 bits and keep the pack in the user's cache.

    Arguments and errors are those of `engine.models.quantized.loader.load_nf4`.
    """
    loaded = load_nf4(checkpoint, device, pack_folder(checkpoint), progress=progress, cancelled=cancelled)
    if device != "cpu":
        fuse_norms(loaded.model)
    return GraphedDenoiser(loaded.model)


def pack_folder(checkpoint: Checkpoint) -> Path:
    """Where the packed weights of a folder are kept: named like it, and apart from another one of the same name."""
    place = hashlib.sha256(str(checkpoint.folder.resolve()).encode()).hexdigest()[:8]
    return Path(platformdirs.user_cache_dir("remelt", appauthor=False)) / "packs" / f"{checkpoint.name}-{place}"
