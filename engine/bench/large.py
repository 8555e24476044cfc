"""Measures a model of the real size without its weights: `python -m engine bench --random-weights`.

Random weights are drawn on the device tensor by tensor and packed at once, so that the unpacked model never exists.
They cost what real ones cost, with one difference: random routers choose all experts equally often.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import torch
import transformers
from torch import Tensor
from transformers import DiffusionGemmaConfig, DiffusionGemmaForBlockDiffusion

from engine.bench.device import Device
from engine.bench.opponents import compiled_ms, generate_ms, pipeline_ms
from engine.bench.steps import own_steps
from engine.contracts.loading import Quantization
from engine.contracts.request import SamplerSettings
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser, GemmaContext
from engine.models.memory import KNOWN, read_config
from engine.models.quantized.assembly import slots
from engine.models.quantized.experts import CHUNKS, FUSED, by_chunks, has_triton
from engine.models.quantized.graph import GraphedDenoiser, fuse_norms
from engine.models.quantized.random import random_model

_CANVASES = (256, 128, 64, 32)
_CONTEXT, _LONG_CONTEXT = 512, 8192
_STEPS, _TOKENS = 8, 24
_COMPILING = 120
"""Seconds that must be left for compiling to be begun."""

Record = Callable[[str, dict[str, Any]], None]
"""Told each row as soon as it is known, so that nothing is lost where time runs out: its name, and plain data."""


def measure_large(
    config: str | None,
    device: str,
    record: Record = lambda name, row: None,
    *,
    seconds: float = 600,
    canvases: Sequence[int] = _CANVASES,
) -> dict[str, Any]:
    """All rows by name. Raises RequestError, CheckpointError.

    config: a folder, config.json or known hub id; None takes the real model's. seconds: after which nothing is begun.
    """
    rows: dict[str, Any] = {}

    def note(name: str, row: dict[str, Any]) -> None:
        rows[name] = row
        record(name, row)

    parsed = read_config(config or next(iter(KNOWN)))
    with torch.inference_mode():
        _Bench(parsed, Device(device), note, time.monotonic() + seconds, tuple(canvases)).run()
    return rows


def large_table(rows: dict[str, Any]) -> str:
    """The rows for people."""
    setting = rows["setting"]
    lines = [
        f"{setting['weights']} on {setting['device']}, {setting['date']}, torch {setting['torch']}, transformers "
        f"{setting['transformers']}, after {setting['context_tokens']} tokens",
        "",
    ]
    width = max(map(len, rows))
    lines += [
        f"{name:{width}}   " + ", ".join(f"{key} {_short(value)}" for key, value in row.items())
        for name, row in rows.items()
        if name != "setting"
    ]
    return "\n".join(lines)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


@dataclass
class _Bench:
    """What is measured on which device, until the time is over."""

    config: DiffusionGemmaConfig
    device: Device
    record: Record
    deadline: float
    canvases: tuple[int, ...]

    def run(self) -> None:
        """Everything, the most important first."""
        self.record("setting", self._setting())
        if self.device.is_cuda:
            self.record("copying", {"gb_a_second": self.device.copy_speed()})
        self._packed()
        self.device.free()
        self._unpacked()

    def _packed(self) -> None:
        model = self._built("nf4")
        if self._fuses:
            self._experts(model)
        plain = DiffusionGemmaDenoiser(model)
        kinds = {"nf4 fused": FUSED, "nf4 by chunks": CHUNKS} if self._fuses else {"nf4 by chunks": CHUNKS}
        for name, experts in kinds.items():
            model.set_experts_implementation(experts)
            self._passes(name, plain)
        best, denoiser = next(iter(kinds)), plain
        model.set_experts_implementation(kinds[best])
        if self._fuses:
            fuse_norms(model)
            self._passes(f"{best}, one-kernel norms", plain)
            best, denoiser = f"{best}, one-kernel norms, graph", GraphedDenoiser(model)
            self._passes(best, denoiser)
        self._steps(best, denoiser)
        self._long(best, denoiser)
        denoiser.forget()
        self._others("nf4", plain)

    def _unpacked(self) -> None:
        """The same in bfloat16, for comparison, where it fits."""
        model = self._guarded("bf16 built", lambda: self._built("bf16"))
        if model is None:
            return
        plain = DiffusionGemmaDenoiser(model)
        self._passes("bf16", plain)
        self._others("bf16", plain)
        if self.device.is_cuda:
            fuse_norms(model)
            self._passes("bf16, one-kernel norms, graph", GraphedDenoiser(model))
            name, canvas = "bf16, generate() compiled", self.canvases[0]
            self._row(name, lambda: compiled_ms(plain, self._text(_CONTEXT), canvas), seconds=_COMPILING)

    @property
    def _fuses(self) -> bool:
        return self.device.is_cuda and has_triton()

    def _setting(self) -> dict[str, Any]:
        return {
            "weights": "random weights",
            "device": self.device.name,
            "date": date.today().isoformat(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "context_tokens": min(_CONTEXT, self._most),
        }

    def _built(self, quantization: str) -> DiffusionGemmaForBlockDiffusion:
        """A model with random weights; records its memory and the seconds it took."""
        self.device.forget_peak()
        started = time.perf_counter()
        # On a CPU the program computes in float32.
        dtype = torch.bfloat16 if self.device.is_cuda else torch.float32
        model = random_model(self.config, dtype, self.device.torch, Quantization(quantization))
        self.device.wait()
        took = time.perf_counter() - started
        weights = [slot.weight for slot in slots(model)]
        row = {"seconds": took, "weights_gb": sum(weight.nbytes for weight in weights) / 1e9}
        row["parameters"] = sum(weight.shape.numel() for weight in weights)
        self.record(f"{quantization} built", {**row, **self.device.memory()})
        return model

    def _experts(self, model: DiffusionGemmaForBlockDiffusion) -> None:
        """How far a layer's experts are from float32 either way, and how long they take."""
        for tokens in (max(self.canvases), min(self.canvases), 1):
            self._layer(model, tokens)

    def _layer(self, model: DiffusionGemmaForBlockDiffusion, tokens: int) -> None:
        from engine.models.quantized import triton_nf4

        # Of transformers' modules torch knows no types.
        layer: Any = model.model.decoder.layers[0].experts
        hidden = torch.randn(tokens, layer.hidden_dim, device=self.device.torch, dtype=model.dtype)
        scores = torch.rand(tokens, layer.num_experts, device=self.device.torch)
        index = scores.topk(self.config.get_text_config().top_k_experts).indices
        weights = torch.rand(index.shape, device=self.device.torch)
        exact = _exact(layer, hidden, index, weights)

        def measured(way: Callable[[], Tensor]) -> dict[str, float]:
            error = float((way().float() - exact).norm() / exact.norm())
            return {"ms": self.device.milliseconds(way), "error": error}

        packed = layer.gate_up_proj, layer.down_proj
        ways = {
            "by chunks": partial(by_chunks, layer, hidden, index, weights),
            "fused": partial(triton_nf4.experts, hidden, index, weights, *packed),
        }
        for name, way in ways.items():
            self._row(f"a layer's experts {name}, {tokens} tokens", partial(measured, way))

    def _passes(self, name: str, denoiser: DiffusionGemmaDenoiser) -> None:
        """Milliseconds of a pass with a conditioning, by the size of the canvas."""
        context = self._guarded(f"{name}, context", lambda: denoiser.prefill(self._text(_CONTEXT)))
        if context is None:
            return
        for canvas in self.canvases:
            self._row(f"{name}, pass of {canvas}", lambda canvas=canvas: self._pass(denoiser, context, canvas))

    def _pass(self, denoiser: DiffusionGemmaDenoiser, context: GemmaContext, length: int) -> dict[str, float]:
        canvas = torch.tensor([self._text(length)], device=self.device.torch)
        free = torch.arange(length, device=self.device.torch)
        conditioning = torch.rand(1, length, denoiser.vocabulary_size, device=self.device.torch).softmax(-1)
        self.device.forget_peak()
        took = self.device.milliseconds(lambda: denoiser.logits(context, canvas, free, conditioning))
        return {"ms": took, **self.device.memory()}

    def _steps(self, name: str, denoiser: DiffusionGemmaDenoiser) -> None:
        """Milliseconds of whole steps: the pass, the sampler and the stop rule."""
        for canvas in self.canvases:
            self._row(f"{name}, step of {canvas}", lambda canvas=canvas: self._step(denoiser, _CONTEXT, canvas))

    def _step(self, denoiser: DiffusionGemmaDenoiser, context: int, canvas: int) -> dict[str, float]:
        settings = SamplerSettings(steps=_STEPS, confidence=1e-9)
        self.device.forget_peak()
        # The second run; libraries choose their kernels in the first.
        runs = [own_steps(denoiser, self._text(context), canvas, settings, turn) for turn in range(2)]
        return {"ms": statistics.median(runs[1][1:]) * 1e3, **self.device.memory()}

    def _long(self, name: str, denoiser: DiffusionGemmaDenoiser) -> None:
        """Seconds to read a long context, and a step after it."""
        length = min(_LONG_CONTEXT, self._most)

        def read() -> dict[str, float]:
            denoiser.forget()
            self.device.free()
            self.device.forget_peak()
            started = time.perf_counter()
            denoiser.prefill(self._text(length))
            self.device.wait()
            return {"seconds": time.perf_counter() - started, **self.device.memory()}

        self._row(f"{name}, reading {length}", read)
        canvas = self.canvases[0]
        self._row(f"{name}, step of {canvas} after {length}", lambda: self._step(denoiser, length, canvas))

    def _others(self, name: str, denoiser: DiffusionGemmaDenoiser) -> None:
        """The causal head of the same weights, and other programs on the same model."""
        text = self._text(_CONTEXT)
        self._row(f"{name}, a token from left to right", lambda: {"ms": self._token(denoiser)})
        for canvas in sorted({self.canvases[0], self.canvases[-1]}, reverse=True):
            row = f"{name}, generate(), step of {canvas}"
            self._row(row, lambda canvas=canvas: {"ms": generate_ms(denoiser, text, canvas)})
        length = self.config.canvas_length
        self._row(f"{name}, diffusers, step of {length}", lambda: {"ms": pipeline_ms(denoiser, text, self.device)})

    def _token(self, denoiser: DiffusionGemmaDenoiser) -> float:
        context = denoiser.prefill(self._text(_CONTEXT))
        times = []
        for token in self._text(_TOKENS):
            started = time.perf_counter()
            logits, context = denoiser.causal([token], context)
            logits.argmax().item()
            times.append(time.perf_counter() - started)
        return statistics.median(times[2:]) * 1e3

    @property
    def _most(self) -> int:
        return self.config.get_text_config().max_position_embeddings - max(self.canvases)

    def _text(self, length: int) -> list[int]:
        generator = torch.Generator().manual_seed(length)
        size = self.config.get_text_config().vocab_size
        return torch.randint(3, size, (min(length, self._most),), generator=generator).tolist()

    def _row(self, name: str, action: Callable[[], dict[str, Any]], seconds: float = 0) -> None:
        """Record what an action measures."""
        row = self._guarded(name, action, seconds)
        if row is not None:
            self.record(name, row)

    def _guarded(self, name: str, action: Callable[[], Any], seconds: float = 0) -> Any:
        """What an action returns; None where less time is left than it needs or it fails, which is recorded."""
        if time.monotonic() + seconds > self.deadline:
            self.record(name, {"skipped": "no time left"})
            return None
        try:
            return action()
        # One opponent that does not run here, or too large a canvas, must not cost the other rows.
        except Exception as error:
            self.record(name, {"failed": f"{type(error).__name__}: {error}"[:300]})
            self.device.free()
            return None


def _exact(layer: Any, hidden: Tensor, index: Tensor, weights: Tensor) -> Tensor:
    """What the experts make of the tokens, computed in float32 one after the other."""
    result = torch.zeros(hidden.shape, device=hidden.device)
    for expert in range(layer.num_experts):
        token, choice = (index == expert).nonzero(as_tuple=True)
        gate_up = layer.gate_up_proj.rows(expert, expert + 1, torch.float32)[0]
        down = layer.down_proj.rows(expert, expert + 1, torch.float32)[0]
        between = layer._apply_gate(hidden[token].float() @ gate_up.T)
        result.index_add_(0, token, (between @ down.T) * weights[token, choice, None])
    return result
