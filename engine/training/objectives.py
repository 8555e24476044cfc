"""What a row of a batch teaches. Each objective is one small function; a row is [prefix | canvas], perhaps padded.

The canvas is like that of `engine.runs.layout` for a request: gaps that start and end between words, each with spare
slots that hold padding; kept or pinned text between them; and possibly pinned text after them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from engine.runs.plan import usual_spare
from engine.training.tokenizer import BOS, PAD, Boundaries

_SHORTEST = 16
"""Tokens of the shortest canvas."""
_SINGLE = 0.4
"""Share of canvases with one gap at the start, as in a fill; the others have gaps between words, as in a rewrite.
"""
_NOTHING_BEHIND = 0.2
"""Share of canvases that end with their last gap."""
_SHORT = 0.1
"""Share of rows that end early, like a short text."""
_LARGEST_GAP = 0.6
"""The largest share of the canvas for a single gap, without spare slots."""
_USUAL_SPARE = 0.75
"""Share of gaps with the spare slots of a rewrite; the others have any number, as a fill at an empty place does."""
_FURTHER_GAPS = 0.7
"""Share of canvases with one gap at the start that have more gaps later: they teach more in the same time."""
_PURE_NOISE = 0.25
"""Share of canvases without a true token in any gap, like the start of every run."""
_LEAST_NOISE = 0.1


@dataclass(frozen=True, slots=True)
class Row:
    """One row of L positions.

    tokens: (L,) int64, the true ones; padding at spare slots and after `end`.
    slots: (L,) bool, the positions to predict from the whole canvas.
    prefix: how many tokens come before the canvas. end: where the canvas ends.
    shown: (L,) int64, what the model sees; None for the true tokens with noise in the slots.
    read: how many tokens of the prefix are running text, on which the causal head is trained; None for all.
    """

    tokens: np.ndarray
    slots: np.ndarray
    prefix: int
    end: int
    shown: np.ndarray | None = None
    read: int | None = None


def infill(text: np.ndarray, length: int, context: int, bounds: Boundaries, rng: np.random.Generator) -> Row:
    """A row of up to `length` positions from the tokens, (T,) int64, of one document.

    context: the most tokens before the canvas, including beginning-of-sequence. The canvas gets the rest.
    Source: uniform-state block diffusion as in DiffusionGemma (see `noised`), with gaps as the editor requests them.
    """
    cuts = np.flatnonzero(bounds.of(text))
    # Usually not among the last tokens of a document, so that something is left for the canvas.
    latest = min(context - 1, max(0, len(text) - _SHORTEST))
    start = int(cuts[np.searchsorted(cuts, rng.integers(0, latest + 1), side="right") - 1])
    prefix = 1 + start
    end = length
    if rng.random() < _SHORT:
        end = int(rng.integers(prefix + _SHORTEST, length + 1))
    ends = np.append(cuts[cuts > start] - start, len(text) - start)
    canvas, slots = _canvas(text[start:], ends, bounds.breaks, end - prefix, rng)
    tokens, mask = np.full(length, PAD, np.int64), np.zeros(length, bool)
    tokens[0] = BOS
    tokens[1:prefix] = text[:start]
    tokens[prefix : prefix + len(canvas)] = canvas
    mask[prefix : prefix + len(canvas)] = slots
    return Row(tokens, mask, prefix, prefix + len(canvas))


def noised(row: Row, vocabulary: int, rng: np.random.Generator) -> np.ndarray:
    """The tokens of a row, (L,) int64, each slot replaced by any token with probability t ~ U(0.1, 1).

    Source: DiffusionGemma's training (uniform noise, loss on all slots), there with t from 0.001. A small model soon
    learns what little noise can teach, so here more canvases have much noise, and a share is pure noise.
    """
    if row.shown is not None:
        return row.shown
    share = 1.0 if rng.random() < _PURE_NOISE else rng.uniform(_LEAST_NOISE, 1)
    replaced = row.slots & (rng.random(len(row.tokens)) < share)
    return np.where(replaced, rng.integers(0, vocabulary, len(row.tokens)), row.tokens)


def causal_targets(row: Row) -> np.ndarray:
    """The positions of the prefix, (P - 1,), that predict the token after them.

    Source: the causal loss of DiffusionGemma's encoder, which lets the same weights decode autoregressively.
    """
    return np.arange((row.prefix if row.read is None else row.read) - 1)


def _canvas(
    text: np.ndarray, ends: np.ndarray, breaks: np.ndarray, room: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Tokens and slots of a canvas, (N,) int64 and (N,) bool with N <= room.

    ends: where the words of the text end. breaks: (V,) bool, tokens that are never replaced.
    """
    nothing_behind = rng.random() < _NOTHING_BEHIND
    if rng.random() < _SINGLE:
        melted = _one_gap(ends, room, rng)
        if not nothing_behind and rng.random() < _FURTHER_GAPS:
            clear = int(np.count_nonzero(melted)) + int(rng.integers(6, 24))
            melted[clear:] |= _many_gaps(ends, room, rng)[clear:]
    else:
        melted = _many_gaps(ends, room, rng)
    melted &= ~np.logical_or.reduceat(breaks[text], np.append(0, ends[:-1]))
    if not melted.any():
        melted[0] = True
    # Where a run of melted or of other words starts.
    runs = np.append(np.append(0, np.flatnonzero(np.diff(melted)) + 1), len(melted))
    starts = np.append(0, ends)
    parts: list[np.ndarray] = []
    slots: list[np.ndarray] = []
    used = last_gap = 0
    for first, last in pairwise(runs.tolist()):
        part, is_gap = text[starts[first] : starts[last]], bool(melted[first])
        if is_gap:
            part = np.append(part, np.full(_spare(len(part), rng), PAD))
            if last_gap and len(part) > room - used:
                break
        part = part[: room - used]
        parts.append(part)
        slots.append(np.full(len(part), is_gap))
        used += len(part)
        last_gap = used if is_gap else last_gap
        if used == room:
            break
    keep = last_gap if nothing_behind and last_gap else used
    return np.concatenate(parts)[:keep], np.concatenate(slots)[:keep]


def _one_gap(ends: np.ndarray, room: int, rng: np.random.Generator) -> np.ndarray:
    """Which words, (W,) bool, are in one gap at the start, with half of the lengths log-uniform and half uniform."""
    largest = max(2.0, room * _LARGEST_GAP)
    size = largest ** rng.random() if rng.random() < 0.5 else rng.uniform(1, largest)
    return np.arange(len(ends)) <= np.searchsorted(ends, int(size))


def _many_gaps(ends: np.ndarray, room: int, rng: np.random.Generator) -> np.ndarray:
    """Which words, (W,) bool, are in gaps of about 1-8 words, about 1-6 other words apart, up to a random place."""
    shown = np.searchsorted(ends, int(room * rng.uniform(0.7, 1.0)))
    gap, between = 8 ** rng.random(), 6 ** rng.random()
    lengths = np.stack([rng.geometric(1 / gap, len(ends)), rng.geometric(1 / between, len(ends))], axis=1)
    begins_with_gap = bool(rng.random() < 0.5)
    kinds = np.tile([begins_with_gap, not begins_with_gap], len(ends))
    melted = np.repeat(kinds, (lengths if begins_with_gap else lengths[:, ::-1]).ravel())[: len(ends)]
    return melted & (np.arange(len(ends)) <= shown)


def _spare(tokens: int, rng: np.random.Generator) -> int:
    """Spare slots of a gap: as many as the engine adds, or any number up to twelve and the gap's length."""
    return usual_spare(tokens) if rng.random() < _USUAL_SPARE else int(rng.integers(0, min(12, tokens) + 1))
