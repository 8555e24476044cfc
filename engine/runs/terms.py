"""The terms of a run: the model, the request, and its limits on memory."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.request import Action, EditRequest, Sampler, SamplerSettings
from engine.models.loaded import LoadedModel

_LEAST_CANVAS = 16


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a run may use at a time. rows: canvases side by side. canvas: positions of one."""

    rows: int
    canvas: int

    def halved(self, used: Limits) -> Limits | None:
        """Half of what was used when memory ran out: first the batch, then the canvas. None if it cannot be less."""
        if used.rows > 1:
            return Limits(used.rows // 2, self.canvas)
        half = min(used.canvas, self.canvas) // 2
        return Limits(1, half) if half >= _LEAST_CANVAS else None


@dataclass(frozen=True, slots=True)
class Terms:
    """Constant throughout a run."""

    model: LoadedModel
    request: EditRequest
    limits: Limits

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint with a canvas that fits in memory; every layout is made for it."""
        return replace(self.model.checkpoint, trained_canvas=self.limits.canvas)

    @property
    def settings(self) -> SamplerSettings:
        """How canvases are denoised."""
        return self.request.settings or self.model.checkpoint.sampler

    @property
    def aligned(self) -> bool:
        """Whether noise replaces single tokens, and the posterior decides which of them stay."""
        return self.settings.sampler is Sampler.DDIM and self.request.action is Action.REWRITE
