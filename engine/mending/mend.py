"""A text in, corrections out, sentence by sentence."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from engine.checkpoint import Checkpoint
from engine.corrections import Correction, corrected, moved
from engine.denoisers.diffusion_gemma import DiffusionGemmaDenoiser
from engine.mending.candidates import candidates
from engine.mending.choose import Judged, Weights, choose, judge, look_again, shortlist
from engine.mending.dictionary import Dictionary
from engine.mending.protected import Protected
from engine.mending.scoring import Reading
from engine.segments import cut
from engine.vocabulary import Vocabulary

_LONGEST = 260
"""Characters of a stretch that is read at once, which fit a canvas with what follows them."""


class Mender:
    """Finds what is wrong in a text and what should stand there. Knows nothing of runs."""

    def __init__(
        self,
        denoiser: DiffusionGemmaDenoiser,
        checkpoint: Checkpoint,
        vocabulary: Vocabulary,
        dictionary: Dictionary | None = None,
        weights: Weights | None = None,
    ) -> None:
        self._denoiser, self._checkpoint, self._vocabulary = denoiser, checkpoint, vocabulary
        self._dictionary = dictionary or Dictionary.english()
        self._weights = weights or Weights.fitted()

    def corrections(
        self, text: str, start: int, end: int, protected: Sequence[tuple[int, int]] = ()
    ) -> Iterator[tuple[int, int, list[Correction]]]:
        """(start, end, corrections of it in order) for each stretch of text[start:end], in order, as it is done.

        protected: ranges of the text, in code points, that stay as they are, besides code, links, marks, names in
        mid-sentence, words in capitals, numbers and unknown words that the text has three times.
        """
        stays = Protected.of(text, self._dictionary, protected)
        before = text[:start]
        for low, high in stretches(text, start, end):
            judged = self.judged(text, low, high, before, stays)
            found = choose(judged, self._weights)
            yield low, high, found
            before += corrected(text[low:high], [moved(item, -low) for item in found])

    def judged(
        self, text: str, start: int, end: int, before: str, protected: Callable[[int, int], bool], again: bool = True
    ) -> list[Judged]:
        """Candidates of one stretch and what is known of them.

        before: what stands before it as mended. protected: whether a range, in code points, must stay as it is.
        again: whether the check pass looks at the best of them a second time.
        """
        found = candidates(text, start, end, self._dictionary, protected)
        if not found:
            return []
        reading = Reading(
            self._denoiser, self._checkpoint, self._vocabulary, before, text[start:end], text[end:], start
        )
        hopeful = shortlist(reading, [item for item in found if reading.holds(item)])
        judged = judge(reading, text, hopeful)
        return look_again(reading, judged, self._weights) if again else judged


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
    """The last of some places, in order, that lies behind `least` and not behind `most`."""
    at = bisect_right(places, most)
    return places[at - 1] if at and places[at - 1] > least else None
