"""Between the writer's text, whose lines may end in any way, and a run, which sees "\\n" alone."""

from __future__ import annotations

from dataclasses import replace

from engine.contracts.corrections import Correction
from engine.contracts.frames import Frame
from engine.contracts.request import EditRequest, EditResult
from engine.contracts.scores import ParagraphScore, TokenScore
from engine.text.line_ends import UnixText


class OwnEnds:
    """A request as a run serves it, and what comes of it in terms of the writer's text.

    request: with "\\n" at the end of every line.
    """

    def __init__(self, request: EditRequest) -> None:
        self._unix = UnixText(request.text)
        self.request = request if self._unix.same else self._served(request)

    def _served(self, request: EditRequest) -> EditRequest:
        at = self._unix.from_own
        start, end = at(request.start, after=request.start == request.end), at(request.end, after=True)
        pins = ((at(request.start + low), at(request.start + high, after=True)) for low, high in request.pins)
        text = self._unix.text
        return replace(
            request,
            before=text[:start],
            selection=text[start:end],
            after=text[end:],
            pins=tuple((low - start, high - start) for low, high in pins),
        )

    def place(self, start: int, end: int) -> tuple[int, int]:
        """A range of the writer's text."""
        return self._unix.to_own(start), self._unix.to_own(end)

    def frame(self, frame: Frame) -> Frame:
        """A frame of the run."""
        if self._unix.same:
            return frame
        range_ = frame.start, frame.end
        head, *pieces, tail = self._unix.with_own_ends(*range_, [frame.head, *frame.pieces, frame.tail])
        _, *canvas, _ = self._unix.with_own_ends(*range_, [frame.head, *frame.canvas_pieces, frame.tail])
        start, end = self.place(*range_)
        return replace(
            frame, start=start, end=end, head=head, tail=tail, pieces=tuple(pieces), canvas_pieces=tuple(canvas)
        )

    def result(self, result: EditResult) -> EditResult:
        """The result of the run."""
        if self._unix.same:
            return result
        range_ = result.start, result.end
        variants = tuple("".join(self._unix.with_own_ends(*range_, [variant])) for variant in result.variants)
        start, end = self.place(*range_)
        return replace(
            result,
            start=start,
            end=end,
            original=self._unix.own[start:end],
            replacement=variants[0],
            variants=variants,
            corrections=tuple(map(self._correction, result.corrections)),
        )

    def _correction(self, correction: Correction) -> Correction:
        # No correction adds or moves a line end.
        start, end = self.place(correction.start, correction.end)
        return replace(correction, start=start, end=end)


def own_scores(unix: UnixText, paragraph: ParagraphScore) -> ParagraphScore:
    """The scores of a paragraph in terms of the writer's text; the texts of its tokens have no line end."""
    if unix.same:
        return paragraph

    def moved(token: TokenScore) -> TokenScore:
        return replace(token, start=token.start + by, end=token.end + by)

    start = unix.to_own(paragraph.start)
    by = start - paragraph.start
    return ParagraphScore(start, paragraph.end + by, tuple(map(moved, paragraph.tokens)))
