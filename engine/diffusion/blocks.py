"""Text diffusion beyond one canvas: a finished block is read into the context, and a fresh canvas follows.

This is how DiffusionGemma writes long output: block after block from left to right, each of them all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from engine.contracts.request import Sampler, SamplerSettings
from engine.diffusion.canvas import Canvas, SlotChange
from engine.diffusion.ddim import denoise_ddim
from engine.diffusion.denoise import denoise
from engine.diffusion.denoiser import Denoiser
from engine.diffusion.step import Step


def write_blocks(
    denoiser: Denoiser,
    prompt: Sequence[int],
    sizes: Sequence[int],
    settings: SamplerSettings,
    generator: torch.Generator,
    *,
    limit: int | None = None,
    banned: Tensor | None = None,
    ends: Collection[int] = (),
    changes: Callable[[], Sequence[SlotChange]] = lambda: (),
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[int, Step]]:
    """Denoise blank canvases of these sizes one after the other; yields the number of the block with every step.

    prompt: at least the token that begins a sequence. settings: the weight of the causal head is left out.
    limit: tokens that the checkpoint may read before a canvas; beyond them, what it reads is cut at the front.
    banned: ids, (K,) int64, that no slot may hold. ends: ids after which nothing follows; the block with one of them is
    the last. changes: as in `denoise`. When `cancelled` says so, the block under way has no step marked last, and none
    follows.
    """
    # Where nothing follows, the causal head confirms what it wrote itself: a third of all words were repeated.
    settings = replace(settings, causal_weight=0.0)
    loop = denoise_ddim if settings.sampler is Sampler.DDIM else denoise
    read = list(prompt)
    context = denoiser.prefill(read)
    for number, size in enumerate(sizes):
        step = None
        canvas = Canvas.blank(size, denoiser.device)
        steps = loop(
            denoiser, context, canvas, settings, generator, banned=banned, changes=changes, cancelled=cancelled
        )
        for step in steps:
            yield number, step
        if step is None or not step.last:
            return
        block = [int(token) for token in step.draft[0]]
        if any(token in ends for token in block) or number + 1 == len(sizes):
            return
        read += block
        if limit is not None and len(read) > limit:
            read = [read[0], *read[len(read) - limit + 1 :]]
            context = denoiser.prefill(read)
        else:
            context = denoiser.prefill(block, context)
