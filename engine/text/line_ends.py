"""Line ends: models and parsers are shown "\\n" alone, and what they make of a text gets the writer's own ends back."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from itertools import takewhile

import regex

_END = regex.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
_LAST_END = regex.compile(r"(?r)\r\n|[\n\r\x85\u2028\u2029]")
_OTHER = regex.compile(r"[\r\x85\u2028\u2029]")
"""What is shown as "\\n": line ends of Windows and of old Macintosh files, NEL, and the two separators of Unicode."""
_UNIX = regex.compile("\n")


class UnixText:
    """A text with "\\n" at the end of every line, and the way back to the text that the writer has.

    own: the writer's text. text: the one with Unix line ends. same: whether both are the same.
    Positions are code points; only "\\r\\n" moves them.
    """

    def __init__(self, own: str) -> None:
        self.own = own
        self.same = _OTHER.search(own) is None
        self.text = own if self.same else _END.sub("\n", own)
        pairs = () if self.same else regex.finditer("\r\n", own)
        # Where each pair has its "\n" in the other text, in which every pair before it is shorter by one.
        self._pairs = [match.start() - number for number, match in enumerate(pairs)]

    def to_own(self, position: int) -> int:
        """Where a position of `text` lies in the writer's."""
        return position + bisect.bisect_left(self._pairs, position)

    def from_own(self, position: int, *, after: bool = False) -> int:
        """Where a position of the writer's text lies in `text`; of one inside a line end, before it or after it."""
        numbers = range(len(self._pairs))
        crossed = bisect.bisect_right(numbers, position, key=lambda number: self._pairs[number] + number + 2)
        inside = crossed < len(self._pairs) and self._pairs[crossed] + crossed < position
        return position - crossed - (inside and not after)

    def with_own_ends(self, start: int, end: int, parts: Sequence[str]) -> list[str]:
        """The parts of what shall stand in place of text[start:end], in order, with line ends of the writer's.

        Lines keep their ends in order, those at both ends of the range first. A new line takes the end of the line
        before it, or of the one after it at the start of the text.
        """
        new = "".join(parts)
        if self.same or "\n" not in new:
            return list(parts)
        ends = iter(self._ends(start, end, new))
        return [_UNIX.sub(lambda _: next(ends), part) for part in parts]

    def _ends(self, start: int, end: int, new: str) -> list[str]:
        """The ends of all lines of a text that shall stand in place of text[start:end]."""
        first, last = self.to_own(start), self.to_own(end)
        old = _END.findall(self.own, first, last)
        lines = new.split("\n")
        count = len(lines) - 1
        ends = old
        if len(old) != count:
            earlier = self.text[start:end].split("\n")
            most = min(len(old), count)
            head = min(most, _alike(earlier, lines))
            tail = min(most - head, _alike(earlier[::-1], lines[::-1]))
            kept = old[: len(old) - tail][: count - tail]
            near = kept[-1] if kept else self._near(first)
            ends = [*kept, *[near] * (count - tail - len(kept)), *old[len(old) - tail :]]
        sides = self.own[first - 1 : first], self.own[last : last + 1]
        return _apart(ends, lines, *sides)

    def _near(self, position: int) -> str:
        """The line end next to a position of the writer's text, the one before it if there is any."""
        found = _LAST_END.search(self.own, 0, position) or _END.search(self.own, position)
        return found.group() if found else "\n"


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines two texts have in common at their start."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _apart(ends: Sequence[str], lines: Sequence[str], before: str, after: str) -> list[str]:
    """Line ends of which no two neighbours read as one; between an empty line's, "\\r" and "\\n" would.

    lines: without their ends, the last included. before, after: the characters beside them.
    """
    found: list[str] = []
    for number, end in enumerate(ends):
        last = found[-1] if found else before
        following = after if number + 1 == len(ends) else ends[number + 1]
        meets = (end == "\r" and not lines[number + 1] and following == "\n") or (
            end == "\n" and not lines[number] and last == "\r"
        )
        found.append("\r\n" if meets else end)
    return found
