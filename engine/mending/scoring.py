"""How much better a text reads with a candidate in it, by what stands on both sides of the place.

The causal head says how probable the changed words and those that follow are after what stands before, against the
words as they stand. The check pass, which sees the whole canvas, says whether a word is right where it is. Source of
the method: the noisy channel of Kernighan, Church and Gale (1990), "A Spelling Correction Program Based on a Noisy
Channel Model".
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import NamedTuple

import regex
import torch

from engine.mending.candidates import Candidate
from engine.models.branching import TrunkReader
from engine.text.vocabulary import Vocabulary

CHUNK = regex.compile(r"\s*\S+|\s+\Z")
"""What stands between two spaces, with the space before it: a tokenizer makes no token that reaches over that."""
_FOLLOWING = 6
"""Tokens after a change that are judged with it."""
_BEHIND = 40
"""Characters after the text that are read with it."""
_LEAST_ODDS = -12.0
_CACHED = 20_000


class _Change(NamedTuple):
    """A candidate in tokens, without what stays the same at its start.

    first, last: the tokens that are replaced. new: what takes their place. chunk: the first one after.
    """

    first: int
    last: int
    new: tuple[int, ...]
    chunk: int


class Encoder:
    """Text to tokens, chunk by chunk, so that a text and a part of it have the same tokens.

    mask, check: the special tokens of the check pass.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.mask, self.check = vocabulary.special("<mask>"), vocabulary.special("<check>")
        # Which apostrophe a writer has says nothing of the spelling, but the model finds the curly one less probable.
        self.chunk = lru_cache(_CACHED)(lambda text: tuple(vocabulary.encode(text.replace("’", "'"))))

    def encode(self, text: str) -> list[int]:
        """Tokens of a text that begins where a chunk does."""
        return [token for chunk in CHUNK.findall(text) for token in self.chunk(chunk)]


class Reading:
    """A stretch of a text, read once, and what may be asked of it.

    context: tokens of what stands before it, with the one that begins a sequence.
    text, after: the stretch, a sentence or two, and what follows it. most: tokens of both that are read.
    start: where the stretch starts in the whole text, which candidates count in.
    """

    def __init__(
        self,
        reader: TrunkReader,
        encoder: Encoder,
        most: int,
        context: Sequence[int],
        text: str,
        after: str,
        start: int = 0,
    ) -> None:
        self._encode, self._mask, self._start = encoder.encode, encoder.mask, start
        self._text = text + after[:_BEHIND]
        # Chunks are what stands between two spaces, with the space before it: no token reaches over that.
        self._starts, self._ends, self._firsts = [], [], [0]
        tokens: list[int] = []
        for match in CHUNK.finditer(self._text):
            own = encoder.chunk(match.group())
            if len(tokens) + len(own) > most:
                break
            tokens += own
            self._starts.append(match.start())
            self._ends.append(match.end())
            self._firsts.append(len(tokens))
        self._tokens = tokens
        self._trunk = reader.read(context, tokens, encoder.check)
        self._sums = [0.0, *accumulate(self._trunk.nats)]

    @property
    def end(self) -> int:
        """Where what was read ends, in the whole text."""
        return self._start + (self._ends[-1] if self._ends else 0)

    @cached_property
    @torch.inference_mode()
    def _odds(self) -> list[float]:
        """Log odds, in nats, that each token is wrong: the answer of the check pass, which is the mask token there."""
        trunk = self._trunk
        canvas = torch.tensor([self._tokens], device=trunk.logits.device)
        slots = torch.arange(len(self._tokens), device=canvas.device)
        logits = trunk.denoiser.logits(trunk.aside, canvas, slots, None)[0]
        wrong = logits[:, self._mask].clone()
        logits[:, self._mask] = -math.inf
        return (wrong - logits.logsumexp(-1)).clamp(min=_LEAST_ODDS).tolist()

    def written(self, start: int, end: int) -> str:
        """What stands in a range."""
        return self._text[start - self._start : end - self._start]

    def check(self) -> None:
        """Make the check pass now, which is otherwise made when it is first needed."""
        if self._tokens:
            _ = self._odds

    def odds(self, start: int, end: int) -> float:
        """Log odds, in nats, that what stands in a range is wrong; of an empty one, that the word after it is."""
        low, high = self._touched(start, end)
        return max(self._odds[self._firsts[low] : self._firsts[high]], default=_LEAST_ODDS)

    def _touched(self, start: int, end: int) -> tuple[int, int]:
        """The chunks, `high` exclusive, of a range. What is put in between two changes the one after."""
        low = min(bisect_right(self._ends, start - self._start), len(self._ends) - 1)
        return low, max(low + 1, bisect_left(self._starts, end - self._start))

    def _change(self, candidate: Candidate) -> _Change:
        start, end = candidate.start - self._start, candidate.end - self._start
        low, high = self._touched(candidate.start, candidate.end)
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

    def _following(self, chunk: int) -> int:
        """The token after what is judged with a change, of which `chunk` is the first chunk after."""
        at = bisect_left(self._firsts, self._firsts[chunk] + _FOLLOWING)
        return self._firsts[min(at, len(self._firsts) - 1)]
