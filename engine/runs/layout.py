"""From a group of a plan to the layout of its canvas, with the context read before it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from engine.contracts.checkpoint import Checkpoint
from engine.diffusion.layout import Layout, Position, Span
from engine.diffusion.length import apportion
from engine.runs.plan import Group, fix_slots, spare_slots
from engine.text.context import CHARACTERS_PER_TOKEN, context_tokens
from engine.text.segments import SegmentKind
from engine.text.vocabulary import Vocabulary

DEFAULT_FILL = 12
"""Slots for a fill at an empty place if the request has no length: about one clause."""


def joined(group: Group) -> str:
    """The text of a group."""
    return "".join(segment.text for segment in group.segments).lstrip()


def own_tokens(group: Group, before: str, vocabulary: Vocabulary) -> list[int]:
    """The tokens of a group in its place after `before`."""
    return vocabulary.encode((" " if before.endswith(" ") else "") + joined(group))


def segment_tokens(group: Group, before: str, vocabulary: Vocabulary) -> list[list[int]]:
    """The tokens of each segment of a group after `before`; at least one each."""
    space = " " if before.endswith(" ") else ""
    texts = [segment.text for segment in group.segments]
    texts[0] = space + texts[0].lstrip()
    # A character without a token still needs a position to hold it.
    return [vocabulary.encode(text) or [vocabulary.pad] for text in texts]


def count_gaps(group: Group, melted: Collection[int]) -> int:
    """How many gaps there are if these segments melt."""
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
    slots: for all gaps together; None means one for each replaced token and some spare ones.
    spare: whether gaps get spare slots.
    read: tokens between the context and the canvas, for which the context leaves room.
    mend: whether the gaps are mistakes: then everything else is pinned, and the white space may be wrong too.
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
                # The model still sees the mistake, right before the gap, but it is not part of the result.
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


def _runs(group: Group, melted: Collection[int], other: Position) -> list[tuple[Position, list[int]]]:
    """The segments in order: melted neighbours together, as one gap; all others one at a time."""
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
    """The first tokens after the range, as many as fit."""
    return vocabulary.encode(after[: room * CHARACTERS_PER_TOKEN])[:room]
