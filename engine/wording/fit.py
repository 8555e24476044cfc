"""How well words fit a place of a text, by what stands on both sides of it.

The diffusion head sees a gap of noise with both sides around it, and says in one pass how probable each token is at its
start. The causal head says how probable a word is after what stands before, and what follows after the word: by the
chain rule, that is how probable the word is between both sides.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

import torch

from engine.contracts.checkpoint import Checkpoint
from engine.diffusion.step import check_finite
from engine.mending.dictionary import Dictionary
from engine.models.branching import TrunkReader
from engine.models.diffusion_gemma import DiffusionGemmaDenoiser
from engine.text.context import context_tokens
from engine.text.vocabulary import Vocabulary

_BEFORE, _AFTER = 100, 24
"""Tokens on both sides that are read."""
_FOLLOWING = 4
"""Tokens after the place that are judged with each word."""
_CHARACTERS = 8
"""Characters of the text after for each token of it that is read, at most."""
_GAP, _ROWS = 2, 1
"""Slots of the gap, and rows with different noise that are averaged."""
_JOINT, _BOTH = 1.0, 0.3
"""Weights of the causal head's and of the diffusion head's log p. Chosen on texts that nothing is measured on."""
_FIRST_CAUSAL = 0.4
"""Weight of the causal head beside the diffusion head where only the first token is looked at."""
_STARTS, _ENDS = 12, 24
"""Tokens that may begin a word of two, and how many of those words are kept."""
UNLIKE = 0.25
"""Likeness of two words of which nothing is known; most pairs have about this."""
_CACHED = 4


class Likely(NamedTuple):
    """A word, how well its first token fits at first sight, and whether it is all of the word."""

    word: str
    promise: float


class _Tokens(NamedTuple):
    """Tokens that are a word of the dictionary by themselves, with the word, and those that may begin one."""

    words: dict[int, str]
    starts: torch.Tensor


class Fitter:
    """Reads places of texts with one checkpoint."""

    def __init__(
        self, denoiser: DiffusionGemmaDenoiser, checkpoint: Checkpoint, vocabulary: Vocabulary, dictionary: Dictionary
    ) -> None:
        self.denoiser, self.checkpoint, self.vocabulary, self.dictionary = denoiser, checkpoint, vocabulary, dictionary
        self.reader = TrunkReader(denoiser)
        self.tokens = lru_cache(_CACHED)(self._tokens)

    def likeness(self, own: str, words: Sequence[str]) -> list[float]:
        """How alike the model's embeddings of words and of the writer's own are, -1 to 1; `UNLIKE` for pieced words."""
        one, *others = ([] if " " in word else self.vocabulary.encode(f" {word}") for word in (own, *words))
        if len(one) != 1:
            return [UNLIKE] * len(others)
        tokens = torch.tensor([one[0], *(row[0] if len(row) == 1 else one[0] for row in others)])
        vectors = self._embeddings[tokens.to(self._embeddings.device)].float() - self._mean
        found = torch.cosine_similarity(vectors[:1], vectors[1:]).tolist()
        return [value if len(row) == 1 else UNLIKE for value, row in zip(found, others, strict=True)]

    @cached_property
    def _mean(self) -> torch.Tensor:
        return self._embeddings.float().mean(0)

    @property
    def _embeddings(self) -> torch.Tensor:
        find = self.denoiser.model.get_input_embeddings
        return find().weight.detach()  # pyright: ignore[reportCallIssue] # torch's modules may have any attribute

    def _tokens(self, space: str, capital: bool) -> _Tokens:
        """The tokens that a word may begin with after a space or without, with a capital or without."""
        words, starts = {}, []
        for token in range(self.vocabulary.size):
            text = self.vocabulary.token_text(token)
            word = text.removeprefix(" ")
            if (text[:1] == " ") != bool(space) or not word.isalpha() or word[0].isupper() != capital:
                continue
            starts.append(token)
            lower = word.lower() if capital and word[1:] == word[1:].lower() else word
            if len(lower) > 1 and lower.islower() and self.dictionary.is_common(lower):
                words[token] = lower
        return _Tokens(words, torch.tensor(starts, dtype=torch.int64, device=self.denoiser.device))


class Fit:
    """One place, read once, and how well words fit there.

    before, after: the text around the place. capital: whether a word there begins with a capital.
    """

    @torch.inference_mode()
    def __init__(self, fitter: Fitter, before: str, after: str, capital: bool) -> None:
        self._fitter, self._capital = fitter, capital
        self._space = " " if before.endswith(" ") else ""
        encode = fitter.vocabulary.encode
        room = min(_BEFORE, fitter.checkpoint.trained_context - 1)
        context = context_tokens(before, room, fitter.vocabulary)
        self._after = encode(after[: _AFTER * _CHARACTERS])[: min(_AFTER, fitter.checkpoint.trained_canvas - _GAP)]
        self._trunk = fitter.reader.read(context, [])
        self._causal = self._trunk.log_p[0]
        denoiser = fitter.denoiser
        noise = torch.randint(fitter.vocabulary.size, (_ROWS, _GAP), generator=torch.Generator().manual_seed(0))
        canvas = torch.cat([noise, torch.tensor([self._after] * _ROWS, dtype=torch.int64)], dim=1)
        slots = torch.arange(_GAP, device=denoiser.device)
        logits = denoiser.logits(self._trunk.aside, canvas.to(denoiser.device), slots, None)
        check_finite(logits)
        self._both = logits.log_softmax(-1).logsumexp(0) - math.log(_ROWS)
        self._first = self._both[0] + _FIRST_CAUSAL * self._causal

    def promise(self, words: Iterable[str]) -> list[Likely]:
        """The same words with how well the first token of each fits."""
        rows = [(word, self._encoded(word)) for word in words]
        return [Likely(word, float(self._first[tokens[0]]) - (len(tokens) - 1)) for word, tokens in rows if tokens]

    def whole(self, most: int) -> list[Likely]:
        """The likeliest words of the dictionary that are one token."""
        words = self._fitter.tokens(self._space, self._capital).words
        ids = torch.tensor(list(words), dtype=torch.int64, device=self._first.device)
        best = self._first[ids].topk(min(most, len(ids)))
        return [
            Likely(words[token], value)
            for token, value in zip(ids[best.indices].tolist(), best.values.tolist(), strict=True)
        ]

    def pieced(self, most: int) -> list[Likely]:
        """Words of the dictionary that are two tokens: the likeliest beginnings, completed by the causal head."""
        fitter = self._fitter
        starts = fitter.tokens(self._space, self._capital).starts
        best = self._first[starts].topk(min(_STARTS, len(starts)))
        tokens = starts[best.indices].tolist()
        ends = self._trunk.following(0, tokens) + _FIRST_CAUSAL * self._both[1]
        found = []
        for token, value, row in zip(tokens, best.values.tolist(), ends, strict=True):
            start = fitter.vocabulary.token_text(token).removeprefix(" ")
            chances, ids = row.topk(_ENDS)
            for chance, end in zip(chances.tolist(), ids.tolist(), strict=True):
                rest = fitter.vocabulary.token_text(end)
                word = (start + rest).lower() if self._capital else start + rest
                if rest.isalpha() and rest.islower() and word.islower() and fitter.dictionary.is_common(word):
                    found.append(Likely(word, value + chance))
        return sorted(found, key=lambda item: -item.promise)[:most]

    def fits(self, words: Sequence[str]) -> list[float]:
        """How well words fit, in nats, the more the better."""
        rows = [self._encoded(word) for word in words]
        following = self._after[:_FOLLOWING]
        joint = self._trunk.branches([0] * len(rows), [[*row, *following] for row in rows])
        both = [float(self._both[0, row[0]]) for row in rows]
        return [_JOINT * one + _BOTH * two for one, two in zip(joint, both, strict=True)]

    def _encoded(self, word: str) -> list[int]:
        text = word[:1].upper() + word[1:] if self._capital else word
        return self._fitter.vocabulary.encode(self._space + text)
