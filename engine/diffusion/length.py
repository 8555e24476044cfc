"""The length of a result: slots for the length asked for, and a search for checkpoints that cannot choose one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from engine.contracts.errors import RequestError
from engine.contracts.request import Exactly, Length, SamplerSettings, Unit
from engine.diffusion.canvas import Canvas
from engine.diffusion.denoise import denoise
from engine.diffusion.denoiser import Context, Denoiser
from engine.diffusion.layout import Layout
from engine.text.vocabulary import Vocabulary
from engine.text.words import WORD

_SHORTER, _LONGER = 0.7, 1.4
"""Tokens of a result, relative to those of the text it replaces."""
_TOKENS_A_WORD = 1.4
"""Used if there is no text to measure: English prose with punctuation, with a vocabulary of some thousand tokens."""
_WORD_ROWS = 8
_WORD_FACTORS = (1.0, 1.2, 0.85, 1.5)
"""Tokens for the wanted number of words, relative to what they usually take: tried in this order."""
_SEARCHED = (0.7, 0.85, 1.0, 1.2, 1.5)
SEARCH_ROWS = len(_SEARCHED)
"""The most canvases side by side in a search."""
_PROBING_STEPS = 2
SEARCH_PASSES = 2 * _PROBING_STEPS
"""Forward passes of a search."""


@dataclass(frozen=True, slots=True)
class Extent:
    """An amount of text."""

    tokens: int
    words: int

    @classmethod
    def of(cls, text: str, vocabulary: Vocabulary) -> Extent:
        """Measure a text in both."""
        return cls(len(vocabulary.encode(text)), count_words(text))


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to lay out the gaps of a group.

    slots: for all gaps together; None means one for each replaced token, and some more with `spare`.
    padding: whether slots may stay empty. rows: the least number of canvases to denoise side by side.
    whole_words: whether every slot takes a whole word.
    """

    slots: int | None = None
    spare: bool = False
    padding: bool = True
    rows: int = 1
    whole_words: bool = False


AS_REPLACED = Attempt()
"""One slot for each replaced token."""


def count_words(text: str) -> int:
    """The words of a text, as the editor counts and marks them."""
    return sum(1 for _ in WORD.finditer(text))


def first_words(text: str, count: int) -> str:
    """A text up to the end of its `count`-th word; all of it if it has fewer."""
    ends = [match.end() for match in WORD.finditer(text)]
    return text[: ends[count - 1]] if len(ends) >= count else text


def most_tokens(words: int) -> int:
    """As many tokens as this number of words takes at most, in practice."""
    return 2 * words + 4


def most_kept(length: int | Length | Exactly | None, words: int) -> int:
    """How many of the words may stay in a result of this length."""
    if not isinstance(length, Exactly):
        return words
    wanted = length.count if length.unit is Unit.WORDS else length.count / _TOKENS_A_WORD
    return max(0, math.floor(wanted - 1) // 2)


def resized(tokens: int, length: Length) -> int:
    """Tokens of a result that replaces this many."""
    if length is Length.SHORTER:
        return max(1, min(math.floor(_SHORTER * tokens), tokens - 1))
    return tokens if length is Length.SAME else math.ceil(_LONGER * tokens) + 1


def missed(length: int | Length | Exactly | None, texts: Sequence[str]) -> str:
    """One line if a number of words was asked for and no text has it; else ""."""
    if not isinstance(length, Exactly) or length.unit is Unit.TOKENS:
        return ""
    found = min(map(count_words, texts), key=lambda count: abs(count - length.count))
    if found == length.count:
        return ""
    return f"The model found nothing with exactly {length.count} words here; this has {found}. Try again."


def shares(
    length: int | Length | Exactly | None, extents: Sequence[Extent], outside: Extent
) -> list[int | Length | Exactly | None]:
    """The share of a length that each group of a long selection gets.

    extents: those of the groups' text. outside: that of the text between the groups, which stays.
    """
    if length is None or isinstance(length, Length):
        return [length] * len(extents)
    if isinstance(length, int):
        return [max(1, length // len(extents))] * len(extents)
    in_words = length.unit is Unit.WORDS
    own = [extent.words if in_words else extent.tokens for extent in extents]
    count = length.count - (outside.words if in_words else outside.tokens)
    if count < len(extents):
        raise RequestError(f"A result of {length.count} {length.unit} is too short here. Ask for more.")
    return [Exactly(part, length.unit) for part in apportion(count, own)]


def attempts(length: Length | Exactly, whole: Extent, stays: Extent, gaps: int) -> list[Attempt]:
    """Ways to reach a length, the most promising first. Raises RequestError if the text that stays is too long.

    whole: the text of the group. stays: the part of it that is kept or pinned. gaps: how many there are; each takes at
    least one slot.
    """
    if isinstance(length, Length):
        slots = max(gaps, resized(whole.tokens, length) - stays.tokens)
        return [Attempt(slots, padding=length is Length.SHORTER)]
    there = stays.words if length.unit is Unit.WORDS else stays.tokens
    left = length.count - there
    if left < gaps:
        raise RequestError(
            f"{there} {length.unit} stay as they are and each of {gaps} gaps takes at least one, so the result cannot "
            f"have only {length.count}. Ask for more, or use a higher strength."
        )
    if length.unit is Unit.TOKENS:
        return [Attempt(left, padding=False)]
    usual = left * (whole.tokens / whole.words if whole.words else _TOKENS_A_WORD)
    found = [Attempt(max(gaps, round(usual * factor)), padding=False, rows=_WORD_ROWS) for factor in _WORD_FACTORS]
    return [*found, Attempt(left, padding=False, rows=_WORD_ROWS, whole_words=True)]


def apportion(count: int, sizes: Sequence[int]) -> list[int]:
    """Divide a count in proportion to sizes: at least 1 each, and exactly the count if that is enough for all."""
    total = max(1, sum(sizes))
    parts: list[int] = []
    done = given = 0
    for index, size in enumerate(sizes):
        done += size
        left = len(sizes) - index - 1
        part = max(1, min(round(count * done / total) - given if left else count, count - given - left))
        parts.append(part)
        given += part
    return parts


def candidates(tokens: int) -> list[int]:
    """Numbers of slots to try in place of this many tokens."""
    return sorted({max(1, round(tokens * factor)) for factor in _SEARCHED})


@torch.inference_mode()
def search(
    denoiser: Denoiser,
    prefill: Callable[[Sequence[int]], Context],
    layouts: Sequence[Layout],
    bos: int,
    settings: SamplerSettings,
    generator: torch.Generator,
    banned: torch.Tensor,
) -> int:
    """The index of the layout with the best length, among layouts of one text that differ in their slots.

    All are denoised for two steps as one batch, and so are the same slots without their surroundings. Without them, the
    entropy of a slot depends only on the length of its gap; how much they lower it tells how well the length fits. This
    is the idea of "Diffusion LMs Can Approximate Optimal Infilling Lengths Implicitly" (arXiv 2602.00476): a
    confidence without the bias of the length.
    """
    canvas = Canvas.batch(layouts, denoiser.device)
    noise = torch.randint(denoiser.vocabulary_size, canvas.tokens.shape, generator=generator, device=denoiser.device)
    alone = replace(canvas, tokens=noise, own=noise[:, canvas.slots])
    probe = replace(settings, steps=_PROBING_STEPS)
    gains = torch.zeros(len(layouts), device=denoiser.device)
    for seen, tokens, sign in ((alone, [bos], 1), (canvas, layouts[0].context, -1)):
        *_, last = denoise(denoiser, prefill(tokens), seen, probe, generator, rows=len(layouts), banned=banned)
        gains += sign * last.entropies.sum(-1) / (~canvas.fixed).sum(-1)
    return int(gains.argmax())
