"""Measures the engine: `python -m engine bench`. Ratios are of steps taken in turns in the same process."""

from __future__ import annotations

import platform
import re
import statistics
import time
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from rapidfuzz.distance import Levenshtein
from transformers.models.diffusion_gemma.generation_diffusion_gemma import EntropyBoundSamplerConfig

from engine.bench_decoding import compare_decoding, decoding_line
from engine.bench_prefill import compare_prefill, prefill_table
from engine.bench_sides import compare_sides, sides_table
from engine.canvas import Canvas
from engine.denoise import denoise
from engine.denoisers.diffusion_gemma import DiffusionGemmaDenoiser
from engine.request import Action, Decoder, EditRequest, SamplerSettings
from engine.session import Session

_SLOTS = (16, 32, 64, 128, 256)
_TURNS, _STEPS_A_TURN = 6, 6
"""The first step of each turn has no self-conditioning and is left out: 30 steps are counted."""
_REWRITE_TOKENS = (8, 24, 64)
_ACTIONS = (Action.REWRITE, Action.FILL)
_NEVER = 1e-9
_STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
_SENTENCES = 100
_TEXT = (
    "The harbour was quiet when we came down in the morning, and the boats lay so still that each of them stood on "
    "its own picture. An old man sold coffee from a cart. He asked where we were going, and when we told him, he "
    "laughed and gave us a second cup. Nobody crosses the bay in this month, he said, because the wind turns at noon "
    "and does not turn back before dark. We thanked him and went to look for the ferry all the same."
)


class _Clock:
    """A streamer for generate() that notes when each step is done."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def put(self, value: Any) -> None:
        """Called with the prompt and with finished canvases."""

    def put_draft(self, value: Any) -> None:
        """Called after each denoising step."""
        self.times.append(time.perf_counter())

    def end(self) -> None:
        """Called at the end."""


def measure(folder: str | Path | None, device: str, seed: int) -> dict[str, Any]:
    """All figures as plain data. Times in seconds or milliseconds, as their names say."""
    started = time.perf_counter()
    session = Session.open(folder, device)
    load_seconds = time.perf_counter() - started
    denoiser = session.denoiser
    diffuses = Decoder.DIFFUSION in session.checkpoint.decoders
    context_tokens = _context(session)
    prefills = []
    for _ in range(10):
        # It is not the second look at a text that is measured.
        denoiser.forget()
        prefills.append(_seconds(lambda: denoiser.prefill(context_tokens)))
    return {
        "checkpoint": session.checkpoint.name,
        "device": device,
        "machine": platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "dtype": str(denoiser.model.dtype).removeprefix("torch."),
        "parameters": sum(parameter.numel() for parameter in denoiser.model.parameters()),
        "load_seconds": load_seconds,
        "prefill_tokens": len(context_tokens),
        "prefill_ms": statistics.median(prefills) * 1e3,
        "decoding": compare_decoding(session, context_tokens[: session.checkpoint.trained_context // 2], seed),
        "prefills": compare_prefill(session, _TEXT) if diffuses else [],
        "sides": compare_sides(session, seed) if diffuses else [],
        "steps": [_compare(denoiser, context_tokens, slots, session.checkpoint.sampler, seed) for slots in _SLOTS]
        if diffuses
        else [],
        "rewrites": [rewrite(session, tokens, action, seed) for action in _ACTIONS for tokens in _REWRITE_TOKENS]
        if diffuses
        else [],
    }


def strength_table(
    folder: str | Path | None, device: str, seed: int, settings: SamplerSettings | None = None
) -> list[dict[str, float]]:
    """How much of a sentence changes by the strength of a rewrite: a row for each strength.

    settings: None takes those of the checkpoint.
    changed: mean edit distance to the sentence, in words, as a share of its words. same: share of sentences unchanged.
    """
    session = Session.open(folder, device)
    sentences = _sentences(session)
    rows = []
    for strength in _STRENGTHS:
        distances = []
        started = time.perf_counter()
        for before, sentence, after in sentences:
            request = EditRequest(
                before, sentence, after, Action.REWRITE, strength=strength, seed=seed, settings=settings
            )
            words, new = sentence.split(), session.run(request).replacement.split()
            distances.append(Levenshtein.distance(words, new) / len(words))
        rows.append(
            {
                "strength": strength,
                "sentences": len(sentences),
                "changed": statistics.fmean(distances),
                "same": sum(distance == 0 for distance in distances) / len(distances),
                "seconds": (time.perf_counter() - started) / len(sentences),
            }
        )
    return rows


def _sentences(session: Session) -> list[tuple[str, str, str]]:
    """Sentences of the small evaluation set that fit one canvas, each with the text before and behind it."""
    found = []
    for path in sorted(Path(str(files("resources").joinpath("evaluation"))).glob("*.txt")):
        for document in path.read_text("utf-8").split("<|doc|>"):
            text = " ".join(document.split())
            ends = [match.end() for match in re.finditer(r"[.!?]\"? ", text)]
            for start, end in pairwise([0, *ends]):
                sentence = text[start:end].strip()
                if len(session.vocabulary.encode(sentence)) <= session.checkpoint.trained_canvas // 3:
                    found.append((text[:start], sentence, text[start + len(sentence) :]))
    return found[:_SENTENCES]


def table(figures: dict[str, Any]) -> str:
    """The figures for people."""
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
    lines += ["", "free slots   own step ms   generate() ms   ratio"]
    lines += [
        f"{row['slots']:10}   {row['own_ms']:11.1f}   {row['generate_ms']:13.1f}   {row['ratio']:5.2f}"
        for row in figures["steps"]
    ]
    lines += ["", *sides_table(figures["sides"])]
    lines += ["", "action    selected tokens   passes   tokens a pass   seconds"]
    lines += [
        f"{row['action']:7}   {row['selected_tokens']:15}   {row['forward_passes']:6}   "
        f"{row['tokens_per_forward']:13.2f}   {row['seconds']:7.2f}"
        for row in figures["rewrites"]
    ]
    return "\n".join(lines)


def own_step_ms(session: Session, slots: int, seed: int) -> float:
    """Median milliseconds of a step of the own loop on a blank canvas of so many slots."""
    denoiser = session.denoiser
    settings = replace(session.checkpoint.sampler, steps=_STEPS_A_TURN, confidence=_NEVER)
    context = _context(session)
    turns = [_own_steps(denoiser, context, slots, settings, seed + turn) for turn in range(_TURNS + 1)]
    # The first turn warms up.
    return statistics.median(time for turn in turns[1:] for time in turn) * 1e3


def _context(session: Session) -> list[int]:
    """As much of the text as the checkpoint reads."""
    return [session.vocabulary.bos, *session.vocabulary.encode(_TEXT)[: session.checkpoint.trained_context - 1]]


def _compare(
    denoiser: DiffusionGemmaDenoiser, context: list[int], slots: int, sampler: SamplerSettings, seed: int
) -> dict[str, Any]:
    """A step of the own loop and one of transformers' generate() on a blank canvas of `slots`, in turns."""
    settings = replace(sampler, steps=_STEPS_A_TURN, confidence=_NEVER, causal_weight=0.0)
    own: list[float] = []
    theirs: list[float] = []
    for turn in range(_TURNS + 1):
        found = _own_steps(denoiser, context, slots, settings, seed + turn)
        compared = _generate_steps(denoiser, context, slots, settings, seed + turn)
        # The first turn warms up.
        if turn:
            own += found
            theirs += compared
    own_ms, their_ms = statistics.median(own) * 1e3, statistics.median(theirs) * 1e3
    return {"slots": slots, "own_ms": own_ms, "generate_ms": their_ms, "ratio": own_ms / their_ms, "steps": len(own)}


def _own_steps(
    denoiser: DiffusionGemmaDenoiser, context: list[int], slots: int, settings: SamplerSettings, seed: int
) -> list[float]:
    """Seconds of each step of the own loop but the first."""
    generator = torch.Generator(denoiser.device).manual_seed(seed)
    canvas = Canvas.blank(slots, denoiser.device)
    times = []
    for step in denoise(denoiser, denoiser.prefill(context), canvas, settings, generator):
        step.draft.cpu()
        times.append(time.perf_counter())
    return _differences(times[1:])


def _generate_steps(
    denoiser: DiffusionGemmaDenoiser, context: list[int], slots: int, settings: SamplerSettings, seed: int
) -> list[float]:
    """Seconds of each step of generate() but the first."""
    model, clock = denoiser.model, _Clock()
    trained = model.config.canvas_length
    # generate() knows no other way to set the length of the canvas.
    model.config.canvas_length = slots
    torch.manual_seed(seed)
    try:
        model.generate(
            torch.tensor([context], device=denoiser.device),
            streamer=clock,
            max_new_tokens=slots,
            max_denoising_steps=settings.steps,
            sampler_config=EntropyBoundSamplerConfig(settings.entropy_bound),
            t_max=settings.temperature_high,
            t_min=settings.temperature_low,
            confidence_threshold=_NEVER,
            eos_token_id=None,
        )
    finally:
        model.config.canvas_length = trained
    return _differences(clock.times)


def rewrite(session: Session, tokens: int, action: Action, seed: int) -> dict[str, Any]:
    """One edit in the middle of a text, of about so many tokens."""
    words = _TEXT.split(" ")
    first = len(words) // 4
    last = first
    while len(session.vocabulary.encode(" ".join(words[first:last]))) < tokens:
        last += 1
    before = " ".join(words[:first]) + " "
    selection = " ".join(words[first:last])
    request = EditRequest(before, selection, _TEXT[len(before) + len(selection) :], action, seed=seed)
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


def _differences(times: list[float]) -> list[float]:
    """Time from each moment to the next."""
    return [after - before for before, after in pairwise(times)]


def _seconds(action: Any) -> float:
    """How long an action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def table_of_strengths(rows: list[dict[str, float]]) -> str:
    """The rows of `strength_table` for people."""
    lines = ["strength   words changed   sentences unchanged   seconds"]
    lines += [
        f"{row['strength']:8.2f}   {row['changed']:13.1%}   {row['same']:19.1%}   {row['seconds']:7.2f}" for row in rows
    ]
    return "\n".join(lines)
