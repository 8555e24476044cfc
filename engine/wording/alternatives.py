"""Other words for a place of a text: candidates of the model and of the thesaurus, of which the best are taken."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.words import OtherWord, WordsRequest, WordsResult
from engine.mending.dictionary import Dictionary, plain
from engine.mending.english import article
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.text.vocabulary import Vocabulary
from engine.wording.fit import Fit, Fitter
from engine.wording.function_words import classes, equivalents, has_meaning, is_function_word
from engine.wording.inflection import Tag
from engine.wording.place import NOTHING, Place
from engine.wording.thesaurus import Nearness, Thesaurus

_WHOLE, _PIECED = 40, 12
"""Candidates of each sort: likely words of one token, and likely words of two."""
_LOOKED_AT = 300
"""Likely words from which those are chosen that can stand in the place."""
_JUDGED = 36
"""Candidates that are judged with what follows."""
_BONUS = {Nearness.SAME: 7.0, Nearness.NEAR: 5.0, Nearness.UNKNOWN: 0.0}
_LIKE = 6.0
"""Nats by which a word near in meaning goes before others that fit as well, and one that the model uses alike."""
_WORST = 9.0
"""Nats below the best from which on a word is not shown."""
_NOUNS = frozenset((Tag.NOUN, Tag.PLURAL))
_COMPARED = frozenset((Tag.COMPARATIVE, Tag.SUPERLATIVE))


class Candidate(NamedTuple):
    """A word in small letters, how well it fits at first sight, and what its meaning speaks for it, in nats."""

    word: str
    promise: float
    bonus: float


class Alternatives:
    """Finds other words with one checkpoint. Knows nothing of runs."""

    def __init__(self, denoiser: DiffusionGemmaDenoiser, checkpoint: Checkpoint, vocabulary: Vocabulary) -> None:
        self.dictionary = Dictionary.english()
        self.thesaurus = Thesaurus.english()
        self.fitter = Fitter(denoiser, checkpoint, vocabulary, self.dictionary)

    def find(self, request: WordsRequest, go_on: Callable[[], None] = lambda: None) -> WordsResult:
        """Other words for a place. go_on: called between passes of the model; may raise to end the work."""
        text = request.text
        place = Place.of(request)
        own = text[place.start : place.end]
        if place.note:
            return WordsResult(place.start, place.end, own, (), place.note)
        before, after = text[: place.start], text[place.end :]
        lower = plain(own).lower()
        fit = Fit(self.fitter, before, after, own[0].isupper())
        go_on()
        candidates = self._candidates(fit, lower, before)
        go_on()
        judged = candidates[:_JUDGED]
        if not judged:
            return WordsResult(place.start, place.end, own, (), NOTHING)
        *fits, own_fit = fit.fits([*(candidate.word for candidate in judged), lower])
        chosen = self._chosen(judged, fits, request.most)
        total = sum(math.exp(value - max(*fits, own_fit)) for value in (*fits, own_fit))
        words = tuple(
            OtherWord(_cased(judged[at].word, own), math.exp(fits[at] - max(*fits, own_fit)) / total) for at in chosen
        )
        return WordsResult(place.start, place.end, own, words, "" if words else NOTHING)

    def likely(self, before: str, after: str, most: int) -> list[str]:
        """The words of meaning in small letters that fit best between two texts, whatever stands there."""
        fit = Fit(self.fitter, before, after, False)
        found = [*fit.whole(_LOOKED_AT), *fit.pieced(_LOOKED_AT)]
        found = [item for item in found if not is_function_word(item.word)]
        found.sort(key=lambda item: -item.promise)
        words = list(dict.fromkeys(item.word for item in found))[: 2 * _JUDGED]
        ranked = sorted(zip(fit.fits(words), words, strict=True), reverse=True)
        return [word for _, word in ranked[:most]]

    def _candidates(self, fit: Fit, own: str, before: str) -> list[Candidate]:
        """Words that can stand in the place of the writer's, the most promising first."""
        fits_in = _Fits(self.thesaurus, own, before)
        whole = [item for item in fit.whole(_LOOKED_AT) if fits_in(item.word)][:_WHOLE]
        pieced = [item for item in fit.pieced(_LOOKED_AT) if fits_in(item.word)][:_PIECED]
        related = {word: near for word, near in self.thesaurus.related(own).items() if not is_function_word(word)}
        related = {word: near for word, near in related.items() if fits_in(word) or " " in word}
        related |= dict.fromkeys(equivalents(own), Nearness.SAME)
        listed = fit.promise(word for word in related if fits_in.goes_with_article(word))
        items = list({item.word: item for item in (*pieced, *whole, *listed)}.values())
        found: list[Candidate] = []
        for item, like in zip(items, self.fitter.likeness(own, [item.word for item in items]), strict=True):
            nearness = related.get(item.word) or self.thesaurus.nearness(own, item.word)
            if nearness is not Nearness.OPPOSITE:
                found.append(Candidate(item.word, item.promise, _BONUS[nearness] + _LIKE * like))
        return sorted(found, key=lambda one: -(one.promise + one.bonus))

    def _chosen(self, judged: Sequence[Candidate], fits: Sequence[float], most: int) -> list[int]:
        """Which of the candidates are shown, the best first: of the forms of one word, the one that fits best."""
        scores = [value + candidate.bonus for candidate, value in zip(judged, fits, strict=True)]
        order = sorted(range(len(judged)), key=lambda at: -scores[at])
        chosen: list[int] = []
        for at in order:
            if len(chosen) == most or scores[at] < scores[order[0]] - _WORST:
                break
            if not any(self.thesaurus.are_one(judged[at].word, judged[other].word) for other in chosen):
                chosen.append(at)
        return chosen


class _Fits:
    """Whether a word can stand in the place of another one: another word, in the same form, after the same article."""

    def __init__(self, thesaurus: Thesaurus, own: str, before: str) -> None:
        self._thesaurus, self._own, self._tags = thesaurus, own, thesaurus.tags(own)
        self._words = own.split(" ")
        self._is_phrase = any(map(is_function_word, self._words))
        if not self._tags and len(self._words) > 1:
            # "Old house" is a noun, "walked slowly" is a verb.
            first, last = thesaurus.tags(self._words[0]), thesaurus.tags(self._words[-1])
            self._tags = last & _NOUNS or first
        self._classes = classes(own) if is_function_word(own) else frozenset()
        last = before.split()[-1:] if before.endswith(" ") else []
        self._article = last[0].lower() if last and last[0].lower() in ("a", "an") else ""

    def __call__(self, word: str) -> bool:
        if not self._goes(word) or not self.goes_with_article(word):
            return False
        return not any(self._thesaurus.are_one(part, word) for part in (self._own, *self._words))

    def _goes(self, word: str) -> bool:
        if len(self._words) > 1 and (self._is_phrase or is_function_word(word)):
            return False
        if is_function_word(word):
            return "number" not in self._classes and bool(self._classes & classes(word))
        if not has_meaning(self._own):
            return False
        if not self._tags:
            return True
        tags = self._thesaurus.tags(word)
        shared = self._tags & tags
        # "Larger" is listed as an adjective too, but cannot stand for "big".
        return bool(shared) and not (shared == {Tag.ADJECTIVE} and tags & _COMPARED and not self._tags & _COMPARED)

    def goes_with_article(self, word: str) -> bool:
        """Whether the article before the place, if any, is the right one for a word."""
        return not self._article or article(word) in (self._article, "")


def _cased(word: str, own: str) -> str:
    """A word with the capitals of another one."""
    if len(own) > 1 and own.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if own[:1].isupper() else word
