"""Serves requests on a loaded checkpoint: one request in, frames on the way, one result out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Self

import torch

from engine.contracts.errors import MemoryShortageError, RequestError, is_memory_shortage
from engine.contracts.frames import Frame
from engine.contracts.loading import Cancelled, LoadSettings, Progress
from engine.contracts.request import Action, Decoder, EditRequest, EditResult, SamplerSettings
from engine.contracts.words import WordsRequest, WordsResult
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.models.loaded import LoadedModel
from engine.runs.ask import AskRun
from engine.runs.continuation import ContinuationRun, writes_on
from engine.runs.edit import EditRun
from engine.runs.inbox import Inbox
from engine.runs.mend import MendRun
from engine.runs.own_ends import OwnEnds
from engine.runs.terms import Limits, Terms
from engine.runs.watch import RunCancelledError, Watch
from engine.wording.alternatives import Alternatives

_MOST_ROWS = 16
"""Canvases to denoise side by side, memory permitting."""
_FIRST = EditRequest("", "word", "", strength=1, settings=SamplerSettings(steps=1))
_FIRST_CAUSAL = EditRequest("word", "", "", Action.CONTINUE, length=2, decoder=Decoder.AUTOREGRESSIVE)
"""Warm-up runs: one for any checkpoint with a canvas, and one for those without."""


class Session(LoadedModel):
    """Runs requests on a loaded checkpoint, one at a time, on the caller's thread."""

    @classmethod
    def open(
        cls,
        folder: str | Path | None = None,
        device: str = "cpu",
        progress: Progress = lambda fraction, stage: None,
        cancelled: Cancelled = lambda: False,
        settings: LoadSettings | None = None,
    ) -> Self:
        """Load a checkpoint as `LoadedModel.open` does, and warm it up. Raises the same errors."""
        session = super().open(folder, device, progress, cancelled, settings)
        progress(0.98, "Warming up")
        session.run(_FIRST if Decoder.DIFFUSION in session.checkpoint.decoders else _FIRST_CAUSAL)
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
        """Serve a request.

        on_start: called with the range that will be replaced. on_group: called for each group of a long selection.
        on_frame: called with every frame of the first variant. cancelled: called between any two steps.
        inbox: asked for a person's changes between any two steps of the first variant.
        The model sees "\\n" at every line end, and all that comes out has the writer's own line ends.
        If memory runs out, the run starts again with half as many rows side by side, then with half the canvas.
        Raises RunCancelledError, RequestError, DenoisingError, MemoryShortageError.
        """
        asked = request.instruction is not None
        refusal = self.checkpoint.ask_refusal if asked else self.checkpoint.refusal(request.action, request.decoder)
        if refusal:
            raise RequestError(refusal)
        own = OwnEnds(request)
        request = own.request
        kind = self._kind(request)
        limits: Limits | None = Limits(_MOST_ROWS, self.checkpoint.trained_canvas)
        started: list[tuple[int, int]] = []

        def on_start_once(start: int, end: int) -> None:
            if not started:
                started.append((start, end))
                on_start(*own.place(start, end))

        while limits is not None:
            terms = Terms(self, request, limits)
            watch = Watch(terms, run, on_group, lambda frame: on_frame(own.frame(frame)), cancelled, inbox or Inbox())
            try:
                return own.result(kind(terms, watch).result(on_start_once))
            except (MemoryError, RuntimeError) as error:
                if not is_memory_shortage(error):
                    raise
                limits = limits.halved(watch.used)
            except RequestError:
                # If a length no longer fits, the request is not at fault.
                if limits.canvas == self.checkpoint.trained_canvas:
                    raise
                limits = None
            self.denoiser.forget()
            if self.denoiser.device.type == "cuda":
                torch.cuda.empty_cache()
        raise MemoryShortageError("There is not enough memory for this run. Select less text or close other programs.")

    def _kind(self, request: EditRequest) -> type[AskRun | ContinuationRun | MendRun | EditRun]:
        """What serves a request."""
        if request.instruction is not None:
            return AskRun
        if writes_on(request):
            return ContinuationRun
        return MendRun if MendRun.serves(request, self) else EditRun

    def words(self, request: WordsRequest, cancelled: Callable[[], bool] = lambda: False) -> WordsResult:
        """Other words for a place of a text. cancelled: called between any two passes of the model.

        Raises RunCancelledError, and RequestError if the checkpoint cannot do it.
        """

        def go_on() -> None:
            if cancelled():
                raise RunCancelledError

        return self.alternatives.find(request, go_on)

    @cached_property
    def alternatives(self) -> Alternatives:
        """What finds them. Raises RequestError as `words` does."""
        checkpoint, denoiser = self.checkpoint, self.denoiser
        if "en" not in checkpoint.languages:
            raise RequestError(
                f"The checkpoint {checkpoint.name} writes no English, the only language with word lists."
            )
        if not isinstance(denoiser, DiffusionGemmaDenoiser):
            raise RequestError(
                f"The checkpoint {checkpoint.name} sees no text after a place, so it cannot choose words."
            )
        return Alternatives(denoiser, checkpoint, self.vocabulary)
