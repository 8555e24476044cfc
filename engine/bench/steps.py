"""Compares a step of Remelt's loop with one of transformers' `generate()`, alternating in the same process."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from itertools import pairwise
from typing import Any

import torch
from transformers.generation.streamers import BaseStreamer
from transformers.models.diffusion_gemma.generation_diffusion_gemma import EntropyBoundSamplerConfig

from engine.bench.text import context
from engine.contracts.request import SamplerSettings
from engine.diffusion.canvas import Canvas
from engine.diffusion.denoise import denoise
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.runs.session import Session

_SLOTS = (16, 32, 64, 128, 256)
_TURNS, _STEPS_A_TURN = 6, 6
"""Steps in a turn. The first has no self-conditioning and is not counted: 30 are."""
_NEVER = 1e-9


class _Clock(BaseStreamer):
    """A streamer for generate() that records when each step is done."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def put(self, value: Any) -> None:
        """Called with the prompt and with finished canvases."""

    def put_draft(self, value: Any) -> None:
        """Called after each denoising step."""
        self.times.append(time.perf_counter())

    def end(self) -> None:
        """Called at the end."""


def compare_steps(session: Session, seed: int) -> list[dict[str, Any]]:
    """A row for each size of canvas."""
    read, denoiser = context(session), _measured(session)
    return [_compare(denoiser, read, slots, session.checkpoint.sampler, seed) for slots in _SLOTS]


def steps_table(rows: list[dict[str, Any]]) -> list[str]:
    """The rows in readable form."""
    return [
        "free slots   own step ms   generate() ms   ratio",
        *(
            f"{row['slots']:10}   {row['own_ms']:11.1f}   {row['generate_ms']:13.1f}   {row['ratio']:5.2f}"
            for row in rows
        ),
    ]


def own_step_ms(session: Session, slots: int, seed: int) -> float:
    """Median milliseconds of a step of Remelt's loop on a blank canvas of this many slots."""
    denoiser = _measured(session)
    settings = replace(session.checkpoint.sampler, steps=_STEPS_A_TURN, confidence=_NEVER)
    turns = [own_steps(denoiser, context(session), slots, settings, seed + turn) for turn in range(_TURNS + 1)]
    # The first turn warms up.
    return statistics.median(time for turn in turns[1:] for time in turn) * 1e3


def _measured(session: Session) -> DiffusionGemmaDenoiser:
    """The denoiser of a session whose checkpoint has a canvas."""
    assert isinstance(session.denoiser, DiffusionGemmaDenoiser)
    return session.denoiser


def _compare(
    denoiser: DiffusionGemmaDenoiser, context: list[int], slots: int, sampler: SamplerSettings, seed: int
) -> dict[str, Any]:
    """A step of Remelt's loop and one of transformers' generate() on a blank canvas of `slots`, alternating."""
    settings = replace(sampler, steps=_STEPS_A_TURN, confidence=_NEVER, causal_weight=0.0)
    own: list[float] = []
    theirs: list[float] = []
    for turn in range(_TURNS + 1):
        found = own_steps(denoiser, context, slots, settings, seed + turn)
        compared = generate_steps(denoiser, context, slots, settings, seed + turn)
        # The first turn warms up.
        if turn:
            own += found
            theirs += compared
    own_ms, their_ms = statistics.median(own) * 1e3, statistics.median(theirs) * 1e3
    return {"slots": slots, "own_ms": own_ms, "generate_ms": their_ms, "ratio": own_ms / their_ms, "steps": len(own)}


def own_steps(
    denoiser: DiffusionGemmaDenoiser, context: list[int], slots: int, settings: SamplerSettings, seed: int
) -> list[float]:
    """Seconds of each step of Remelt's loop except the first."""
    generator = torch.Generator(denoiser.device).manual_seed(seed)
    canvas = Canvas.blank(slots, denoiser.device)
    times = []
    for step in denoise(denoiser, denoiser.prefill(context), canvas, settings, generator):
        step.draft.cpu()
        times.append(time.perf_counter())
    return _differences(times[1:])


def generate_steps(
    denoiser: DiffusionGemmaDenoiser,
    context: list[int],
    slots: int,
    settings: SamplerSettings,
    seed: int,
    **options: Any,
) -> list[float]:
    """Seconds of each step of generate() except the first. options: further arguments of generate()."""
    model, clock = denoiser.model, _Clock()
    trained = model.config.canvas_length
    # generate() has no other way to set the length of the canvas.
    model.config.canvas_length = slots
    torch.manual_seed(seed)
    try:
        model.generate(
            torch.tensor([context], device=denoiser.device),  # pyright: ignore[reportArgumentType] # it is a LongTensor
            streamer=clock,
            max_new_tokens=slots,
            max_denoising_steps=settings.steps,
            sampler_config=EntropyBoundSamplerConfig(settings.entropy_bound),
            t_max=settings.temperature_high,
            t_min=settings.temperature_low,
            confidence_threshold=_NEVER,
            eos_token_id=None,
            **options,
        )
    finally:
        model.config.canvas_length = trained
    return _differences(clock.times)


def _differences(times: list[float]) -> list[float]:
    """Time from each moment to the next."""
    return [after - before for before, after in pairwise(times)]
