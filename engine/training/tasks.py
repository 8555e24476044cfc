"""Rows that teach the rewrite tasks. A task token in the prefix names the task.

*Fix* has two steps, because correct text must not change. First comes [context][check] before the text itself: the
model predicts the mask token at every wrong word. Then comes [context][fix] before the text, in which each of these
words is followed by [sep] and a gap for its correction. *Shorter*, *simpler* and *rephrase* take one step:
[context][task][text][sep] before a canvas that is a single gap.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from engine.runs.plan import fix_slots, usual_spare
from engine.text.vocabulary import Vocabulary
from engine.training import errors, pairs
from engine.training.errors import Chunk
from engine.training.objectives import Row
from engine.training.pairs import Pair, Pairs
from engine.training.tokenizer import BOS, PAD, SPECIAL, Boundaries

MASK = SPECIAL.index("<mask>")
CHECK, FIX, SEP = (SPECIAL.index(f"<{name}>") for name in ("check", "fix", "sep"))

_SHARES = {"check": 0.35, "fix": 0.6, "rewrite": 0.05}
_SEEDED = 0.6
"""Share of Fix rows whose gaps start with the mistake, as in a run; the others are like later steps."""
_EDITS = 0.25
"""Share of Check and Fix rows with mistakes that people made and corrected; the others have synthetic ones."""
_CHECKED_RATE, _FIXED_RATE = (0.03, 0.25), (0.1, 0.35)
_CLEAN = 0.2
"""Share of the texts to check that have no mistakes."""
_TAUGHT = 0.35
"""Share of the correct words used to train checking: they are many and soon learnt."""
_FALSE_ALARM = 0.06
"""Share of the correct words that become a gap in Fix rows, so that the model learns to restore them."""
_ALONE = 0.3
"""Share of edited sentences without text before them."""
_COPIES = 0.25
"""Share of rewrites whose target is the text itself, without the mistakes put into it."""
_CACHED = 100_000


class TaskRows:
    """Makes rows of the tasks. pairs: edited sentences and misspelt words, of one part of the corpus."""

    def __init__(self, vocabulary: Vocabulary, bounds: Boundaries, pairs: Pairs) -> None:
        self.vocabulary, self.bounds, self.pairs = vocabulary, bounds, pairs
        self.rewrites = {
            SPECIAL.index(f"<{name}>"): found
            for name, found in (("shorter", pairs.shorter), ("simpler", pairs.simpler), ("rephrase", pairs.rephrase))
            if found
        }
        self._encode = lru_cache(_CACHED)(lambda text: tuple(vocabulary.encode(text)))

    def __reduce__(self) -> tuple[type[TaskRows], tuple[Vocabulary, Boundaries, Pairs]]:
        return TaskRows, (self.vocabulary, self.bounds, self.pairs)

    def row(self, text: np.ndarray, length: int, context: int, rng: np.random.Generator) -> Row:
        """A row of any task from the tokens, (T,) int64, of one document. length, context: as for `infill`."""
        choice = random.Random(int(rng.integers(2**63)))
        task = choice.choices(list(_SHARES), list(_SHARES.values()))[0]
        if task == "rewrite" and self.rewrites:
            return self._rewrite(text, length, context, choice)
        if task == "check":
            return self._check(text, length, context, choice)
        return self._fix(text, length, context, choice)

    def _check(self, text: np.ndarray, length: int, context: int, choice: random.Random) -> Row:
        before, chunks, behind = self._text(text, context - 2, length, choice, _CLEAN, _CHECKED_RATE)
        prefix = [BOS, *before, CHECK]
        room = length - len(prefix)
        seen, answers, taught = [], [], []
        for chunk in chunks:
            tokens = self._encode(chunk.written)
            if len(seen) + len(tokens) > room:
                behind = []
                break
            wrong = chunk.written != chunk.right
            seen += tokens
            answers += [MASK] * len(tokens) if wrong else tokens
            taught += [not chunk.fixed and (wrong or choice.random() < _TAUGHT)] * len(tokens)
        if not any(taught):
            taught[:1] = [True]
        behind = behind[: room - len(seen)]
        row = _assemble(prefix, [*answers, *behind], [*taught, *[False] * len(behind)], length, read=1 + len(before))
        shown = row.tokens.copy()
        shown[len(prefix) : len(prefix) + len(seen)] = seen
        return replace(row, shown=shown)

    def _fix(self, text: np.ndarray, length: int, context: int, choice: random.Random) -> Row:
        # Gaps need room in addition to the words they replace.
        before, chunks, behind = self._text(text, context - 2, (length - context) // 2, choice, 0.0, _FIXED_RATE)
        prefix = [BOS, *before, FIX]
        canvas, slots, seeds = self._gaps(chunks, choice)
        row = _assemble(prefix, [*canvas, *behind], [*slots, *[False] * len(behind)], length, read=1 + len(before))
        if choice.random() >= _SEEDED:
            return row
        shown = row.tokens.copy()
        seeds = seeds[: length - len(prefix)]
        shown[len(prefix) : len(prefix) + len(seeds)] = seeds
        noise = [choice.randrange(self.vocabulary.size) for _ in range(length)]
        shown = np.where(row.slots & (shown == PAD), noise, shown)
        return replace(row, shown=shown)

    def _gaps(self, chunks: Sequence[Chunk], choice: random.Random) -> tuple[list[int], list[bool], list[int]]:
        """The text with gaps after mistakes and some other words: its tokens, which of them are slots, and the seeds.

        A seed is the token a position starts with; padding means noise.
        """
        canvas: list[int] = []
        seeds: list[int] = []
        slots: list[bool] = []
        wrong: list[int] = []
        right: list[int] = []

        def close() -> None:
            if wrong or right:
                size = max(fix_slots(len(wrong)), len(right))
                canvas.extend([*wrong, SEP, *right, *[PAD] * (size - len(right))])
                slots.extend([False] * (len(wrong) + 1) + [True] * size)
                seeds.extend([*wrong, SEP, *wrong, *[PAD] * (size - len(wrong))])
                wrong.clear()
                right.clear()

        for chunk in chunks:
            melted = chunk.written != chunk.right or (not chunk.fixed and choice.random() < _FALSE_ALARM)
            if melted:
                wrong += self._encode(chunk.written)
                right += self._encode(chunk.right)
            else:
                close()
                tokens = self._encode(chunk.right)
                canvas += tokens
                slots += [False] * len(tokens)
                seeds += tokens
        close()
        return canvas, slots, seeds

    def _rewrite(self, text: np.ndarray, length: int, context: int, choice: random.Random) -> Row:
        task = choice.choice(list(self.rewrites))
        pair = choice.choice(self.rewrites[task])
        source, target = list(self._encode(pair.source)), list(self._encode(pair.target))
        if choice.random() < _COPIES:
            wrong = errors.corrupt(pair.target, 0.05, self.pairs.misspellings, choice)
            source = [token for chunk in wrong for token in self._encode(chunk.written)]
        source = source[: context - 3]
        before = self._filler(text, context - 3 - len(source), choice)
        prefix = [BOS, *before, task, *source, SEP]
        size = max(len(source) + usual_spare(len(source)), len(target))
        canvas = [*target, *[PAD] * (size - len(target))]
        return _assemble(prefix, canvas, [True] * size, length, read=1 + len(before))

    def _text(
        self, text: np.ndarray, before: int, inside: int, choice: random.Random, clean: float, rate: tuple[float, float]
    ) -> tuple[list[int], list[Chunk], list[int]]:
        """Up to `before` tokens of context, a text with mistakes of about `inside` tokens at most, and the text after.

        clean: share of texts without mistakes. rate: lowest and highest share of wrong words in the others.
        """
        if self.pairs.fixes and choice.random() < _EDITS:
            pair: Pair = choice.choice(self.pairs.fixes)
            mended = pairs.chunks(pair)
            if choice.random() < clean:
                mended = errors.clean(pair.target)
            return self._filler(text, min(before, 40), choice), mended, []
        cuts = np.flatnonzero(self.bounds.of(text))
        start = int(cuts[np.searchsorted(cuts, choice.randint(0, min(before, len(text) // 2)), side="right") - 1])
        size = choice.randint(8, max(9, inside))
        later = cuts[cuts >= start + size]
        end = int(later[0]) if len(later) else len(text)
        own = self.vocabulary.text(text[start:end].tolist())
        if choice.random() < clean:
            chunks = errors.clean(own)
        else:
            chunks = errors.corrupt(own, choice.uniform(*rate), self.pairs.misspellings, choice)
        behind = text[end:].tolist() if choice.random() < 0.8 else []
        return text[:start].tolist(), chunks, behind

    def _filler(self, text: np.ndarray, room: int, choice: random.Random) -> list[int]:
        """Some text to put before a sentence that has none."""
        if room < 8 or choice.random() < _ALONE:
            return []
        return text[:room].tolist()


def _assemble(prefix: list[int], canvas: list[int], slots: list[bool], length: int, read: int) -> Row:
    """A row of `length` positions; a canvas that is too long is cut."""
    canvas, slots = canvas[: length - len(prefix)], slots[: length - len(prefix)]
    end = len(prefix) + len(canvas)
    tokens, mask = np.full(length, PAD, np.int64), np.zeros(length, bool)
    tokens[:end] = [*prefix, *canvas]
    mask[len(prefix) : end] = slots
    return Row(tokens, mask, len(prefix), end, read=read)
