"""Finds mistakes in the lines of a text, in the background.

A check proceeds in slices of one pass of the model, between which a person's run can start. Nothing is remembered but
what a parser made of the text: whoever asks knows which lines have changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from engine.contracts.checks import CheckRequest
from engine.contracts.corrections import Correction, moved
from engine.contracts.errors import RequestError
from engine.contracts.request import Action
from engine.mending.mend import Mender
from engine.models.loaded import LoadedModel
from engine.runs.mend import can_mend, make_mender
from engine.text.markup import code_lines, protected
from engine.text.ranges import Protected, clipped, gaps

_REGION = 8_000
"""Characters of neighbouring lines whose marks are looked for together, which takes less time than one by one."""
LONGEST = 20_000
"""Characters of a line that is checked: a longer one would take a minute, and again after each edit."""


class Checker:
    """Checks texts with one checkpoint, on the caller's thread."""

    def __init__(self, model: LoadedModel) -> None:
        self._model = model
        self._mender: Mender | None = None
        self._own_words: frozenset[str] = frozenset()

    def check(self, request: CheckRequest) -> Iterator[bytes | tuple[int, tuple[Correction, ...]] | None]:
        """First the lines that lie in code (`CheckStarted.code`), then each line with its corrections.

        None in between: something else may be run on the same model after any item. A line that the text does not have
        has no mistakes. Raises RequestError if mistakes cannot be found with the checkpoint.
        """
        checkpoint = self._model.checkpoint
        refusal = checkpoint.refusal(Action.FIX)
        if refusal or not can_mend(self._model):
            raise RequestError(refusal or f"The checkpoint {checkpoint.name} cannot find mistakes in the background.")
        text = request.text
        yield code_lines(text, request.markup)
        starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
        regions = _Regions(request, starts)
        mender = self._mender_for(request.own_words)
        for place, line in enumerate(request.lines):
            if not 0 <= line < len(starts) - 1 or starts[line + 1] - starts[line] > LONGEST:
                yield line, ()
                continue
            start, end = starts[line], starts[line + 1] - 1
            marks = regions.marks(place)
            yield None
            found: list[Correction] = []
            if any(text[low:high].strip() for low, high in gaps(marks, start, end)):
                for step in mender.steps(text, start, end, [(each.start, each.end) for each in marks]):
                    found += (moved(item, -start) for item in step[2]) if step is not None else ()
                    yield None
            yield line, tuple(found)

    def _mender_for(self, own_words: frozenset[str]) -> Mender:
        if self._mender is None or own_words != self._own_words:
            self._mender, self._own_words = make_mender(self._model, own_words), own_words
        return self._mender


class _Regions:
    """What is protected in the lines of a request, looked for in neighbouring lines together.

    starts: where each line of the text starts, and the one after the last.
    """

    def __init__(self, request: CheckRequest, starts: Sequence[int]) -> None:
        self._request, self._starts = request, starts
        self._start = self._end = 0
        self._marks: list[Protected] = []

    def marks(self, place: int) -> list[Protected]:
        """The ranges of a region that holds a requested line. place: that of the line in the request."""
        lines, starts, text = self._request.lines, self._starts, self._request.text
        start, end = starts[lines[place]], starts[lines[place] + 1] - 1
        if not self._start <= start <= end <= self._end:
            last = place
            while (
                last + 1 < len(lines)
                and lines[last + 1] == lines[last] + 1 < len(starts) - 1
                and starts[lines[last + 1] + 1] - start <= _REGION
            ):
                last += 1
            self._start, self._end = start, starts[lines[last] + 1] - 1
            self._marks = protected(text, start, self._end, self._request.markup, facts=False, pairs=False)
        return clipped(self._marks, start, end)
