"""From a request to canvases: which range is replaced, in which groups, and what stands on each canvas.

A layout is plain data: tokens for the causal prefill and the positions of the canvas. The canvas shows the range of the
group first and then pinned text from behind it, which the model can see only there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from engine.checkpoint import Checkpoint
from engine.context import CHARACTERS_PER_TOKEN, context_tokens
from engine.request import Action, EditRequest
from engine.segments import Segment, SegmentKind, cut
from engine.textmap import TextMap
from engine.vocabulary import Vocabulary

_RANGE_SHARE = 0.75
"""Share of the trained canvas that a group may fill; the rest is for the text behind it."""
DEFAULT_FILL = 12
"""Slots for a fill at an empty place, about one clause, where the request names no length."""


class Position(IntEnum):
    """What a position of the canvas is at the start of a run."""

    SLOT = 0
    KEPT = 1
    PINNED = 2
    SEEDED = 3
    """A slot that starts with the writer's token instead of noise, and is as free as any from then on."""


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring positions of the canvas, `last` exclusive, and the text of the writer that stood there."""

    first: int
    last: int
    own: str

    @property
    def lead(self) -> str:
        """The writer's white space at the start."""
        return self.own[: len(self.own) - len(self.own.lstrip())]


@dataclass(frozen=True, slots=True)
class Layout:
    """What the denoiser gets for one group. The last four have one entry for each position of the canvas.

    context: tokens of the causal prefill, starting with the beginning-of-sequence token.
    shown: so many positions, from the first, make up the range; the others are text behind it.
    gaps: the runs of slots and the kept words, which become slots when they melt, in order.
    stretches: all between two pinned segments or ends of the range: there the white space at both ends is the writer's,
        so that a line or a Markdown mark stays what it is.
    tokens: the token that a position starts with; padding at a slot that starts with noise.
    positions: what each is.
    literals: the writer's own text of a kept or pinned word at its first position, "" at its others; None at slots.
    words: number of the kept word that a position belongs to; -1 elsewhere.
    """

    context: tuple[int, ...]
    shown: int
    gaps: tuple[Span, ...]
    stretches: tuple[Span, ...]
    tokens: tuple[int, ...]
    positions: tuple[Position, ...]
    literals: tuple[str | None, ...]
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """As much of the range as one canvas takes; begins and ends with a segment that may change."""

    segments: tuple[Segment, ...]

    @property
    def start(self) -> int:
        """Where its text starts: white space before the first word is left in place."""
        first = self.segments[0]
        return first.end - len(first.text.lstrip())

    @property
    def end(self) -> int:
        """Where its text ends, in code points of the whole text."""
        return self.segments[-1].end

    @property
    def is_empty_place(self) -> bool:
        """Whether nothing stands there yet."""
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
    """The range of the text that a run replaces, and its groups in order. No group: there is nothing to change."""

    start: int
    end: int
    groups: tuple[Group, ...]


def usual_spare(tokens: int) -> int:
    """Slots that a gap gets beyond the tokens it replaces, so that the model may choose a longer wording."""
    return 1 + tokens // 4


def spare_slots(checkpoint: Checkpoint, tokens: int) -> int:
    """The same, or none for a checkpoint that was not trained to leave slots empty."""
    return usual_spare(tokens) if checkpoint.length_by == "pad" else 0


def fix_slots(tokens: int) -> int:
    """Slots of a gap where so many tokens are mended: a short word may be missing beside them."""
    return tokens + usual_spare(tokens) + 2


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
    segments = cut(text, start, end, pins)
    return Plan(start, end, tuple(_groups(segments, checkpoint, vocabulary)))


def group_budget(checkpoint: Checkpoint) -> int:
    """Positions of a canvas that a group may fill."""
    return int(checkpoint.trained_canvas * _RANGE_SHARE)


def _groups(segments: Sequence[Segment], checkpoint: Checkpoint, vocabulary: Vocabulary) -> list[Group]:
    """As much of the range for each as fits. Too large a word is left alone."""
    costs = []
    for segment in segments:
        tokens = len(vocabulary.encode(segment.text))
        costs.append(tokens + (0 if segment.kind is SegmentKind.FIXED else spare_slots(checkpoint, tokens)))
    groups: list[Group] = []
    for first, last in divide(segments, costs, group_budget(checkpoint)):
        groups += _trimmed(segments[first:last])
    return groups


def divide(segments: Sequence[Segment], costs: Sequence[int], budget: int) -> Iterator[tuple[int, int]]:
    """Ranges of neighbouring segments whose costs fit a budget, in order; one that costs more by itself is in none.

    Greedy, at the last end of a sentence that fits, else between words.
    """
    first = 0
    while first < len(segments):
        last, total = first, 0
        while last < len(segments) and total + costs[last] <= budget:
            total += costs[last]
            last += 1
        if last < len(segments):
            ends = [index for index in range(first, last) if segments[index].ends_sentence]
            # A sentence end in the first third would leave canvases nearly empty.
            if ends and sum(costs[first : ends[-1] + 1]) > budget // 3:
                last = ends[-1] + 1
        if last > first:
            yield first, last
        first = max(last, first + 1)


def _trimmed(segments: Sequence[Segment]) -> list[Group]:
    """A group without fixed segments at its ends; none where nothing may change."""
    free = [index for index, segment in enumerate(segments) if segment.kind is not SegmentKind.FIXED]
    return [Group(tuple(segments[free[0] : free[-1] + 1]))] if free else []


def joined(group: Group) -> str:
    """The text of a group."""
    return "".join(segment.text for segment in group.segments).lstrip()


def own_tokens(group: Group, before: str, vocabulary: Vocabulary) -> list[int]:
    """The tokens of a group as it stands behind `before`."""
    return vocabulary.encode((" " if before.endswith(" ") else "") + joined(group))


def segment_tokens(group: Group, before: str, vocabulary: Vocabulary) -> list[list[int]]:
    """The tokens of each segment of a group behind `before`; at least one each."""
    space = " " if before.endswith(" ") else ""
    texts = [segment.text for segment in group.segments]
    texts[0] = space + texts[0].lstrip()
    # A character the tokenizer has no token for still needs a position that carries it.
    return [vocabulary.encode(text) or [vocabulary.pad] for text in texts]


def count_gaps(group: Group, melted: Collection[int]) -> int:
    """How many gaps there are where these segments melt."""
    return sum(kind is Position.SLOT for kind, _ in _runs(group, melted, Position.KEPT))


def make_layout(
    group: Group,
    before: str,
    after: str,
    melted: Collection[int],
    checkpoint: Checkpoint,
    vocabulary: Vocabulary,
    *,
    slots: int | None = None,
    spare: bool = True,
    read: int = 0,
    mend: bool = False,
) -> Layout:
    """The canvas of one group.

    before, after: the text around the group; `before` holds the results of earlier groups.
    melted: indices of the segments whose tokens become slots; other changeable segments are kept.
    slots: slots of all gaps together; None takes those of the replaced tokens and some spare ones.
    spare: whether gaps get spare slots.
    read: tokens that stand between the context and the canvas, for which the context makes room.
    mend: whether gaps are places of mistakes: what is not melted is pinned, and the white space may be wrong as well.
    """
    context = context_tokens(before, max(0, checkpoint.trained_context - 1 - read), vocabulary)
    encoded = segment_tokens(group, before, vocabulary)
    tokens: list[int] = []
    positions: list[Position] = []
    literals: list[str | None] = []
    words: list[int] = []

    def put(items: Sequence[int], position: Position, literal: str | None, word: int = -1) -> None:
        tokens.extend(items)
        positions.extend([position] * len(items))
        literals.extend([None if position in (Position.SLOT, Position.SEEDED) else ""] * len(items))
        if literal is not None:
            literals[-len(items)] = literal
        words.extend([word] * len(items))

    def own(index: int) -> str:
        text = group.segments[index].text
        return text if index else text.lstrip()

    sizes = {index: len(encoded[index]) for index in melted}
    if slots is not None:
        pinned = sum(len(row) for index, row in enumerate(encoded) if index not in sizes)
        slots = min(slots, max(1, checkpoint.trained_canvas - pinned))
    gaps: list[Span] = []
    stretches: list[Span] = []
    runs = _runs(group, sizes, Position.PINNED if mend else Position.KEPT)
    own_sizes = [sum(sizes[index] for index in run) for kind, run in runs if kind is Position.SLOT]
    counts = iter(apportion(slots, own_sizes) if slots is not None else own_sizes)
    for kind, run in runs:
        first, text = len(tokens), "".join(map(own, run))
        if kind is Position.SLOT:
            count = next(counts)
            if mend:
                count = fix_slots(count)
            elif slots is None and spare:
                count += spare_slots(checkpoint, count)
            wrong = [token for index in run for token in encoded[index]] if mend else []
            if mend:
                # What is wrong stays in sight of the model, right before the gap, but is no part of the result.
                put([*wrong, vocabulary.special("<sep>")], Position.PINNED, "")
                first = len(tokens)
                put(wrong, Position.SEEDED, None)
            put([vocabulary.pad] * (max(1, count) - len(wrong)), Position.SLOT, None)
        else:
            put(encoded[run[0]], kind, text, run[0] if kind is Position.KEPT else -1)
        if kind is Position.PINNED:
            continue
        gaps.append(Span(first, len(tokens), text))
        if mend and run[0]:
            continue
        if stretches and stretches[-1].last == first:
            first, text = stretches[-1].first, stretches.pop().own + text
        stretches.append(Span(first, len(tokens), text))
    shown = len(tokens)
    behind = _behind(after, max(0, checkpoint.trained_canvas - shown), vocabulary)
    if behind:
        put(behind, Position.PINNED, "")
    return Layout(
        context, shown, tuple(gaps), tuple(stretches), tuple(tokens), tuple(positions), tuple(literals), tuple(words)
    )


def blank_layout(length: int, pad: int, own: str | None) -> Layout:
    """A canvas of `length` slots that sees nothing behind it.

    own: the text it replaces, whose white space at both ends stays; None where the model decides on it.
    """
    spans = () if own is None else (Span(0, length, own),)
    nothing = (-1,) * length
    slots = (Position.SLOT,) * length
    return Layout((), length, spans, spans, (pad,) * length, slots, (None,) * length, nothing)


def apportion(count: int, sizes: Sequence[int]) -> list[int]:
    """Divide a count by sizes: at least 1 for each, and all of it where it is at least their number."""
    total = max(1, sum(sizes))
    parts, done, given = [], 0, 0
    for index, size in enumerate(sizes):
        done += size
        left = len(sizes) - index - 1
        part = max(1, min(round(count * done / total) - given if left else count, count - given - left))
        parts.append(part)
        given += part
    return parts


def _runs(group: Group, melted: Collection[int], other: Position) -> list[tuple[Position, list[int]]]:
    """The segments in order: melted neighbours together, which make one gap; the others and fixed ones singly."""
    runs: list[tuple[Position, list[int]]] = []
    for index, segment in enumerate(group.segments):
        if segment.kind is SegmentKind.FIXED:
            runs.append((Position.PINNED, [index]))
        elif index not in melted:
            runs.append((other, [index]))
        elif runs and runs[-1][0] is Position.SLOT:
            runs[-1][1].append(index)
        else:
            runs.append((Position.SLOT, [index]))
    return runs


def _behind(after: str, room: int, vocabulary: Vocabulary) -> list[int]:
    """The first tokens behind the range that fit."""
    return vocabulary.encode(after[: room * CHARACTERS_PER_TOKEN])[:room]
