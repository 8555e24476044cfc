"""What a run goes by: the model, the request, and how much it may take at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.request import Action, EditRequest, Sampler, SamplerSettings
from engine.models.loaded import LoadedModel

_LEAST_CANVAS = 16


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may take at once. rows: canvases side by side. canvas: positions of one."""

    rows: int
    canvas: int

    def halved(self, used: Limits) -> Limits | None:
        """Half of what was used when memory ran out: first of the batch, then of the canvas. None: there is no less."""
        if used.rows > 1:
            return Limits(used.rows // 2, self.canvas)
        half = min(used.canvas, self.canvas) // 2
        return Limits(1, half) if half >= _LEAST_CANVAS else None


@dataclass(frozen=True, slots=True)
class Terms:
    """Fixed from the beginning of a run to its end."""

    model: LoadedModel
    request: EditRequest
    limits: Limits

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint with a canvas that there is memory for, which every layout is made for."""
        return replace(self.model.checkpoint, trained_canvas=self.limits.canvas)

    @property
    def settings(self) -> SamplerSettings:
        """How canvases are denoised."""
        return self.request.settings or self.model.checkpoint.sampler

    @property
    def aligned(self) -> bool:
        """Whether the noise takes the place of single tokens, and what it leaves is decided by the posterior."""
        return self.settings.sampler is Sampler.DDIM and self.request.action is Action.REWRITE
