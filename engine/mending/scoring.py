"""How much better a text reads with a candidate in it, by what stands on both sides of the place.

The causal head says how probable the changed words and those that follow are behind what stands before, against the
words as they stand. The check pass, which sees the whole canvas, says whether a word is right where it is. Source of
the method: the noisy channel of Kernighan, Church and Gale (1990), "A Spelling Correction Program Based on a Noisy
Channel Model".
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

import regex
import torch

from engine.checkpoint import Checkpoint
from engine.context import context_tokens
from engine.denoisers.branching import Trunk
from engine.denoisers.diffusion_gemma import DiffusionGemmaDenoiser, copy_of
from engine.mending.candidates import Candidate
from engine.vocabulary import Vocabulary

_CHUNK = regex.compile(r"\s*\S+|\s+\Z")
_FOLLOWING = 7
"""Tokens behind a change that are judged with it."""
_BEHIND = 80
"""Characters behind the text that are read with it."""
_CONTEXT = 120
"""Tokens before it that are read: few, because they are read again for every sentence."""
_LEAST_ODDS = -12.0
_CACHED = 4096


class _Change(NamedTuple):
    """A candidate in tokens, without what stays the same at its start.

    first, last: the tokens that are replaced. new: what takes their place. chunk: the first one behind.
    """

    first: int
    last: int
    new: tuple[int, ...]
    chunk: int


class Reading:
    """A stretch of a text, read once, and what may be asked of it.

    before, text, after: the stretch and what surrounds it; a sentence or two, so that it fits the trained canvas.
    start: where the stretch starts in the whole text, which candidates count in.
    """

    def __init__(
        self,
        denoiser: DiffusionGemmaDenoiser,
        checkpoint: Checkpoint,
        vocabulary: Vocabulary,
        before: str,
        text: str,
        after: str,
        start: int = 0,
    ) -> None:
        self._denoiser, self._vocabulary, self._start = denoiser, vocabulary, start
        encode = lru_cache(_CACHED)(lambda piece: tuple(vocabulary.encode(piece)))
        self._encode = lambda piece: [token for part in _CHUNK.findall(piece) for token in encode(part)]
        self._text = text + after[:_BEHIND]
        # Chunks are what stands between two spaces, with the space before it: no token reaches over that.
        self._starts, self._ends, self._firsts = [], [], [0]
        tokens: list[int] = []
        for match in _CHUNK.finditer(self._text):
            own = encode(match.group())
            if len(tokens) + len(own) > checkpoint.trained_canvas:
                break
            tokens += own
            self._starts.append(match.start())
            self._ends.append(match.end())
            self._firsts.append(len(tokens))
        self._tokens = tokens
        room = min(_CONTEXT, checkpoint.trained_context - 1)
        self._context = context_tokens(before, room, vocabulary)
        self._trunk = Trunk.read(denoiser, self._context, tokens)
        self._sums = [0.0, *self._trunk.own.double().cumsum(0).tolist()]

    def holds(self, candidate: Candidate) -> bool:
        """Whether a candidate lies in what was read."""
        return bool(self._ends) and candidate.end - self._start <= self._ends[-1]

    @cached_property
    def _odds(self) -> list[float]:
        """Log odds, in nats, that each token is wrong."""
        return self._check([self._tokens])[0]

    @torch.inference_mode()
    def _check(self, rows: Sequence[Sequence[int]]) -> list[list[float]]:
        """The same for other texts of one length: the answer of the check pass, which is the mask token there."""
        vocabulary, denoiser = self._vocabulary, self._denoiser
        context = copy_of(denoiser.prefill(self._context[:-1])) if len(self._context) > 1 else None
        context = denoiser.prefill([self._context[-1], vocabulary.special("<check>")], context)
        slots = torch.arange(len(rows[0]), device=denoiser.device)
        logits = denoiser.logits(context, torch.tensor(rows, device=denoiser.device), slots, None)
        mask = vocabulary.special("<mask>")
        wrong = logits[..., mask].clone()
        logits[..., mask] = -math.inf
        return (wrong - logits.logsumexp(-1)).clamp(min=_LEAST_ODDS).tolist()

    def odds(self, candidate: Candidate) -> float:
        """Log odds, in nats, that what a candidate changes is wrong; of an insertion, the word behind it."""
        low, high = self._touched(candidate)
        return max(self._odds[self._firsts[low] : self._firsts[high]], default=_LEAST_ODDS)

    def _touched(self, candidate: Candidate) -> tuple[int, int]:
        """The chunks, `high` exclusive, that a candidate changes. What is put in between two changes the one behind."""
        start, end = candidate.start - self._start, candidate.end - self._start
        low = min(bisect_right(self._ends, start), len(self._ends) - 1)
        return low, max(low + 1, bisect_left(self._starts, end))

    def _change(self, candidate: Candidate) -> _Change:
        start, end = candidate.start - self._start, candidate.end - self._start
        low, high = self._touched(candidate)
        text = self._text[self._starts[low] : start] + candidate.text + self._text[end : self._ends[high - 1]]
        first, last = self._firsts[low], self._firsts[high]
        new = self._encode(text)
        own = self._tokens[first:last]
        same = next((at for at, (a, b) in enumerate(zip(new, own, strict=False)) if a != b), min(len(new), len(own)))
        return _Change(first + same, last, tuple(new[same:]), high)

    def glance(self, candidate: Candidate) -> float:
        """Nats by which the first changed token alone is more probable than all that it replaces.

        What follows is not looked at yet, so that this costs no pass.
        """
        change = self._change(candidate)
        row = [*change.new, *self._tokens[change.last :]]
        if not row:
            return -math.inf
        # What is put in takes the place of nothing but the next token.
        inserted = candidate.start == candidate.end or change.last == change.first
        last = min(change.first + 1, len(self._tokens)) if inserted else change.last
        return float(self._trunk.log_p[change.first, row[0]]) - (self._sums[last] - self._sums[change.first])

    def gains(self, found: Sequence[Candidate]) -> list[float]:
        """Nats by which the changed text and what follows is more probable than the text as it stands."""
        changes = [self._change(candidate) for candidate in found]
        ends = [max(self._following(change.chunk), change.last) for change in changes]
        rows = [[*change.new, *self._tokens[change.last : end]] for change, end in zip(changes, ends, strict=True)]
        scores = self._trunk.branches([change.first for change in changes], rows)
        return [
            score - (self._sums[end] - self._sums[change.first])
            for score, change, end in zip(scores, changes, ends, strict=True)
        ]

    def odds_after(self, found: Sequence[Candidate]) -> list[float]:
        """Log odds, in nats, that what a candidate puts in, or else the word behind it, is wrong there."""
        if not found:
            return []
        changes = [self._change(candidate) for candidate in found]
        rows = [[*self._tokens[: item.first], *item.new, *self._tokens[item.last :]] for item in changes]
        length = min(map(len, rows))
        checked = self._check([row[:length] for row in rows])
        found_odds = []
        for item, odds in zip(changes, checked, strict=True):
            # Where a word was taken out, what came together is judged.
            end = item.first + max(1, len(item.new))
            found_odds.append(max(odds[item.first : end], default=_LEAST_ODDS))
        return found_odds

    def _following(self, chunk: int) -> int:
        """The token behind what is judged with a change, of which `chunk` is the first chunk behind."""
        at = bisect_left(self._firsts, self._firsts[chunk] + _FOLLOWING)
        return self._firsts[min(at, len(self._firsts) - 1)]
