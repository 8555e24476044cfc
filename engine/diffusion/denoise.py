"""Text diffusion in one screen: a canvas of noise becomes text.

In each step, the denoiser sees the whole canvas and predicts every slot. The scheduler accepts the tokens it can trust
together and fills all other slots with fresh noise. Nothing is final before the last step: a token accepted now may be
noise again in the next step, which lets the model correct its mistakes. The result is the draft: the most probable
token of each slot.

Read this first, then `engine.diffusion.entropy_bound` for how a step decides, and `engine.diffusion.sampler` for its
parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from engine.contracts.request import SamplerSettings
from engine.diffusion.canvas import Canvas, SlotChange
from engine.diffusion.denoiser import Context, Denoiser
from engine.diffusion.entropy_bound import EntropyBoundScheduler
from engine.diffusion.guidance import CausalGuidance
from engine.diffusion.sampler import TemperatureSchedule
from engine.diffusion.scheduler import Prediction, Scheduler
from engine.diffusion.step import Step


@torch.inference_mode()
def denoise(
    denoiser: Denoiser,
    context: Context,
    canvas: Canvas,
    settings: SamplerSettings,
    generator: torch.Generator,
    *,
    scheduler: Scheduler | None = None,
    rows: int = 1,
    banned: Tensor | None = None,
    changes: Callable[[], Sequence[SlotChange]] = lambda: (),
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Step]:
    """Denoise `rows` canvases side by side and yield every step, the initial noise first.

    Stops early when all rows are finished, or between two steps when `cancelled` returns True; then no step is marked
    last. scheduler: None means the entropy bound of the settings. banned: ids, (K,) int64, that no slot may hold.
    changes: called before each step for a person's changes, which apply to all rows.
    Raises DenoisingError if the model returns NaN.
    """
    scheduler = scheduler or EntropyBoundScheduler.of(settings, denoiser.vocabulary_size)
    schedule = TemperatureSchedule(settings.temperature_high, settings.temperature_low)
    guidance = CausalGuidance(settings.causal_weight)
    held, slots = scheduler.start(canvas, rows, generator, banned)
    finished = torch.zeros(rows, dtype=torch.bool, device=canvas.slots.device)
    conditioning: Tensor | None = None
    drafts: list[Tensor] = []
    yield slots.as_step(0, 0.0, canvas, held, None, finished, last=False)

    for number in range(1, settings.steps + 1):
        if cancelled():
            return
        melted = held.changed(changes(), slots.draft)
        if melted is not None:
            slots = slots.melted(melted, held, scheduler.noise, generator)
            conditioning = held.forgotten(conditioning, melted)
            drafts, finished = [], torch.zeros_like(finished)
        temperature = schedule.at(settings.steps - number + 1, settings.steps)
        seen = denoiser.logits(context, canvas.with_slots(slots.values), canvas.slots, conditioning)
        logits, passes = guidance.guided(seen, denoiser, context, canvas, slots.draft, conditioning)
        prediction = Prediction.of(held.allowed(logits / temperature, banned), seen)
        before, kept = slots, held.kept
        slots = scheduler.step(number, prediction, slots, held, melted, generator)
        probabilities = prediction.probabilities
        if finished.any():
            # A finished row is frozen while the others continue.
            slots = slots.frozen(finished, before)
            probabilities = held.frozen(finished, kept, probabilities, conditioning)
        conditioning = held.certain(probabilities)
        # Each is as large as the logits, and the next step would only let go of them when it has its own.
        del seen, logits, prediction
        drafts.append(slots.draft)
        finished = finished | scheduler.finished(number, drafts, slots.entropies, ~held.mask)
        last = number == settings.steps or bool(finished.all())
        yield slots.as_step(number, temperature, canvas, held, probabilities, finished, last, passes)
        if last:
            return
