"""Measures the engine: `python -m engine bench`. Work to be compared alternates in the same process."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch

from engine.bench.decoding import compare_decoding, decoding_line
from engine.bench.prefill import compare_prefill, prefill_table
from engine.bench.sides import compare_sides, sides_table
from engine.bench.steps import compare_steps, steps_table
from engine.bench.text import TEXT, context
from engine.contracts.request import Action, Decoder, EditRequest
from engine.models.causal_lm import CausalLMDenoiser
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.models.quantized.packed import packed_weights
from engine.runs.session import Session

_REWRITE_TOKENS = (8, 24, 64)
_ACTIONS = (Action.REWRITE, Action.FILL)


def measure(open_session: Callable[[], Session], seed: int) -> dict[str, Any]:
    """All figures as plain data. Times in seconds or milliseconds, as their names say.

    open_session: loads the checkpoint, which is timed.
    """
    started = time.perf_counter()
    session = open_session()
    load_seconds = time.perf_counter() - started
    denoiser = session.denoiser
    assert isinstance(denoiser, DiffusionGemmaDenoiser | CausalLMDenoiser)
    diffuses = Decoder.DIFFUSION in session.checkpoint.decoders
    context_tokens = context(session)
    prefills = []
    for _ in range(10):
        # A cached prefill must not be measured.
        denoiser.forget()
        prefills.append(_seconds(lambda: denoiser.prefill(context_tokens)))
    return {
        "checkpoint": session.checkpoint.name,
        "device": str(denoiser.device),
        "machine": platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "dtype": session.weights,
        "parameters": sum(parameter.numel() for parameter in denoiser.model.parameters())
        + sum(weight.shape.numel() for weight in packed_weights(denoiser.model)),
        "load_seconds": load_seconds,
        "prefill_tokens": len(context_tokens),
        "prefill_ms": statistics.median(prefills) * 1e3,
        "decoding": compare_decoding(session, context_tokens[: session.checkpoint.trained_context // 2], seed),
        "prefills": compare_prefill(session, TEXT) if diffuses else [],
        "sides": compare_sides(session, seed) if diffuses else [],
        "steps": compare_steps(session, seed) if diffuses else [],
        "rewrites": [rewrite(session, tokens, action, seed) for action in _ACTIONS for tokens in _REWRITE_TOKENS]
        if diffuses
        else [],
    }


def table(figures: dict[str, Any]) -> str:
    """The figures in readable form."""
    lines = [
        f"{figures['checkpoint']} checkpoint, {figures['parameters'] / 1e6:.1f} M parameters, {figures['dtype']} on "
        f"{figures['device']} ({figures['machine']}, {figures['threads']} threads, torch {figures['torch']})",
        f"load {figures['load_seconds']:.2f} s, prefill of {figures['prefill_tokens']} tokens "
        f"{figures['prefill_ms']:.1f} ms",
        decoding_line(figures["decoding"]),
    ]
    if not figures["steps"]:
        return "\n".join(lines)
    lines += ["", *prefill_table(figures["prefills"])]
    lines += ["", *steps_table(figures["steps"])]
    lines += ["", *sides_table(figures["sides"])]
    lines += ["", "action    selected tokens   passes   tokens a pass   seconds"]
    lines += [
        f"{row['action']:7}   {row['selected_tokens']:15}   {row['forward_passes']:6}   "
        f"{row['tokens_per_forward']:13.2f}   {row['seconds']:7.2f}"
        for row in figures["rewrites"]
    ]
    return "\n".join(lines)


def rewrite(session: Session, tokens: int, action: Action, seed: int) -> dict[str, Any]:
    """One edit of about this many tokens in the middle of a text."""
    words = TEXT.split(" ")
    first = len(words) // 4
    last = first
    while len(session.vocabulary.encode(" ".join(words[first:last]))) < tokens:
        last += 1
    before = " ".join(words[:first]) + " "
    selection = " ".join(words[first:last])
    request = EditRequest(before, selection, TEXT[len(before) + len(selection) :], action, seed=seed)
    results = sorted((session.run(request) for _ in range(3)), key=lambda result: result.seconds)
    result = results[1]
    return {
        "action": str(action),
        "selected_tokens": len(session.vocabulary.encode(selection)),
        "steps": result.steps,
        "forward_passes": result.forward_passes,
        "tokens": result.tokens,
        "tokens_per_forward": result.tokens_per_forward,
        "seconds": result.seconds,
    }


def _seconds(action: Any) -> float:
    """How long an action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started
