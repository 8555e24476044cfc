"""Compares autoregressive decoding with transformers' `generate()` on a causal model of the same size.

Both do the same work with the same random numbers, alternating in the same process; in float32, they write the same
tokens.
"""

from __future__ import annotations

import statistics
import time
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from engine.diffusion.autoregressive import decode
from engine.diffusion.denoiser import Denoiser
from engine.models.causal_lm import CausalLMDenoiser, causal_half
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.runs.session import Session

_TURNS = 6
_TOKENS = 33
"""Tokens written in a turn. The first is not counted, because one side reads the prompt before it: 32 are."""


class _Clock:
    """A streamer for generate() that records when each token arrives."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def put(self, value: Tensor) -> None:
        """Called with the prompt, then after each token."""
        self.times.append(time.perf_counter())

    def end(self) -> None:
        """Called at the end."""


def compare_decoding(session: Session, prompt: list[int], seed: int) -> dict[str, Any]:
    """Median milliseconds a token after a prompt, which must leave room for the new tokens.

    DiffusionGemma is compared with Gemma 4 with the same weights, and a causal model with itself.
    """
    denoiser, sampler = session.denoiser, session.checkpoint.sampler
    assert isinstance(denoiser, DiffusionGemmaDenoiser | CausalLMDenoiser)
    temperature = (sampler.temperature_high + sampler.temperature_low) / 2
    opponent = denoiser.model if isinstance(denoiser, CausalLMDenoiser) else causal_half(denoiser.model)
    own: list[float] = []
    theirs: list[float] = []
    same = True
    for turn in range(_TURNS + 1):
        found, tokens = _own(denoiser, prompt, temperature, seed + turn)
        compared, their_tokens = _generate(opponent, prompt, temperature, seed + turn)
        same &= tokens == their_tokens
        # The first turn warms up.
        if turn:
            own += found
            theirs += compared
    own_ms, their_ms = statistics.median(own) * 1e3, statistics.median(theirs) * 1e3
    return {
        "class": type(opponent).__name__,
        "parameters": sum(parameter.numel() for parameter in opponent.parameters()),
        "prompt_tokens": len(prompt),
        "tokens": len(own),
        "same_tokens": same,
        "own_ms": own_ms,
        "generate_ms": their_ms,
        "ratio": own_ms / their_ms,
    }


def decoding_line(row: dict[str, Any]) -> str:
    """The figures of `compare_decoding` in readable form."""
    return (
        f"left to right {row['own_ms']:.1f} ms a token, generate() of a {row['class']} with "
        f"{row['parameters'] / 1e6:.1f} M parameters {row['generate_ms']:.1f} ms, ratio {row['ratio']:.2f}"
    )


def _own(denoiser: Denoiser, prompt: list[int], temperature: float, seed: int) -> tuple[list[float], list[int]]:
    """Seconds of each token of `decode` but the first, and all tokens."""
    generator = torch.Generator(denoiser.device).manual_seed(seed)
    times: list[float] = []
    tokens: list[int] = []
    for step in decode(denoiser, prompt, _TOKENS, temperature, generator):
        tokens = step.draft[0].tolist()
        times.append(time.perf_counter())
    return _differences(times[1:]), tokens


def _generate(
    model: PreTrainedModel, prompt: list[int], temperature: float, seed: int
) -> tuple[list[float], list[int]]:
    """Seconds of each token of generate() but the first, and all tokens."""
    clock = _Clock()
    # generate() draws from the global generator.
    torch.manual_seed(seed)
    ids = torch.tensor([prompt], device=model.device)
    found = model.generate(  # pyright: ignore[reportCallIssue] # a mixin adds it
        ids,
        attention_mask=torch.ones_like(ids),
        streamer=clock,
        max_new_tokens=_TOKENS,
        do_sample=True,
        temperature=temperature,
        # No token is excluded, on either side.
        top_k=0,
        top_p=1.0,
        repetition_penalty=1.0,
        eos_token_id=None,
        pad_token_id=0,
    )
    return _differences(clock.times[1:]), found[0, len(prompt) :].tolist()


def _differences(times: list[float]) -> list[float]:
    """Time from each moment to the next."""
    return [after - before for before, after in pairwise(times)]
