"""Scores a text as it stands: how sure the model is of each token, and what else could stand there.

A paragraph is looked at in one pass without noise: the tokens before it are the context, its own are the slots of a
canvas, and what follows it is pinned after them. A denoiser of uniform noise is trained to tell which tokens of a
canvas do not belong there, so what it predicts for a slot says how well the token in it fits.

This is work for the background. It goes on in slices, between which a person's run may come, and what a pass said is
remembered by a hash of all that it saw: after an edit, the changed paragraph is looked at again and those that see it.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from time import perf_counter

import regex
import torch
from torch import Tensor

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.errors import MemoryShortageError, RequestError, is_memory_shortage
from engine.contracts.request import Action
from engine.contracts.scores import ParagraphScore, TokenScore, paragraphs
from engine.diffusion.denoiser import Context
from engine.diffusion.sampler import entropy
from engine.diffusion.step import check_finite
from engine.models.loaded import LoadedModel
from engine.runs.framing import ALTERNATIVES, alternatives
from engine.runs.plan import divide, group_budget
from engine.text.segments import Segment, SegmentKind
from engine.text.text_map import UNSPACED
from engine.text.vocabulary import Vocabulary

_SLICE = 0.05
"""Seconds that a person's run waits for a slice at most, on a machine that looks at one canvas in that time."""
_MOST_ROWS = 16
"""Canvases side by side at most: logits have the size of the vocabulary, and more of them gain nothing."""
_MOST_TOKENS = 1000
"""About so many tokens are handed on together at most: those that are known take time too, some 20 µs each."""
_MOST_CONTEXT = 1024
"""Tokens of context at most, where a checkpoint could read more: all that read a change are scored again."""
_REMEMBERED = 8192
"""Canvases of which the prediction is kept, about 50 bytes a token: more than there are paragraphs in a novel."""
_OPENS = regex.compile(rf"\s|{UNSPACED}")


@dataclass(frozen=True, slots=True)
class _Canvas:
    """What one pass sees. S tokens are looked at, which stand first on a canvas of N.

    context: tokens of the causal prefill. tokens: (N,), those of the paragraph or a part of it, then those after it.
    pieces: (S,), the text of each in whole graphemes. start: where it starts, in code points of the whole text.
    paragraph: the range of the paragraph that ends with it; None where it goes on. key: a hash of what the pass sees.
    """

    context: Sequence[int]
    tokens: Sequence[int]
    pieces: Sequence[str]
    start: int
    paragraph: tuple[int, int] | None
    key: bytes

    @property
    def shape(self) -> tuple[int, int]:
        """Canvases of the same shape can be looked at side by side."""
        return len(self.context), len(self.tokens)


@dataclass(frozen=True, slots=True)
class _Prediction:
    """What the model said of S tokens. own: (S,), their probabilities. entropies: (S,), nats.

    best: (S, 5) ids of the tokens that are most probable of all that may be written. chances: (S, 5), how probable.
    """

    own: Tensor
    entropies: Tensor
    best: Tensor
    chances: Tensor


class Scorer:
    """Scores texts on one checkpoint, on the caller's thread, and remembers what it said of a canvas.

    seconds: as many canvases are looked at side by side as can be in that time, one at least.
    """

    def __init__(self, model: LoadedModel, seconds: float = _SLICE) -> None:
        self._model = model
        self._seconds = seconds
        self._known: OrderedDict[bytes, _Prediction] = OrderedDict()
        self._rows, self._most_rows = 1, _MOST_ROWS

    def score(self, text: str) -> Iterator[tuple[ParagraphScore, ...]]:
        """The scores of all of `paragraphs(text)`, in order, a few at a time.

        Between any two of them something else may be run on the same model; often they are empty for just that.
        Raises RequestError where the checkpoint has no canvas, DenoisingError, MemoryShortageError.
        """
        checkpoint = self._model.checkpoint
        if refusal := checkpoint.refusal(Action.REWRITE):
            raise RequestError(refusal)
        tokens: list[TokenScore] = []
        for seen in self._look(_canvases(text, checkpoint, self._model.vocabulary)):
            ended = []
            for canvas, prediction in seen:
                tokens += self._scores(canvas, prediction)
                if canvas.paragraph is not None:
                    ended.append(ParagraphScore(*canvas.paragraph, tuple(tokens)))
                    tokens = []
            yield tuple(ended)

    def _look(self, canvases: Iterable[_Canvas]) -> Iterator[list[tuple[_Canvas, _Prediction]]]:
        """The same canvases in the same order with what the model says of them; only what is unknown is looked at."""
        waiting: list[_Canvas] = []
        found: dict[bytes, _Prediction] = {}
        batch: dict[bytes, _Canvas] = {}
        tokens = 0
        for canvas in canvases:
            if tokens >= _MOST_TOKENS or (batch and not self._fits(canvas, batch)):
                yield from self._pass(list(batch.values()), found)
                yield [(known, found[known.key]) for known in waiting]
                waiting, found, batch, tokens = [], {}, {}, 0
            waiting.append(canvas)
            tokens += len(canvas.pieces)
            if canvas.key in self._known:
                self._known.move_to_end(canvas.key)
                found[canvas.key] = self._known[canvas.key]
            else:
                batch[canvas.key] = canvas
        yield from self._pass(list(batch.values()), found)
        yield [(known, found[known.key]) for known in waiting]

    def _fits(self, canvas: _Canvas, batch: dict[bytes, _Canvas]) -> bool:
        """Whether a canvas can be looked at beside those of a batch, or need not be."""
        if canvas.key in self._known or canvas.key in batch:
            return True
        return len(batch) < self._rows and next(iter(batch.values())).shape == canvas.shape

    def _pass(self, batch: Sequence[_Canvas], found: dict[bytes, _Prediction]) -> Iterator[list]:
        """Look at canvases of one shape side by side, in slices, and add what the model says of each to `found`.

        Where memory runs out, half of them are looked at after the others.
        """
        if not batch:
            return
        try:
            started = perf_counter()
            context = self._model.denoiser.prefill_rows([canvas.context for canvas in batch])
            slowest = perf_counter() - started
            yield []
            started = perf_counter()
            predictions = self._predict(context, batch)
            slowest = max(slowest, perf_counter() - started)
        except (MemoryError, RuntimeError) as error:
            if not is_memory_shortage(error):
                raise
            self._most_rows = len(batch) // 2
            if not self._most_rows:
                raise MemoryShortageError(
                    "There is not enough memory to score this text. Close other programs or choose a smaller model."
                ) from error
        else:
            self._rows = max(1, min(self._most_rows, int(self._seconds * len(batch) / slowest)))
            for canvas, prediction in zip(batch, predictions, strict=True):
                found[canvas.key] = self._known[canvas.key] = prediction
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
            return
        self._rows = self._most_rows
        self._model.denoiser.forget()
        while batch:
            part, batch = batch[: self._rows], batch[self._rows :]
            yield from self._pass(part, found)

    @torch.inference_mode()
    def _predict(self, context: Context, batch: Sequence[_Canvas]) -> list[_Prediction]:
        """One pass over canvases of one shape. Raises DenoisingError where it returns what is no number."""
        model = self._model
        canvases = torch.tensor([canvas.tokens for canvas in batch], device=model.denoiser.device)
        slots = torch.arange(max(len(canvas.pieces) for canvas in batch), device=canvases.device)
        logits = model.denoiser.logits(context, canvases, slots, None)
        probabilities = torch.softmax(logits, dim=-1)
        entropies = entropy(logits, probabilities)
        check_finite(entropies)
        own = probabilities.gather(-1, canvases[:, : len(slots), None])[..., 0]
        probabilities[..., model.banned] = 0
        chances, best = probabilities.topk(min(ALTERNATIVES, probabilities.shape[-1]), dim=-1)
        rows = zip(batch, *(values.cpu() for values in (own, entropies, best.int(), chances)), strict=True)
        # Cloned, because a part of a tensor keeps all of it alive.
        return [_Prediction(*(value[: len(canvas.pieces)].clone() for value in values)) for canvas, *values in rows]

    def _scores(self, canvas: _Canvas, prediction: _Prediction) -> Iterator[TokenScore]:
        """The tokens of a canvas with what the model says of them."""
        own, entropies = prediction.own.tolist(), prediction.entropies.tolist()
        best, chances = prediction.best.tolist(), prediction.chances.tolist()
        start = canvas.start
        for piece, probability, nats, ids, row in zip(canvas.pieces, own, entropies, best, chances, strict=True):
            # What must not be written has no chance at all.
            likely = [chance for chance in row if chance > 0]
            others = alternatives(ids[: len(likely)], likely, self._model.vocabulary)
            yield TokenScore(start, start + len(piece), piece, nats, probability, others)
            start += len(piece)


class _Reading:
    """The tokens of a text, read paragraph by paragraph as far as they are asked for: to read a novel takes seconds.

    tokens: of the text until now, line ends and all.
    """

    def __init__(self, text: str, ranges: Sequence[tuple[int, int]], vocabulary: Vocabulary) -> None:
        self._text = text
        self._vocabulary = vocabulary
        # What follows the last paragraph is read as the space before an empty one.
        self._unread = iter([*ranges, (len(text), len(text))])
        self._end = 0
        self.tokens: list[int] = []
        self._places: list[tuple[int, int]] = []

    def reach(self, number: int, behind: int) -> tuple[int, int]:
        """The range of the tokens of a paragraph, when so many tokens after it are read as well, or all there are."""
        while len(self._places) <= number or len(self.tokens) < self._places[number][1] + behind:
            unread = next(self._unread, None)
            if unread is None:
                break
            start, end = unread
            self.tokens += self._vocabulary.encode(self._text[self._end : start])
            first = len(self.tokens)
            own = self._vocabulary.encode(self._text[start:end])
            if start < end and not own:
                # A character the tokenizer has no token for still needs a position that carries it.
                own = [self._vocabulary.pad]
            self.tokens += own
            self._places.append((first, len(self.tokens)))
            self._end = end
        return self._places[number]


def _canvases(text: str, checkpoint: Checkpoint, vocabulary: Vocabulary) -> Iterator[_Canvas]:
    """The canvases of all paragraphs of a text, in order."""
    room = min(checkpoint.trained_context, _MOST_CONTEXT) - 1
    ranges = paragraphs(text)
    reading = _Reading(text, ranges, vocabulary)
    tokens = reading.tokens
    for number, (start, end) in enumerate(ranges):
        first, last = reading.reach(number, checkpoint.trained_canvas)
        pieces = _pieces(text[start:end], tokens[first:last], vocabulary)
        at = start
        for low, high in _parts(pieces, group_budget(checkpoint)):
            context = [vocabulary.bos, *tokens[max(0, first + low - room) : first + low]]
            canvas = tokens[first + low : first + low + checkpoint.trained_canvas]
            own = pieces[low:high]
            seen = array("i", [len(context), len(own), *context, *canvas])
            key = hashlib.blake2b(seen.tobytes(), digest_size=16).digest()
            yield _Canvas(context, canvas, own, at, (start, end) if high == len(pieces) else None, key)
            at += sum(map(len, own))


def _pieces(text: str, tokens: Sequence[int], vocabulary: Vocabulary) -> list[str]:
    """The text of each token in whole graphemes; all of it at the first where the tokenizer changes a text."""
    lengths = [len(piece) for piece in vocabulary.pieces(tokens)]
    if sum(lengths) != len(text):
        return [text, *[""] * (len(tokens) - 1)]
    ends = list(accumulate(lengths))
    return [text[end - length : end] for length, end in zip(lengths, ends, strict=True)]


def _parts(pieces: Sequence[str], budget: int) -> Iterator[tuple[int, int]]:
    """Cut a paragraph, as runs do a selection, into ranges of tokens that one canvas takes."""
    if len(pieces) <= budget:
        yield 0, len(pieces)
        return
    words: list[Segment] = []
    costs: list[int] = []
    start = 0
    for piece in pieces:
        if not words or _OPENS.match(piece) or costs[-1] == budget:
            words.append(Segment(SegmentKind.WORD, start, ""))
            costs.append(0)
        words[-1] = Segment(SegmentKind.WORD, words[-1].start, words[-1].text + piece)
        costs[-1] += 1
        start += len(piece)
    done = 0
    for first, last in divide(words, costs, budget):
        size = sum(costs[first:last])
        yield done, done + size
        done += size
