"""All matches of a pattern in a text, found so that nothing can hang: with a limit, and until they are stale."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import regex

from app.documents.line_ends import LineEnds
from app.find.pattern import Pattern, PatternError

_GLANCE = 0.1
"""Seconds of searching after which it is asked whether anybody still waits."""
_BREATH = 0.0003
"""Seconds of rest after so many matches: between them Python holds its lock, without which the window is stuck."""
_AT_ONCE = 250
_LIMIT = 2.5
"""Seconds without a match after which a pattern is given up."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """start..end becomes `text`."""

    start: int
    end: int
    text: str


def find(pattern: Pattern, text: str, start: int, end: int, is_stale: Callable[[], bool]) -> Iterator[regex.Match[str]]:
    """The matches within start..end (code points), in order; ends early once they are stale.

    They are those of one `finditer`, although the search is interrupted. Raises PatternError where it takes too long.
    """
    position, last, patience = start, None, _GLANCE
    since = time.monotonic()
    count = 0
    while True:
        moved = False
        try:
            for match in pattern.matcher.finditer(text, position, end, timeout=patience):
                # An empty match is found once more where the search goes on after it.
                if match.span() == last or match.start() < position:
                    continue
                if is_stale():
                    return
                last, position, moved = match.span(), match.end(), True
                count += 1
                if count % _AT_ONCE == 0:
                    time.sleep(_BREATH)
                if match.end() < end or end == len(text) or pattern.may_end(text, end):
                    yield match
            return
        except TimeoutError:
            if is_stale():
                return
            now = time.monotonic()
            if not moved and now - since > _LIMIT:
                raise PatternError("Expression: this takes too long. Simplify it.") from None
            # Without a match, it has to begin again, so it must come further.
            patience, since = (_GLANCE, now) if moved else (2 * patience, since)
        except MemoryError:
            raise PatternError("Expression: this takes too much memory. Simplify it.") from None


def replacements(
    pattern: Pattern, template: str, text: str, start: int, end: int, is_stale: Callable[[], bool]
) -> Iterator[Replacement]:
    """What replacing every match within start..end (code points) changes, in order."""
    for match in find(pattern, text, start, end, is_stale):
        yield Replacement(*match.span(), page_text(pattern.replacement(match, template)))


def joined(edits: Iterable[Replacement], text: str) -> Iterator[Replacement]:
    """The same edits of a text, with those that lie in one paragraph as one.

    Fewer edits are faster to make, and an edit within a paragraph leaves its line end alone.
    """
    parts: list[str] = []
    first = last = 0
    in_paragraph = False
    for edit in edits:
        if in_paragraph and text.find("\n", last, edit.end) < 0:
            parts += (text[last : edit.start], edit.text)
        else:
            if parts:
                yield Replacement(first, last, "".join(parts))
            parts, first = [edit.text], edit.start
            in_paragraph = text.find("\n", edit.start, edit.end) < 0
        last = edit.end
    if parts:
        yield Replacement(first, last, "".join(parts))


def page_text(text: str) -> str:
    """A replacement as the page can hold it: with one kind of line end, and without NUL, which makes a file binary."""
    return LineEnds.split(text.replace("\0", ""))[0]
