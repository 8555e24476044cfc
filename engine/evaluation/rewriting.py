"""Measures the tasks *shorter*, *simpler* and *rephrase* on sentences that people have rewritten."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

from engine.contracts.request import Action, EditRequest
from engine.runs.session import Session
from engine.training.pairs import Pair, Pairs

TASKS = (Action.SHORTER, Action.SIMPLER, Action.REPHRASE)
_NAMES = re.compile(r"(?<=[^.!?] )[A-Z]\w+|\d+")
"""Names and numbers: capitalised words inside a sentence, and digits."""

Rewriter = Callable[[str], str]


def measure(session: Session, known: Pairs, count: int, seed: int) -> dict[str, Any]:
    """A row for each task, compared with leaving the sentence unchanged and, for chrF, with the human rewrite."""
    rows = {}
    for action in TASKS:
        found: list[Pair] = getattr(known, action.value)
        chosen = random.Random(seed).sample(found, min(count, len(found)))
        if not chosen:
            continue

        def rewrite(text: str, action: Action = action) -> str:
            return session.run(EditRequest("", text, "", action, seed=seed)).replacement

        rows[action.value] = {
            "pairs": len(chosen),
            "checkpoint": _score(chosen, rewrite),
            "unchanged": _score(chosen, lambda text: text),
        }
    return rows


def _score(chosen: list[Pair], rewriter: Rewriter) -> dict[str, float]:
    """chrF to the human rewrite and to the original, and how length, names and numbers changed."""
    results = [rewriter(pair.source) for pair in chosen]
    names = [
        (set(_NAMES.findall(pair.source)), set(_NAMES.findall(text)))
        for pair, text in zip(chosen, results, strict=True)
    ]
    asked = sum(len(before) for before, _ in names)
    return {
        "chrf_reference": _chrf(results, [pair.target for pair in chosen]),
        "chrf_original": _chrf(results, [pair.source for pair in chosen]),
        "names_kept": sum(len(before & after) for before, after in names) / asked if asked else 1.0,
        "copies": sum(pair.source == text for pair, text in zip(chosen, results, strict=True)) / len(chosen),
        "length": sum(map(len, results)) / sum(len(pair.source) for pair in chosen),
    }


def _chrf(results: list[str], references: list[str]) -> float:
    """chrF, 0 to 100 (Popović 2015), as computed by sacrebleu; -1 if that is not installed (the extra "evaluate")."""
    try:
        from sacrebleu.metrics.chrf import CHRF
    except ImportError:
        return -1.0
    return CHRF().corpus_score(results, [references]).score
