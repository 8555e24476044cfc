"""A text in, corrections out, sentence by sentence."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from functools import partial

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.corrections import Correction, corrected, moved
from engine.mending.candidates import Candidate, candidates
from engine.mending.choose import LEAST_ODDS, Judged, Weights, choose, judge, shortlist
from engine.mending.dictionary import Dictionary
from engine.mending.protected import Protected
from engine.mending.scoring import Encoder, Reading
from engine.mending.together import judged_together
from engine.models.branching import TrunkReader
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.text.context import context_tokens
from engine.text.segments import cut
from engine.text.vocabulary import Vocabulary

_LONGEST = 260
"""Characters of a stretch that is read at once, which fit a canvas with what follows them."""
_FIRST, _MOST = 100, 200
"""Tokens before the first stretch that are read, and tokens before a later one at which the context begins anew."""


class Mender:
    """Finds what is wrong in a text and what should stand there. Knows nothing of runs."""

    def __init__(
        self,
        denoiser: DiffusionGemmaDenoiser,
        checkpoint: Checkpoint,
        vocabulary: Vocabulary,
        dictionary: Dictionary | None = None,
        weights: Weights | None = None,
        *,
        together: bool = True,
    ) -> None:
        """together: whether mistakes near each other are judged again with the others mended."""
        self._reader, self._encoder = TrunkReader(denoiser), Encoder(vocabulary)
        self._checkpoint, self._vocabulary = checkpoint, vocabulary
        self._dictionary = dictionary or Dictionary.english()
        self._weights, self._together = weights or Weights.fitted(), together

    def corrections(
        self, text: str, start: int, end: int, protected: Sequence[tuple[int, int]] = ()
    ) -> Iterator[tuple[int, int, list[Correction]]]:
        """(start, end, corrections of it in order) for each stretch of text[start:end], in order, as it is done.

        protected: ranges of the text, in code points, that stay as they are, besides code, links, marks, names in
        mid-sentence, words in capitals, numbers and unknown words that the text has three times.
        """
        yield from filter(None, self.steps(text, start, end, protected))

    def steps(
        self, text: str, start: int, end: int, protected: Sequence[tuple[int, int]] = ()
    ) -> Iterator[tuple[int, int, list[Correction]] | None]:
        """The same, and None after each pass of the model: between any two, something else may run on it."""
        for done in self._stretches(text, start, end, protected):
            yield None if done is None else (done[0], done[1], choose(done[2], self._weights))

    def _stretches(
        self, text: str, start: int, end: int, protected: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[int, int, list[Judged]] | None]:
        """(start, end, candidates) of each stretch, which is read after the earlier ones as mended; None in between."""
        # The space before a word belongs to its token.
        first, start = start, start - text[:start].endswith(" ")
        stays = Protected.of(text, self._dictionary, protected, start, end)
        room = min(_FIRST, self._checkpoint.trained_context - 1)
        context = list(context_tokens(text[:start], room, self._vocabulary))
        for low, high in stretches(text, start, end):
            judged = yield from self._judged(text, low, high, context, stays)
            yield max(first, low), high, judged
            found = [moved(item, -low) for item in choose(judged, self._weights)]
            own = self._encoder.encode(corrected(text[low:high], found))
            if len(context) + len(own) > min(_MOST, self._checkpoint.trained_context):
                context = context[:1]
            context += own[-_MOST:]

    def all_judged(self, text: str, start: int, end: int) -> Iterator[Judged]:
        """All candidates of text[start:end], right or not, and what is known of them; nothing is mended on the way."""
        for done in self._stretches(text, start, end, ()):
            yield from done[2] if done is not None else ()

    def _judged(
        self, text: str, start: int, end: int, context: Sequence[int], protected: Callable[[int, int], bool]
    ) -> Generator[None, None, list[Judged]]:
        """Candidates of one stretch and what is known of them. Yields between two passes of the model.

        context: tokens of what stands before it, as mended. protected: whether a range, in code points, must stay as it
        is.
        """
        reading = self._read(context, text[start:end], text[end:], start)
        yield
        reading.check()
        yield

        def doubtful(low: int, high: int) -> bool:
            return reading.odds(low, high) > LEAST_ODDS

        found = candidates(text, start, min(end, reading.end), self._dictionary, protected, doubtful)
        hopeful = shortlist(reading, found)
        yield
        judged = judge(reading, hopeful) if hopeful else []
        if not self._together:
            return judged
        anew = partial(self._judged_among, text, start, end, context)
        return (yield from judged_together(judged, self._weights, anew))

    def _judged_among(
        self,
        text: str,
        start: int,
        end: int,
        context: Sequence[int],
        rows: Sequence[Judged],
        others: Sequence[Candidate],
    ) -> Generator[None, None, list[Judged]]:
        """Judge candidates of text[start:end] again, as if others, none of which they touch, were made already."""
        made = [Correction(item.start - start, item.end - start, item.text, item.kind, 0.0) for item in others]
        mended = corrected(text[start:end], made)
        reading = self._read(context, mended, text[end:], start)
        yield
        reading.check()
        yield
        shifted = []
        for row in rows:
            item = row.candidate
            by = sum(len(other.text) - (other.end - other.start) for other in others if other.end <= item.start)
            shifted.append(replace(item, start=item.start + by, end=item.end + by))
        within = [item for item in shifted if item.end <= reading.end]
        anew = iter(judge(reading, within) if within else [])
        return [
            replace(next(anew), candidate=row.candidate) if item.end <= reading.end else row
            for row, item in zip(rows, shifted, strict=True)
        ]

    def _read(self, context: Sequence[int], text: str, after: str, start: int) -> Reading:
        return Reading(self._reader, self._encoder, self._checkpoint.trained_canvas, context, text, after, start)


def stretches(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Divide a range into stretches that can be read at once, at ends of sentences where there are any."""
    segments = cut(text, start, end)
    words = [segment.end for segment in segments]
    sentences = [segment.end for segment in segments if segment.ends_sentence]
    position = start
    while end - position > _LONGEST:
        limit = position + _LONGEST
        at = _last(sentences, position + _LONGEST // 4, limit) or _last(words, position, limit) or limit
        yield position, at
        position = at
    if position < end:
        yield position, end


def _last(places: Sequence[int], least: int, most: int) -> int | None:
    """The last of some places, in order, that lies after `least` and not after `most`."""
    at = bisect_right(places, most)
    return places[at - 1] if at and places[at - 1] > least else None
