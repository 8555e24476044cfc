"""How much better a text reads with a candidate in it, by what stands on both sides of the place.

The causal head says how probable the changed words and those that follow are behind what stands before, against the
words as they stand. The check pass, which sees the whole canvas, says whether a word is right where it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

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


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What stands between two spaces, with the space before it. first, last: its tokens."""

    start: int
    end: int
    first: int
    last: int


class Reading:
    """A stretch of a text, read once, and what may be asked of it.

    before, text, after: the stretch and what surrounds it; a sentence or two, so that it fits the trained canvas.
    """

    def __init__(
        self,
        denoiser: DiffusionGemmaDenoiser,
        checkpoint: Checkpoint,
        vocabulary: Vocabulary,
        before: str,
        text: str,
        after: str,
    ) -> None:
        self._denoiser, self._vocabulary = denoiser, vocabulary
        self._encode = lru_cache(4096)(lambda piece: tuple(vocabulary.encode(piece)))
        self._text = text + after[:_BEHIND]
        self._length = len(text)
        self._chunks: list[_Chunk] = []
        tokens: list[int] = []
        for match in _CHUNK.finditer(self._text):
            own = self._encode(match.group())
            self._chunks.append(_Chunk(match.start(), match.end(), len(tokens), len(tokens) + len(own)))
            tokens += own
        self._tokens = tokens[: checkpoint.trained_canvas]
        room = min(_CONTEXT, checkpoint.trained_context - 1)
        self._context = context_tokens(before, room, vocabulary)
        self._trunk = Trunk.read(denoiser, self._context, self._tokens)
        self._own = [0.0, *self._trunk.own.double().cumsum(0).tolist()]

    @property
    def checked(self) -> list[float]:
        """Log odds, in nats, that each token is wrong, by the check pass."""
        if not hasattr(self, "_checked"):
            self._checked = self._check()
        return self._checked

    @torch.inference_mode()
    def _check(self) -> list[float]:
        vocabulary, denoiser = self._vocabulary, self._denoiser
        context = copy_of(denoiser.prefill(self._context[:-1])) if len(self._context) > 1 else None
        context = denoiser.prefill([self._context[-1], vocabulary.special("<check>")], context)
        canvas = torch.tensor([self._tokens], device=denoiser.device)
        slots = torch.arange(len(self._tokens), device=denoiser.device)
        logits = denoiser.logits(context, canvas, slots, None)[0]
        mask = vocabulary.special("<mask>")
        wrong = logits[:, mask].clone()
        logits[:, mask] = -math.inf
        return (wrong - logits.logsumexp(-1)).clamp(min=_LEAST_ODDS).tolist()

    def odds(self, candidate: Candidate) -> float:
        """Log odds, in nats, that what a candidate changes is wrong; of an insertion, the word behind it."""
        low, high = self._touched(candidate)
        if candidate.start == candidate.end:
            low = next((i for i in range(low, high) if self._chunks[i].start >= candidate.start), high - 1)
        tokens = self.checked[self._chunks[low].first : self._chunks[high - 1].last]
        return max(tokens, default=_LEAST_ODDS)

    def _touched(self, candidate: Candidate) -> tuple[int, int]:
        """The chunks, from the first up to the last exclusive, that a candidate changes."""
        low = next(
            i for i, chunk in enumerate(self._chunks) if chunk.end > candidate.start or i == len(self._chunks) - 1
        )
        high = next(
            (i for i, chunk in enumerate(self._chunks) if chunk.start >= candidate.end and i > low), len(self._chunks)
        )
        # What is put between two chunks is judged with the one behind it.
        return low, high

    def _change(self, candidate: Candidate) -> tuple[int, int, tuple[int, ...], int]:
        """(first token replaced, token behind the last, new tokens, chunk behind), without what stays the same."""
        low, high = self._touched(candidate)
        start, end = self._chunks[low].start, self._chunks[high - 1].end
        new = self._text[start : candidate.start] + candidate.text + self._text[candidate.end : end]
        own = self._tokens[self._chunks[low].first : self._chunks[high - 1].last]
        tokens = tuple(token for piece in _CHUNK.findall(new) for token in self._encode(piece))
        same = 0
        while same < min(len(own), len(tokens)) and own[same] == tokens[same]:
            same += 1
        return self._chunks[low].first + same, self._chunks[high - 1].last, tokens[same:], high

    def glance(self, candidate: Candidate) -> float:
        """A bound on what `gains` may find before the following text counts: of the first changed token alone."""
        first, last, new, high = self._change(candidate)
        if last > len(self._tokens):
            return -math.inf
        following = self._tokens[last : last + 1]
        token = new[0] if new else following[0] if following else None
        if token is None:
            return -math.inf
        own = (
            self._own[last] - self._own[first]
            if last > first
            else self._own[min(first + 1, len(self._own) - 1)] - self._own[first]
        )
        return float(self._trunk.log_p[first, token]) - own

    def gains(self, candidates: Sequence[Candidate]) -> list[float]:
        """Nats by which the changed text and what follows is more probable than the text as it stands."""
        places, rows, owns = [], [], []
        for candidate in candidates:
            first, last, new, high = self._change(candidate)
            end = self._behind(high)
            places.append(first)
            rows.append([*new, *self._tokens[last:end]])
            owns.append(self._own[max(end, first)] - self._own[first])
        scores = self._trunk.branches(places, rows)
        return [score - own for score, own in zip(scores, owns, strict=True)]

    def _behind(self, chunk: int) -> int:
        """Where the text that is judged with a change ends, as a token."""
        start = self._chunks[chunk].first if chunk < len(self._chunks) else len(self._tokens)
        ends = [item.last for item in self._chunks[chunk:] if item.last - start >= _FOLLOWING]
        return min(ends[0] if ends else len(self._tokens), len(self._tokens))
