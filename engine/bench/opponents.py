"""A step of others on the same model: transformers' `generate()`, plain and compiled, and the pipeline of diffusers."""

from __future__ import annotations

import statistics
import time
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from engine.bench.device import Device
from engine.bench.steps import generate_steps
from engine.contracts.request import SamplerSettings
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser

_STEPS = 8


def generate_ms(denoiser: DiffusionGemmaDenoiser, context: list[int], canvas: int) -> float:
    """Median milliseconds of a step of generate(), in its second run."""
    settings = SamplerSettings(steps=_STEPS)
    generate_steps(denoiser, context, canvas, settings, 0)
    return statistics.median(generate_steps(denoiser, context, canvas, settings, 1)[1:]) * 1e3


def compiled_ms(denoiser: DiffusionGemmaDenoiser, context: list[int], canvas: int) -> dict[str, float]:
    """The same with the static cache, for which transformers compiles the pass, in its third run."""
    started = time.perf_counter()
    settings, times = SamplerSettings(steps=_STEPS), list[float]()
    for turn in range(3):
        times = generate_steps(denoiser, context, canvas, settings, turn, cache_implementation="static")
    return {"ms": statistics.median(times[1:]) * 1e3, "seconds_in_all": time.perf_counter() - started}


def pipeline_ms(denoiser: DiffusionGemmaDenoiser, context: list[int], device: Device) -> float:
    """Median milliseconds of a step of diffusers' pipeline. Raises ImportError where it is not installed."""
    from diffusers import (
        DiffusionGemmaPipeline,  # pyright: ignore[reportPrivateImportUsage]
        EntropyBoundScheduler,  # pyright: ignore[reportPrivateImportUsage]
    )

    times: list[float] = []

    def noted(pipeline: Any, step: int, timestep: int, tensors: dict[str, Any]) -> dict[str, Any]:
        device.wait()
        times.append(time.perf_counter())
        return {}

    processor = _Tokens(torch.tensor([context], device=denoiser.device))
    pipeline = DiffusionGemmaPipeline(denoiser.model, EntropyBoundScheduler(), processor)
    pipeline.set_progress_bar_config(disable=True)
    length = denoiser.model.config.canvas_length or len(context)
    options: dict[str, Any] = {"confidence_threshold": None, "output_type": "seq", "eos_early_stop": False}
    pipeline("", gen_length=length, num_inference_steps=_STEPS, callback_on_step_end=noted, **options)
    return statistics.median(after - before for before, after in pairwise(times)) * 1e3


class _Tokens:
    """In the place of a processor: its chat template gives these tokens."""

    def __init__(self, ids: Tensor) -> None:
        self._ids = ids

    def apply_chat_template(self, messages: Any, **options: Any) -> dict[str, Tensor]:
        """The same for any messages."""
        return {"input_ids": self._ids}
