"""Measures a model of the real size without its weights: `python -m engine bench --random-weights`.

Random weights are drawn on the device tensor by tensor and packed at once, so that the unpacked model never exists.
They cost what real ones cost, with one difference: random routers choose all experts equally often.
"""

from __future__ import annotations

import gc
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor, nn
from transformers import DiffusionGemmaConfig, DiffusionGemmaForBlockDiffusion

from engine.bench.steps import generate_steps, own_steps
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.models.quantized.assembly import slots
from engine.models.quantized.experts import CHUNKS, FUSED, by_chunks, has_triton
from engine.models.quantized.graph import GraphedDenoiser, fuse_norms
from engine.models.quantized.random import random_model
from engine.contracts.request import SamplerSettings

CONFIG = Path(__file__).parents[2] / "resources" / "models" / "diffusiongemma-26B-A4B.json"
CANVASES = (256, 128, 64, 32)
_CONTEXT, _LONG_CONTEXT = 512, 8192
_TURNS, _TOKENS = 8, 24
_COMPILING = 120
"""Seconds that must be left for compiling to be begun."""
_LAUNCHES = {
    256: ((32, False, 3), (32, False, 4), (16, False, 3), (32, True, 3)),
    32: ((16, False, 3), (16, True, 3)),
    1: ((16, False, 3),),
}
"""Tokens, and for them the ways that the kernel is launched: tokens at once, whether by a table, pipeline stages."""

Record = Callable[[str, Any], None]
"""Told each figure as soon as it is known: its name, and plain data."""


@dataclass
class Bench:
    """What is measured on which device, until the time is over. Figures go to `record`."""

    config: DiffusionGemmaConfig
    device: torch.device
    record: Record
    deadline: float
    canvases: tuple[int, ...] = CANVASES

    def run(self) -> None:
        """Everything, the most important first."""
        self.record("setting", self._setting())
        if self.device.type == "cuda":
            self.record("copy_gb_s", _copy_speed(self.device))
        model = self._built("nf4")
        self._experts(model)
        plain = DiffusionGemmaDenoiser(model)
        if self._can_fuse:
            self._passes("nf4 fused", model, plain, FUSED)
        self._passes("nf4 chunks", model, plain, CHUNKS)
        model.set_experts_implementation(FUSED)
        if self.device.type == "cuda":
            fuse_norms(model)
            graphed = GraphedDenoiser(model)
            self._passes("nf4 fused, one-kernel norms", model, plain, FUSED)
            self._passes("nf4 fused, one-kernel norms, graph", model, graphed, FUSED)
            self._steps("nf4 fused, one-kernel norms, graph", graphed)
            graphed.forget()
        self._long(model)
        self._steps("nf4 fused", plain)
        self._left_to_right("nf4 fused", plain)
        self._generate("nf4 fused", plain)
        self._pipeline("nf4 fused", plain)
        del plain, model
        self._free()
        self._unpacked()

    def _unpacked(self) -> None:
        """The same in bfloat16, for comparison."""
        model = self._guarded("bf16", lambda: self._built("bf16"))
        if model is None:
            return
        denoiser = DiffusionGemmaDenoiser(model)
        self._passes("bf16", model, denoiser, None)
        self._left_to_right("bf16", denoiser)
        self._generate("bf16", denoiser)
        self._pipeline("bf16", denoiser)
        if self.device.type == "cuda":
            fuse_norms(model)
            self._passes("bf16, one-kernel norms, graph", model, GraphedDenoiser(model), None)
            self._compiled("bf16", denoiser)

    @property
    def _can_fuse(self) -> bool:
        return self.device.type == "cuda" and has_triton()

    def _setting(self) -> dict[str, Any]:
        cuda = self.device.type == "cuda"
        return {
            "weights": "random weights",
            "device": torch.cuda.get_device_name(self.device) if cuda else platform.machine(),
            "date": date.today().isoformat(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "context_tokens": _CONTEXT,
        }

    def _built(self, quantization: str) -> DiffusionGemmaForBlockDiffusion:
        """A model with random weights; records its memory and the seconds it took."""
        self._reset_peak()
        started = time.perf_counter()
        # On a CPU the program computes in float32.
        dtype = torch.bfloat16 if self.device.type == "cuda" else torch.float32
        model = random_model(self.config, dtype, self.device, packed=quantization == "nf4")
        self._wait()
        weights = sum(slot.weight.nbytes for slot in slots(model))
        self.record(
            f"{quantization} build",
            {
                "seconds": time.perf_counter() - started,
                "weights_gb": weights / 1e9,
                "parameters": sum(
                    slot.weight.shape.numel() for slot in slots(model)
                ),
                **self._memory(),
            },
        )
        return model

    def _experts(self, model: DiffusionGemmaForBlockDiffusion) -> None:
        """Whether the kernel computes what unpacked experts do, and how long a layer takes."""
        if not self._can_fuse:
            return
        from engine.models.quantized import triton_nf4

        layer = model.model.decoder.layers[0].experts
        width, count = layer.hidden_dim, layer.num_experts
        choices = self.config.get_text_config().top_k_experts
        for tokens in (256, 32, 1):
            hidden = torch.randn(tokens, width, device=self.device, dtype=model.dtype)
            index = torch.rand(tokens, count, device=self.device).topk(choices).indices
            weights = torch.rand(tokens, choices, device=self.device)
            args = hidden, index, weights
            exact = _exact(layer, *args)
            row = {"tokens": tokens, "chunks_error": _error(by_chunks(layer, *args), exact)}
            row["chunks_ms"] = self._milliseconds(lambda: by_chunks(layer, *args))
            self.record(f"experts {tokens}", row)
            for at_once, table, stages in _LAUNCHES[tokens]:
                options = {"TOKENS": at_once, "TABLE": table, "num_warps": 4, "num_stages": stages}

                def multiply(options: dict[str, Any] = options, args: Any = args) -> Tensor:
                    return triton_nf4.experts(*args, layer.gate_up_proj, layer.down_proj, **options)

                name = f"experts {tokens}, {at_once} at once, {'table' if table else 'prmt'}, {stages} stages"
                found = self._guarded(name, multiply)
                if found is not None:
                    self.record(name, {"ms": self._milliseconds(multiply), "error": _error(found, exact)})

    def _passes(
        self, name: str, model: DiffusionGemmaForBlockDiffusion, denoiser: DiffusionGemmaDenoiser, experts: str | None
    ) -> None:
        """Milliseconds of a pass with a conditioning, by the size of the canvas."""
        if experts:
            model.set_experts_implementation(experts)
        context = self._guarded(f"prefill {name}", lambda: denoiser.prefill(self._text(_CONTEXT)))
        if context is None:
            return
        for length in self.canvases:
            self._guarded(f"{name} {length}", lambda length=length: self._pass(name, denoiser, context, length))

    def _pass(self, name: str, denoiser: DiffusionGemmaDenoiser, context: Any, length: int) -> None:
        canvas = torch.tensor([self._text(length)], device=self.device)
        free = torch.arange(length, device=self.device)
        conditioning = torch.rand(1, length, denoiser.vocabulary_size, device=self.device).softmax(-1)
        self._reset_peak()
        took = self._milliseconds(lambda: denoiser.logits(context, canvas, free, conditioning))
        self.record(f"pass, {name}, {length}", {"ms": took, **self._memory()})

    def _steps(self, name: str, denoiser: DiffusionGemmaDenoiser) -> None:
        """Milliseconds of whole steps: the pass, the sampler and the stop rule."""
        settings = SamplerSettings(steps=_TURNS, confidence=1e-9)
        for length in self.canvases:
            def measured(length: int = length) -> None:
                for turn in range(2):
                    times = own_steps(denoiser, self._text(_CONTEXT), length, settings, turn)
                self.record(f"step, {name}, {length}", {"ms": statistics.median(times[1:]) * 1e3})
            self._guarded(f"step {name} {length}", measured)

    def _long(self, model: DiffusionGemmaForBlockDiffusion) -> None:
        """The memory of a pass behind a context of 8k tokens, and how long reading it takes."""
        def measured() -> None:
            denoiser = DiffusionGemmaDenoiser(model)
            self._free()
            self._reset_peak()
            started = time.perf_counter()
            context = denoiser.prefill(self._text(min(_LONG_CONTEXT, self._most)))
            self._wait()
            took = time.perf_counter() - started
            self.record("prefill, 8192", {"seconds": took, **self._memory()})
            self._reset_peak()
            self._pass("nf4 fused, behind 8192", denoiser, context, self.canvases[0])
        self._guarded("long", measured)

    def _left_to_right(self, name: str, denoiser: DiffusionGemmaDenoiser) -> None:
        """Milliseconds a token of the causal head on the same weights."""
        def measured() -> None:
            context = denoiser.prefill(self._text(_CONTEXT))
            times = []
            for token in self._text(_TOKENS):
                started = time.perf_counter()
                logits, context = denoiser.causal([token], context)
                logits.argmax().item()
                times.append(time.perf_counter() - started)
            self.record(f"token from left to right, {name}", {"ms": statistics.median(times[2:]) * 1e3})
        self._guarded(f"left to right {name}", measured)

    def _generate(self, name: str, denoiser: DiffusionGemmaDenoiser) -> None:
        """Milliseconds of a step of transformers' generate()."""
        settings = SamplerSettings(steps=_TURNS)
        for length in self.canvases[:: max(1, len(self.canvases) - 1)]:
            def measured(length: int = length) -> None:
                for turn in range(2):
                    times = generate_steps(denoiser, self._text(_CONTEXT), length, settings, turn)
                self.record(f"step of generate(), {name}, {length}", {"ms": statistics.median(times[1:]) * 1e3})
            self._guarded(f"generate {name} {length}", measured)

    def _compiled(self, name: str, denoiser: DiffusionGemmaDenoiser) -> None:
        """The same with the static cache, for which transformers compiles the pass."""
        def measured() -> None:
            length = self.canvases[0]
            settings = SamplerSettings(steps=_TURNS)
            started = time.perf_counter()
            cache = {"cache_implementation": "static"}
            for turn in range(3):
                times = generate_steps(denoiser, self._text(_CONTEXT), length, settings, turn, **cache)
                took = {"ms": statistics.median(times[1:]) * 1e3, "seconds_so_far": time.perf_counter() - started}
                self.record(f"step of generate() compiled, {name}, {length}, turn {turn}", took)
        self._guarded(f"compiled {name}", measured, seconds=_COMPILING)

    def _pipeline(self, name: str, denoiser: DiffusionGemmaDenoiser) -> None:
        """Milliseconds of a step of the pipeline in diffusers, where that is installed."""
        def measured() -> None:
            from diffusers import DiffusionGemmaPipeline, EntropyBoundScheduler

            times: list[float] = []

            def noted(pipeline: Any, step: int, timestep: int, tensors: dict[str, Any]) -> dict[str, Any]:
                self._wait()
                times.append(time.perf_counter())
                return {}

            ids = torch.tensor([self._text(_CONTEXT)], device=self.device)
            pipeline = DiffusionGemmaPipeline(denoiser.model, EntropyBoundScheduler(), _Tokens(ids))
            pipeline.set_progress_bar_config(disable=True)
            length = denoiser.model.config.canvas_length
            pipeline(
                "", gen_length=length, num_inference_steps=_TURNS, confidence_threshold=None, output_type="seq",
                callback_on_step_end=noted, eos_early_stop=False,
            )
            gaps = [after - before for before, after in pairwise(times)]
            self.record(f"step of diffusers, {name}, {length}", {"ms": statistics.median(gaps) * 1e3})
        self._guarded(f"pipeline {name}", measured)

    @property
    def _most(self) -> int:
        return self.config.get_text_config().max_position_embeddings - max(self.canvases)

    def _text(self, length: int) -> list[int]:
        generator = torch.Generator().manual_seed(length)
        return torch.randint(3, self.config.get_text_config().vocab_size, (length,), generator=generator).tolist()

    def _guarded(self, name: str, action: Callable[[], Any], seconds: float = 0) -> Any:
        """What an action returns; None where there is no time left or where it fails, which is recorded."""
        if time.monotonic() + seconds > self.deadline:
            self.record(f"skipped, {name}", "no time left")
            return None
        try:
            return action()
        except Exception as error:
            self.record(f"failed, {name}", f"{type(error).__name__}: {error}"[:600])
            self._free()
            return None

    def _milliseconds(self, action: Callable[[], Any]) -> float:
        """Median of several, the first ones left out."""
        return statistics.median(_timed(action, self.device)) * 1e3

    def _memory(self) -> dict[str, float]:
        if self.device.type != "cuda":
            return {}
        return {
            "allocated_gb": torch.cuda.memory_allocated(self.device) / 1e9,
            "peak_gb": torch.cuda.max_memory_allocated(self.device) / 1e9,
            "reserved_gb": torch.cuda.max_memory_reserved(self.device) / 1e9,
        }

    def _reset_peak(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self.device)

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def _free(self) -> None:
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()


class _Tokens:
    """In the place of a processor: its chat template gives these tokens."""

    def __init__(self, ids: Tensor) -> None:
        self.ids = ids

    def apply_chat_template(self, messages: Any, **options: Any) -> dict[str, Tensor]:
        """The same for any messages."""
        return {"input_ids": self.ids}


def measure_large(
    config: str | Path | None, device: str, record: Record = lambda name, figures: None, seconds: float = 600
) -> dict[str, Any]:
    """All figures by name, as `record` was told them. config: a config.json; None takes that of the real model.

    seconds: after which nothing further is begun.
    """
    figures: dict[str, Any] = {}

    def note(name: str, found: Any) -> None:
        figures[name] = found
        record(name, found)

    parsed = DiffusionGemmaConfig.from_json_file(config or CONFIG)
    with torch.inference_mode():
        Bench(parsed, torch.device(device), note, time.monotonic() + seconds).run()
    return figures


@torch.no_grad()
def _exact(layer: nn.Module, hidden: Tensor, index: Tensor, weights: Tensor) -> Tensor:
    """What the experts make of the tokens, computed in float32 one after the other."""
    result = torch.zeros(hidden.shape, device=hidden.device)
    for expert in range(layer.num_experts):
        token, choice = (index == expert).nonzero(as_tuple=True)
        gate_up = layer.gate_up_proj.rows(expert, expert + 1, torch.float32)[0]
        down = layer.down_proj.rows(expert, expert + 1, torch.float32)[0]
        between = layer._apply_gate(hidden[token].float() @ gate_up.T)
        result.index_add_(0, token, (between @ down.T) * weights[token, choice, None])
    return result


def _error(found: Tensor, exact: Tensor) -> float:
    """Relative, by the norms."""
    return float((found.float() - exact).norm() / exact.norm())


def _timed(action: Callable[[], Any], device: torch.device) -> Iterator[float]:
    """Seconds of each of some turns, after three to warm up."""
    for turn in range(_TURNS + 3):
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        started = time.perf_counter()
        action()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        if turn >= 3:
            yield time.perf_counter() - started


def _copy_speed(device: torch.device) -> float:
    """Bytes that the device reads and writes a second, in GB."""
    source = torch.randint(256, (2**31,), dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    seconds = statistics.median(_timed(lambda: target.copy_(source), device))
    return 2 * source.nbytes / seconds / 1e9
