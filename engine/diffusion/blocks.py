"""Text diffusion beyond one canvas: each finished block is read into the context, and a new canvas follows.

This is how DiffusionGemma writes long output: block by block from left to right, each block as a whole.
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
    """Denoise blank canvases of these sizes one after the other; yields each step with the number of its block.

    prompt: at least the token that begins a sequence. settings: the weight of the causal head is ignored.
    limit: the most tokens the checkpoint may read before a canvas; older ones are dropped.
    banned: ids, (K,) int64, that no slot may hold. ends: ids that end the text; a block with one of them is the last.
    changes: as in `denoise`. When `cancelled` returns True, the current block gets no step marked last, and no block
    follows.
    """
    # Without text after the canvas, the causal head confirms its own draft: a third of all words were repeated.
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
