"""A loaded checkpoint: everything a run needs to know about a model."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Self

import torch

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.errors import RequestError
from engine.contracts.request import Decoder
from engine.diffusion.denoiser import Denoiser
from engine.models import causal_lm, diffusion_gemma
from engine.models.checkpoint_folder import embedded_checkpoint, read_checkpoint
from engine.models.prefix import CachedDenoiser
from engine.text.balance import PAIRED
from engine.text.fitting import MARKS
from engine.text.vocabulary import Vocabulary

_DIGITS = frozenset("0123456789")
_BLOCKS_A_CANVAS = 4
"""A checkpoint without an end token continues a text in blocks of a quarter of its canvas: with no text after it, a
larger one would not hold together."""


class LoadedModel:
    """A checkpoint, the denoiser that runs it, its vocabulary, and the tokens it must not write.

    banned, banned_with_padding, banned_in_blocks: ids, (K,) int64, that no slot may hold: in general, if no slot may
    stay empty, and if no text follows the canvas.
    marks, pairs, digits: ids, (K,), that could be markup; those, and brackets and quotation marks; parts of numbers.
    ends: ids that end a text, for a checkpoint trained to end by itself.
    block: slots of a canvas for continuing a text.
    """

    def __init__(self, checkpoint: Checkpoint, denoiser: Denoiser, vocabulary: Vocabulary) -> None:
        self.checkpoint = checkpoint
        self.denoiser = denoiser
        self.vocabulary = vocabulary
        # Padding ends a span only if the model was trained that way.
        banned = vocabulary.unwritable + (() if checkpoint.length_by == "pad" else (vocabulary.pad,))
        self.banned = torch.tensor(banned, device=denoiser.device)
        self.banned_with_padding = torch.tensor(sorted({*banned, vocabulary.pad}), device=denoiser.device)
        self.marks = torch.tensor(vocabulary.with_any(MARKS), dtype=torch.int64, device=denoiser.device)
        self.pairs = torch.tensor(vocabulary.with_any(MARKS | PAIRED), dtype=torch.int64, device=denoiser.device)
        self.digits = torch.tensor(vocabulary.with_any(_DIGITS), dtype=torch.int64, device=denoiser.device)
        self.ends = denoiser.ends if checkpoint.length_by == "end-token" else ()
        # With no text after the canvas, padding would only make the text shorter than requested.
        blocks = (set(banned) | {vocabulary.pad}) - set(self.ends)
        self.banned_in_blocks = torch.tensor(sorted(blocks), device=denoiser.device)
        self.block = checkpoint.trained_canvas // (1 if self.ends else _BLOCKS_A_CANVAS)

    @cached_property
    def no_whole_words(self) -> torch.Tensor:
        """Ids, (K,) int64, of all tokens that are not a whole word."""
        others = set(range(self.vocabulary.size)) - set(self.vocabulary.whole_words)
        return torch.tensor(sorted(others), device=self.denoiser.device)

    @classmethod
    def open(
        cls,
        folder: str | Path | None = None,
        device: str = "cpu",
        progress: Callable[[float, str], None] = lambda fraction, stage: None,
    ) -> Self:
        """Validate and load a checkpoint's folder; None means the embedded one.

        Raises CheckpointError, MemoryShortageError, RequestError if the device is not available.
        """
        progress(0.9, "Checking the checkpoint")
        checkpoint = embedded_checkpoint() if folder is None else read_checkpoint(folder)
        try:
            torch.Generator(device)
        except (RuntimeError, AssertionError) as error:
            raise RequestError(f"The device {device!r} is not available here. Try --device cpu.") from error
        denoiser = _load(checkpoint, device, progress)
        text = denoiser.model.config.get_text_config()
        vocabulary = Vocabulary.read(checkpoint.folder, text.vocab_size, text.pad_token_id, text.bos_token_id)
        return cls(checkpoint, denoiser, vocabulary)


def _load(
    checkpoint: Checkpoint, device: str, progress: Callable[[float, str], None]
) -> CachedDenoiser | causal_lm.CausalLMDenoiser:
    """The denoiser for the class of a checkpoint. Raises CheckpointError, MemoryShortageError."""
    if Decoder.DIFFUSION not in checkpoint.decoders:
        return causal_lm.load(checkpoint, device, progress)
    return CachedDenoiser(diffusion_gemma.load(checkpoint, device, progress).model)
