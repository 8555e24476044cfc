"""A denoising pass without Python: recorded once a run as a CUDA graph, replayed in each further step.

A pass of DiffusionGemma launches some thousand kernels, most of them small, and on a fast GPU launching them takes
longer than what they do. Within a run the context, the slots and all sizes stay the same, so that the launches can be
recorded. transformers' normalisations are seven kernels each; torch has one that does the same.
"""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor, nn
from transformers import DiffusionGemmaForBlockDiffusion
from transformers.models.diffusion_gemma.modeling_diffusion_gemma import DiffusionGemmaRMSNorm

from engine.models.diffusion_gemma import GemmaContext
from engine.models.prefix import CachedDenoiser
from engine.models.quantized.experts import recordable_tokens

_WARM_UPS = 2
"""Passes before one is recorded, in which libraries choose kernels and Triton compiles its own."""


class GraphedDenoiser(CachedDenoiser):
    """On a GPU, replays the pass of the first step that had a conditioning. Elsewhere a `CachedDenoiser`, and also for
    more tokens than can be recorded with these weights.

    Holds the memory of one pass beside the model for as long as a run, and until `forget`.
    """

    def __init__(self, model: DiffusionGemmaForBlockDiffusion) -> None:
        self._recorded: _Recorded | None = None
        super().__init__(model)

    @cached_property
    def _most(self) -> float:
        return recordable_tokens(self.model)

    def forget(self) -> None:
        """Give the memory of the kept context and of the recorded pass back."""
        super().forget()
        self._recorded = None

    @torch.inference_mode()
    def logits(self, context: GemmaContext, canvas: Tensor, slots: Tensor, conditioning: Tensor | None) -> Tensor:
        """As its base class; the result is overwritten by the next call."""
        if conditioning is None or self.device.type != "cuda" or canvas.numel() > self._most:
            return super().logits(context, canvas, slots, conditioning)
        if self._recorded is None or not self._recorded.fits(context, canvas, slots):
            # What was recorded for another run makes room first.
            self._recorded = None
            self._recorded = _Recorded(super(), context, canvas, slots, conditioning.to(self.model.dtype))
        return self._recorded.replay(canvas, conditioning)


class _Recorded:
    """The pass over canvases of one size after one context."""

    def __init__(
        self, denoiser: CachedDenoiser, context: GemmaContext, canvas: Tensor, slots: Tensor, conditioning: Tensor
    ) -> None:
        self._context, self._slots = context, slots
        self._canvas, self._conditioning = canvas.clone(), conditioning
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(_WARM_UPS):
                denoiser.logits(context, self._canvas, slots, conditioning)
        torch.cuda.current_stream().wait_stream(side)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._logits = denoiser.logits(context, self._canvas, slots, conditioning)

    def fits(self, context: GemmaContext, canvas: Tensor, slots: Tensor) -> bool:
        """Whether this is still the same run: the very same context and slots, and as many canvases."""
        return context is self._context and slots is self._slots and canvas.shape == self._canvas.shape

    def replay(self, canvas: Tensor, conditioning: Tensor) -> Tensor:
        """The pass with these canvases and probabilities instead."""
        self._canvas.copy_(canvas)
        self._conditioning.copy_(conditioning)
        self._graph.replay()
        return self._logits


class OneKernelNorm(nn.Module):
    """What transformers' norm computes, up to rounding."""

    def __init__(self, norm: DiffusionGemmaRMSNorm) -> None:
        super().__init__()
        self.eps = norm.eps
        self.weight: nn.Parameter | None
        self.register_parameter("weight", norm.weight if norm.with_scale else None)

    def forward(self, hidden: Tensor) -> Tensor:
        """(..., D) to the same."""
        return nn.functional.rms_norm(hidden, hidden.shape[-1:], self.weight, self.eps)


def fuse_norms(model: nn.Module) -> None:
    """Exchange all norms of a model's text part, wherever they are shared."""
    fused: dict[int, OneKernelNorm] = {}
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, DiffusionGemmaRMSNorm):
                module.add_module(name, fused.setdefault(id(child), OneKernelNorm(child)))
