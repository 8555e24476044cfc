"""Scores a text: how certain the model is of each token, and which alternatives it sees.

A paragraph is scored in one pass without noise: the tokens before it are the context, its own are the slots of a
canvas, and the text after it is pinned after them. A denoiser of uniform noise is trained to recognise which tokens of
a canvas do not belong there, so its prediction for a slot tells how well the token in it fits.

This is background work. It proceeds in slices, between which a person's run can start, and the outcome of a pass is
cached by a hash of its input: after an edit, only the changed paragraph and those that see it are scored again.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
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
from engine.runs.own_ends import own_scores
from engine.runs.plan import divide, group_budget
from engine.text.line_ends import UnixText
from engine.text.segments import Segment, SegmentKind
from engine.text.vocabulary import Vocabulary
from engine.text.words import UNSPACED

_SLICE = 0.05
"""The most seconds that a run waits for a slice, if the machine can score one canvas in that time."""
_MOST_ROWS = 16
"""The most canvases side by side: logits are as large as the vocabulary, and more gain nothing."""
_MOST_TOKENS = 1000
"""The most tokens returned together, roughly: even cached ones take time, some 20 µs each."""
_MOST_CONTEXT = 1024
"""The most tokens of context, even if a checkpoint could read more: whatever reads a change is scored again."""
_REMEMBERED = 8192
"""Canvases whose prediction is cached, at about 50 bytes a token: more than a novel has paragraphs."""
_OPENS = regex.compile(rf"\s|{UNSPACED}")


@dataclass(frozen=True, slots=True)
class _Canvas:
    """The input of one pass. S tokens are scored, the first on a canvas of N.

    context: tokens of the causal prefill. tokens: (N,), those of the paragraph or a part of it, then those after it.
    pieces: (S,), the text of each in whole graphemes. start: where it starts, in code points of the whole text.
    paragraph: the range of the paragraph that ends with it; None if it continues. key: a hash of the input.
    """

    context: Sequence[int]
    tokens: Sequence[int]
    pieces: Sequence[str]
    start: int
    paragraph: tuple[int, int] | None
    key: bytes

    @property
    def shape(self) -> tuple[int, int]:
        """Canvases of the same shape can be scored side by side."""
        return len(self.context), len(self.tokens)


@dataclass(frozen=True, slots=True)
class _Prediction:
    """The prediction for S tokens. own: (S,), their probabilities. entropies: (S,), nats.

    best: (S, 5) ids of the most probable tokens that may be written. chances: (S, 5), their probabilities.
    """

    own: Tensor
    entropies: Tensor
    best: Tensor
    chances: Tensor


class Scorer:
    """Scores texts with one checkpoint, on the caller's thread, and caches predictions by canvas.

    seconds: as many canvases are scored side by side as take this long, at least one.
    """

    def __init__(self, model: LoadedModel, seconds: float = _SLICE) -> None:
        self._model = model
        self._seconds = seconds
        self._known: OrderedDict[bytes, _Prediction] = OrderedDict()
        self._rows, self._most_rows = 1, _MOST_ROWS

    def score(self, text: str) -> Iterator[tuple[ParagraphScore, ...]]:
        """The scores of all of `paragraphs(text)`, in order, a few at a time.

        Something else may be run on the same model between any two yields; many are empty just for that.
        Raises RequestError if the checkpoint has no canvas, DenoisingError, MemoryShortageError.
        """
        checkpoint = self._model.checkpoint
        if refusal := checkpoint.refusal(Action.REWRITE):
            raise RequestError(refusal)
        unix = UnixText(text)
        tokens: list[TokenScore] = []
        for seen in self._look(_canvases(unix.text, checkpoint, self._model.vocabulary)):
            ended = []
            for canvas, prediction in seen:
                tokens += self._scores(canvas, prediction)
                if canvas.paragraph is not None:
                    ended.append(own_scores(unix, ParagraphScore(*canvas.paragraph, tuple(tokens))))
                    tokens = []
            yield tuple(ended)

    def _look(self, canvases: Iterable[_Canvas]) -> Iterator[list[tuple[_Canvas, _Prediction]]]:
        """The same canvases in the same order with their predictions; only uncached ones are scored."""
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
        """Whether a canvas fits a batch, or is cached."""
        if canvas.key in self._known or canvas.key in batch:
            return True
        return len(batch) < self._rows and next(iter(batch.values())).shape == canvas.shape

    def _pass(self, batch: Sequence[_Canvas], found: dict[bytes, _Prediction]) -> Iterator[list]:
        """Score canvases of one shape side by side, in slices, and add each prediction to `found`.

        If memory runs out, the batch is split in half.
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
        """One pass over canvases of one shape. Raises DenoisingError if it returns NaN."""
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
        # Cloned, because a slice of a tensor keeps all of it alive.
        return [_Prediction(*(value[: len(canvas.pieces)].clone() for value in values)) for canvas, *values in rows]

    def _scores(self, canvas: _Canvas, prediction: _Prediction) -> Iterator[TokenScore]:
        """The scores of the tokens of a canvas."""
        own, entropies = prediction.own.tolist(), prediction.entropies.tolist()
        best, chances = prediction.best.tolist(), prediction.chances.tolist()
        start = canvas.start
        for piece, probability, nats, ids, row in zip(canvas.pieces, own, entropies, best, chances, strict=True):
            # Banned tokens have no chance at all.
            likely = [chance for chance in row if chance > 0]
            others = alternatives(ids[: len(likely)], likely, self._model.vocabulary)
            yield TokenScore(start, start + len(piece), piece, nats, probability, others)
            start += len(piece)


class _Reading:
    """The tokens of a text, tokenised lazily paragraph by paragraph, because a novel takes seconds.

    tokens: of the text so far, including line breaks.
    """

    def __init__(self, text: str, ranges: Sequence[tuple[int, int]], vocabulary: Vocabulary) -> None:
        self._text = text
        self._vocabulary = vocabulary
        # The text after the last paragraph counts as the space before an empty one.
        self._unread = iter([*ranges, (len(text), len(text))])
        self._end = 0
        self.tokens: list[int] = []
        self._places: list[tuple[int, int]] = []

    def reach(self, number: int, behind: int) -> tuple[int, int]:
        """The token range of a paragraph, once this many tokens after it are read too, or all there are."""
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
        pieces = vocabulary.own_pieces(text[start:end], tokens[first:last])
        at = start
        for low, high in _parts(pieces, group_budget(checkpoint)):
            context = [vocabulary.bos, *tokens[max(0, first + low - room) : first + low]]
            canvas = tokens[first + low : first + low + checkpoint.trained_canvas]
            own = pieces[low:high]
            seen = array("i", [len(context), len(own), *context, *canvas])
            key = hashlib.blake2b(seen.tobytes(), digest_size=16).digest()
            yield _Canvas(context, canvas, own, at, (start, end) if high == len(pieces) else None, key)
            at += sum(map(len, own))


def _parts(pieces: Sequence[str], budget: int) -> Iterator[tuple[int, int]]:
    """Divide a paragraph, as runs divide a selection, into ranges of tokens that fit one canvas."""
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
