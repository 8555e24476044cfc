"""Measures what caching the context of a long text saves: a full prefill compared with one after an edit."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from typing import Any

import torch

from engine.diffusion.denoiser import Denoiser
from engine.runs.session import Session

_TOKENS = 8192
_TURNS = 3
_FROM_END = 16
"""Tokens after an edit at the end, about a sentence."""


def compare_prefill(session: Session, text: str) -> list[dict[str, Any]]:
    """Rows of median milliseconds for the same text, and after editing one token at its end and in its middle.

    text: repeated until it is long enough. Each turn also reads the text from scratch, just before.
    """
    denoiser, own = session.denoiser, session.vocabulary.encode(text)
    tokens = [session.vocabulary.bos, *(own * (_TOKENS // len(own) + 1))[: _TOKENS - 1]]
    edits = {
        "none": tokens,
        "at the end": _edited(tokens, len(tokens) - _FROM_END),
        "in the middle": _edited(tokens, len(tokens) // 2),
    }
    # Warms up.
    denoiser.prefill(tokens[: len(tokens) // 8])
    rows = []
    for edit, edited in edits.items():
        whole, again = [], []
        for _ in range(_TURNS):
            denoiser.forget()
            whole.append(_seconds(denoiser, tokens))
            again.append(_seconds(denoiser, edited))
        whole_ms, again_ms = statistics.median(whole) * 1e3, statistics.median(again) * 1e3
        rows.append(
            {
                "tokens": len(tokens),
                "edit": edit,
                "whole_ms": whole_ms,
                "kept_ms": again_ms,
                "ratio": again_ms / whole_ms,
            }
        )
    return rows


def prefill_table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The rows in readable form."""
    return [
        "tokens read   edited          from scratch ms   with what is kept ms   ratio",
        *(
            f"{row['tokens']:11}   {row['edit']:13}   {row['whole_ms']:15.1f}   {row['kept_ms']:20.1f}   "
            f"{row['ratio']:5.3f}"
            for row in rows
        ),
    ]


def _edited(tokens: list[int], at: int) -> list[int]:
    """The same with another token at one place."""
    return [*tokens[:at], tokens[at - 1], *tokens[at + 1 :]]


def _seconds(denoiser: Denoiser, tokens: Sequence[int]) -> float:
    """How long it takes to read a text from its beginning."""
    started = time.perf_counter()
    denoiser.prefill(tokens)
    if denoiser.device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - started
