"""A loaded checkpoint: everything a run needs to know about a model."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Self

import torch

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.loading import Cancelled, LoadSettings, Progress, Quantization
from engine.contracts.request import Decoder
from engine.diffusion.denoiser import Denoiser
from engine.models import causal_lm, diffusion_gemma
from engine.models.chat import Chat
from engine.models.checkpoint_folder import share_before_loading
from engine.models.fit import Plan, check_device, make_plan
from engine.models.hub import find_checkpoint
from engine.models.prefix import CachedDenoiser
from engine.text.balance import PAIRED
from engine.text.fitting import MARKS
from engine.text.vocabulary import Vocabulary

_DIGITS = frozenset("0123456789")
_BLOCKS_A_CANVAS = 4
"""A checkpoint without an end token continues a text in blocks of a quarter of its canvas: with no text after it, a
larger one would not hold together."""

_LOADED = 0.97
"""Share of the whole that is done when all weights of a large checkpoint are there."""


class LoadedModel:
    """A checkpoint, the denoiser that runs it, its vocabulary, and the tokens it must not write.

    banned, banned_with_padding, banned_in_blocks: ids, (K,) int64, that no slot may hold: in general, if no slot may
    stay empty, and if no text follows the canvas.
    marks, pairs, digits: ids, (K,), that could be markup; those, and brackets and quotation marks; parts of numbers.
    ends: ids that end a text, for a checkpoint trained to end by itself.
    block: slots of a canvas for continuing a text.
    weights: what the large layers are kept as, such as "nf4" or "float32". note: a line for a person on how it was
    loaded; "" where there is nothing to say.
    """

    weights = ""
    note = ""

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
    def chat(self) -> Chat:
        """How it is asked in words. Raises CheckpointError if its template can't be used."""
        return Chat.of(self.checkpoint, self.vocabulary)

    @cached_property
    def banned_in_answers(self) -> torch.Tensor:
        """Ids, (K,) int64, that no slot of an answer may hold."""
        banned = set(self.vocabulary.unwritable_in_answers) - self.answer_ends
        return torch.tensor(sorted(banned), dtype=torch.int64, device=self.denoiser.device)

    @cached_property
    def answer_ends(self) -> frozenset[int]:
        """Ids that end an answer. Raises CheckpointError as `chat` does."""
        return frozenset({*self.denoiser.ends, *([] if self.chat.end is None else [self.chat.end])})

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
        progress: Progress = lambda fraction, stage: None,
        cancelled: Cancelled = lambda: False,
        settings: LoadSettings | None = None,
    ) -> Self:
        """Validate and load the checkpoint of a folder or a hub id; None means the embedded one.

        progress: of a download from 0 to 1, then of loading. cancelled: asked often while a large checkpoint is loaded.
        Raises CheckpointError, MemoryShortageError where it does not fit, RequestError if the device is not available,
        LoadingCancelledError.
        """
        settings = settings or LoadSettings()
        check_device(device)
        before = share_before_loading(folder)
        checkpoint = find_checkpoint(folder, settings.download, progress, cancelled)
        progress(before, "Checking the checkpoint")
        plan = make_plan(checkpoint, device, settings)
        denoiser, note = _load(checkpoint, device, plan, before, progress, cancelled)
        checkpoint = replace(checkpoint, trained_context=plan.context)
        text = denoiser.model.config.get_text_config()
        vocabulary = Vocabulary.read(checkpoint.folder, text.vocab_size, text.pad_token_id, text.bos_token_id)
        model = cls(checkpoint, denoiser, vocabulary)
        dtype = str(denoiser.model.dtype).removeprefix("torch.")
        model.weights = str(plan.quantization) if plan.quantization.packs else dtype
        model.note = " ".join(line for line in (plan.note, note) if line)
        return model


def _load(
    checkpoint: Checkpoint, device: str, plan: Plan, before: float, progress: Progress, cancelled: Cancelled
) -> tuple[CachedDenoiser | causal_lm.CausalLMDenoiser, str]:
    """The denoiser for the class of a checkpoint, and a line for a person.

    before: share of the whole that is done already.
    Raises CheckpointError, MemoryShortageError, LoadingCancelledError.
    """
    dtype = torch.bfloat16 if plan.quantization is Quantization.BF16 else None
    if Decoder.DIFFUSION not in checkpoint.decoders:
        return causal_lm.load(checkpoint, device, progress, dtype), ""
    if plan.quantization is Quantization.AUTO:
        return CachedDenoiser(diffusion_gemma.load(checkpoint, device, progress).model), ""

    # This imports bitsandbytes, and a small checkpoint need not wait for it.
    from engine.models.quantized import denoiser as quantized

    def within(fraction: float, stage: str) -> None:
        progress(before + (_LOADED - before) * fraction, stage)

    return quantized.load(checkpoint, device, within, cancelled, quantization=plan.quantization, on_host=plan.on_host)
