"""A loaded checkpoint and what can be done with it: one request in, frames on the way, one result out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import torch

from engine.checkpoint import Checkpoint
from engine.continue_run import ContinueRun, writes_on
from engine.denoise import Denoiser
from engine.denoisers import causal_lm, diffusion_gemma
from engine.denoisers.prefix import CachedDenoiser
from engine.edit_run import EditRun
from engine.errors import MemoryShortageError, RequestError, is_memory_shortage
from engine.frames import Frame
from engine.mend_run import MendRun
from engine.request import Action, Decoder, EditRequest, EditResult, SamplerSettings
from engine.runs import Inbox, Limits
from engine.vocabulary import Vocabulary

_BLOCKS_A_CANVAS = 4
"""A checkpoint that does not end by itself writes on in blocks of a quarter of its canvas: nothing holds a large one
together from behind."""

_MOST_ROWS = 16
"""Canvases that are denoised side by side, as long as there is memory."""
_FIRST = EditRequest("", "word", "", strength=1, settings=SamplerSettings(steps=1))
_FIRST_CAUSAL = EditRequest("word", "", "", Action.CONTINUE, length=2, decoder=Decoder.AUTOREGRESSIVE)
"""Runs that warm up: of what every checkpoint can do, and of what those without a canvas can."""


class Session:
    """Runs requests on one checkpoint, one at a time, on the caller's thread."""

    def __init__(self, checkpoint: Checkpoint, denoiser: Denoiser, vocabulary: Vocabulary) -> None:
        self.checkpoint = checkpoint
        self.denoiser = denoiser
        self.vocabulary = vocabulary
        # Padding ends a span only where the model was trained so.
        banned = vocabulary.unwritable + (() if checkpoint.length_by == "pad" else (vocabulary.pad,))
        self.banned = torch.tensor(banned, device=denoiser.device)
        self.banned_with_padding = torch.tensor(sorted({*banned, vocabulary.pad}), device=denoiser.device)
        # Tokens after which a text is over, for a checkpoint that was trained to end by itself.
        self.ends = denoiser.ends if checkpoint.length_by == "end-token" else ()
        # Where nothing stands behind, padding would only make a text shorter than it was asked to be.
        blocks = (set(banned) | {vocabulary.pad}) - set(self.ends)
        self.banned_in_blocks = torch.tensor(sorted(blocks), device=denoiser.device)
        self.block = checkpoint.trained_canvas // (1 if self.ends else _BLOCKS_A_CANVAS)

    @cached_property
    def no_whole_words(self) -> torch.Tensor:
        """Ids, (K,) int64, of all tokens that are not a word of their own."""
        others = set(range(self.vocabulary.size)) - set(self.vocabulary.whole_words)
        return torch.tensor(sorted(others), device=self.denoiser.device)

    @classmethod
    def open(
        cls,
        folder: str | Path | None = None,
        device: str = "cpu",
        progress: Callable[[float, str], None] = lambda fraction, stage: None,
    ) -> Session:
        """Check and load a checkpoint's folder; None takes the embedded one.

        Raises CheckpointError, MemoryShortageError, RequestError for a device that is not there.
        """
        progress(0.3, "Checking the checkpoint")
        checkpoint = Checkpoint.embedded() if folder is None else Checkpoint.read(folder)
        try:
            torch.Generator(device)
        except (RuntimeError, AssertionError) as error:
            raise RequestError(f"The device {device!r} is not available here. Try --device cpu.") from error
        denoiser = _load(checkpoint, device, progress)
        text = denoiser.model.config.get_text_config()
        vocabulary = Vocabulary.read(checkpoint.folder, text.vocab_size, text.pad_token_id, text.bos_token_id)
        progress(0.9, "Warming up")
        session = cls(checkpoint, denoiser, vocabulary)
        session.run(_FIRST if Decoder.DIFFUSION in checkpoint.decoders else _FIRST_CAUSAL)
        return session

    def run(
        self,
        request: EditRequest,
        run: int = 0,
        *,
        on_start: Callable[[int, int], None] = lambda start, end: None,
        on_group: Callable[[int, int], None] = lambda group, groups: None,
        on_frame: Callable[[Frame], None] = lambda frame: None,
        cancelled: Callable[[], bool] = lambda: False,
        inbox: Inbox | None = None,
    ) -> EditResult:
        """Do what the request asks for.

        on_start: told the range that will be replaced. on_group: told each group of a long selection.
        on_frame: given every frame of the first variant. cancelled: asked between any two steps.
        inbox: asked between any two steps of the first variant for what a person changes.
        Where memory runs out, the run begins again with half of its rows side by side, then with half of the canvas.
        Raises RunCancelledError, RequestError, DenoisingError, MemoryShortageError.
        """
        if refusal := self.checkpoint.refusal(request.action, request.decoder):
            raise RequestError(refusal)
        kind = ContinueRun if writes_on(request) else EditRun
        if MendRun.serves(request, self.denoiser, self.vocabulary, self.checkpoint.languages):
            kind = MendRun
        limits: Limits | None = Limits(_MOST_ROWS, self.checkpoint.trained_canvas)
        started: list[tuple[int, int]] = []

        def on_start_once(start: int, end: int) -> None:
            if not started:
                started.append((start, end))
                on_start(start, end)

        while limits is not None:
            under_way = kind(self, request, run, on_group, on_frame, cancelled, inbox or Inbox(), limits)
            try:
                return under_way.result(on_start_once)
            except (MemoryError, RuntimeError) as error:
                if not is_memory_shortage(error):
                    raise
                limits = limits.halved(under_way.used)
            except RequestError:
                # A length that no longer fits is no fault of the request.
                if limits.canvas == self.checkpoint.trained_canvas:
                    raise
                limits = None
            self.denoiser.forget()
            if self.denoiser.device.type == "cuda":
                torch.cuda.empty_cache()
        raise MemoryShortageError("There is not enough memory for this run. Select less text or close other programs.")


def _load(checkpoint: Checkpoint, device: str, progress: Callable[[float, str], None]) -> Denoiser:
    """The denoiser for the class of a checkpoint. Raises CheckpointError, MemoryShortageError."""
    if Decoder.DIFFUSION not in checkpoint.decoders:
        return causal_lm.load(checkpoint, device, progress)
    return CachedDenoiser(diffusion_gemma.load(checkpoint, device, progress).model)
