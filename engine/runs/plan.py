"""From a request to a plan: which range of the text is replaced, and in which groups, each for one canvas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.contracts.checkpoint import Checkpoint
from engine.contracts.request import Action, EditRequest
from engine.text.markup import protected
from engine.text.segments import Segment, SegmentKind, cut
from engine.text.text_map import TextMap
from engine.text.vocabulary import Vocabulary

_RANGE_SHARE = 0.75
"""Share of the trained canvas that a group may fill; the rest is for the text after it."""


@dataclass(frozen=True, slots=True)
class Group:
    """As much of the range as fits one canvas; starts and ends with a segment that may change."""

    segments: tuple[Segment, ...]

    @property
    def start(self) -> int:
        """Where its text starts, after any white space before the first word."""
        first = self.segments[0]
        return first.end - len(first.text.lstrip())

    @property
    def end(self) -> int:
        """Where its text ends, in code points of the whole text."""
        return self.segments[-1].end

    @property
    def is_empty_place(self) -> bool:
        """Whether it has no text yet."""
        return self.start == self.end

    @property
    def words(self) -> list[int]:
        """Indices of the segments that are words."""
        return [index for index, segment in enumerate(self.segments) if segment.kind is SegmentKind.WORD]

    @property
    def free(self) -> list[int]:
        """Indices of the segments that may change."""
        return [index for index, segment in enumerate(self.segments) if segment.kind is not SegmentKind.FIXED]


@dataclass(frozen=True, slots=True)
class Plan:
    """The range of the text that a run replaces, and its groups in order. No group: nothing to change."""

    start: int
    end: int
    groups: tuple[Group, ...]


def usual_spare(tokens: int) -> int:
    """Slots that a gap gets beyond the tokens it replaces, so that the model can choose longer wording."""
    return 1 + tokens // 4


def spare_slots(checkpoint: Checkpoint, tokens: int) -> int:
    """The same, but none for a checkpoint that was not trained to leave slots empty."""
    return usual_spare(tokens) if checkpoint.length_by == "pad" else 0


def fix_slots(tokens: int) -> int:
    """Slots of a gap for fixing this many tokens: a short word may be missing next to them."""
    return tokens + usual_spare(tokens) + 2


def invents(request: EditRequest) -> bool:
    """Whether new text is invented, with numbers, names, brackets and quotations of its own."""
    return request.action is Action.FILL


def keeps_facts(request: EditRequest) -> bool:
    """Whether numbers and names stay. A mistake may lie in one, so mending them is not ruled out here."""
    return not (request.free or invents(request) or request.action is Action.FIX)


def make_plan(request: EditRequest, checkpoint: Checkpoint, vocabulary: Vocabulary) -> Plan:
    """Widen the selection to whole words, find what is fixed, and divide the rest into groups that fit the canvas."""
    text = request.text
    start, end = TextMap(text).widen(request.start, request.end)
    if request.action is Action.FILL and not text[start:end].strip():
        # An empty place: the fill goes in the middle of the white space, which stays.
        middle, _ = TextMap(text).widen(*[start + (end - start) // 2] * 2)
        empty = Segment(SegmentKind.WORD, middle, "")
        return Plan(middle, middle, (Group((empty,)),))
    pins = [(request.start + low, request.start + high) for low, high in request.pins]
    found = protected(text, start, end, request.markup, facts=keeps_facts(request), pairs=not invents(request))
    segments = cut(text, start, end, pins, found)
    return Plan(start, end, tuple(_groups(segments, checkpoint, vocabulary)))


def group_budget(checkpoint: Checkpoint) -> int:
    """Positions of a canvas that a group may fill."""
    return int(checkpoint.trained_canvas * _RANGE_SHARE)


def _groups(segments: Sequence[Segment], checkpoint: Checkpoint, vocabulary: Vocabulary) -> list[Group]:
    """The groups, each with as much of the range as fits. A word that is too long is left alone."""
    costs = []
    for segment in segments:
        tokens = len(vocabulary.encode(segment.text))
        costs.append(tokens + (0 if segment.kind is SegmentKind.FIXED else spare_slots(checkpoint, tokens)))
    groups: list[Group] = []
    for first, last in divide(segments, costs, group_budget(checkpoint)):
        groups += _trimmed(segments[first:last])
    return groups


def divide(segments: Sequence[Segment], costs: Sequence[int], budget: int) -> Iterator[tuple[int, int]]:
    """Ranges of neighbouring segments whose costs fit a budget, in order; segments over budget are left out.

    Greedy: divides at the last sentence end that fits, or else between words.
    """
    first = 0
    while first < len(segments):
        last, total = first, 0
        while last < len(segments) and total + costs[last] <= budget:
            total += costs[last]
            last += 1
        if last < len(segments):
            ends = [index for index in range(first, last) if segments[index].ends_sentence]
            # Dividing at a sentence end in the first third would leave canvases nearly empty.
            if ends and sum(costs[first : ends[-1] + 1]) > budget // 3:
                last = ends[-1] + 1
        if last > first:
            yield first, last
        first = max(last, first + 1)


def _trimmed(segments: Sequence[Segment]) -> list[Group]:
    """A group without fixed segments at its ends; none if nothing may change."""
    free = [index for index, segment in enumerate(segments) if segment.kind is not SegmentKind.FIXED]
    return [Group(tuple(segments[free[0] : free[-1] + 1]))] if free else []
