"""The same checkpoint from left to right: one token a pass, each seeing only what comes before it, none revised.

With the decoder's head, the causal encoder that reads the context of a canvas is an autoregressive model, because both
share their weights. Its steps have the same form as those of `engine.diffusion.denoise`, so the same code can draw
both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

import torch
from torch import Tensor

from engine.diffusion.denoiser import Denoiser
from engine.diffusion.sampler import entropy
from engine.diffusion.step import Step, check_finite


@torch.inference_mode()
def decode(
    denoiser: Denoiser,
    prompt: Sequence[int],
    count: int,
    temperature: float,
    generator: torch.Generator,
    *,
    limit: int | None = None,
    pad: int = 0,
    banned: Tensor | None = None,
    ends: Collection[int] = (),
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Step]:
    """Write `count` tokens after a prompt and yield every step, starting with the empty row of N = count positions.

    Each step adds one final token; the positions after it hold padding. The first pass reads the last token of the
    prompt, so there are as many passes as tokens. Only the last step has probabilities, because they are large.
    prompt: at least the token that begins a sequence. temperature: above 0.
    limit: the most tokens the checkpoint may read; when they are used up, it rereads only the last half of them.
    banned: ids, (K,) int64, that are never written. ends: ids that end the text.
    Stops early after one of `ends`, which is then the last step, or when `cancelled` returns True, without a last step.
    Raises DenoisingError when the model returns NaN.
    """
    device = denoiser.device
    read = list(prompt)
    context = denoiser.prefill(read[:-1]) if len(read) > 1 else None
    tokens = torch.full((1, count), pad, device=device)
    written = torch.zeros((1, count), dtype=torch.bool, device=device)
    nothing = torch.zeros((1, count), dtype=torch.bool, device=device)
    entropies = torch.zeros((1, count), device=device)
    # Not handed out until complete, so that the content of a step never changes.
    probabilities = torch.zeros((1, count, denoiser.vocabulary_size), device=device)
    finished = torch.zeros(1, dtype=torch.bool, device=device)
    yield Step(0, 0.0, tokens, tokens, written, nothing, entropies, None, finished, last=False)

    for number in range(1, count + 1):
        if cancelled():
            return
        if limit is not None and len(read) > limit:
            read = [read[0], *read[-(limit // 2) :]]
            context = denoiser.prefill(read[:-1])
        logits, context = denoiser.causal(read[-1:], context)
        last_logits = logits[-1:] / temperature
        if banned is not None:
            last_logits[..., banned] = -1e9
        row = torch.softmax(last_logits, dim=-1)
        spread = entropy(last_logits, row)
        check_finite(spread)
        token = torch.multinomial(row, 1, generator=generator)[0, 0]
        read.append(int(token))
        at = number - 1
        tokens, written, entropies = tokens.clone(), written.clone(), entropies.clone()
        tokens[0, at], written[0, at], entropies[0, at] = token, True, spread[0]
        probabilities[0, at] = row[0]
        ended = read[-1] in ends
        last = number == count or ended
        finished = torch.tensor([ended], device=device)
        shown = probabilities if last else None
        yield Step(number, temperature, tokens, tokens, written, nothing, entropies, shown, finished, last)
        if last:
            return
