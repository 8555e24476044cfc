"""Tables drawn with characters: their columns hold only as long as no word in them becomes longer or shorter."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from engine.text.ranges import Guard, Protected

_GRID = r"^(?P<left>[^\S\n]*+)\+(?:[-=:]{2,}+\+)+[^\S\n]*+\n(?:(?P=left)[|+][^\n]*+(?:\n|\Z)){1,2000}+"
_COLUMNS = r"(?:[^\S\n]+-{2,}+)+[^\S\n]*+"
# Of reStructuredText: the last ruler is the one before an empty line.
_RULED = (
    r"^(?P<in>[^\S\n]*+)={2,}+(?:[^\S\n]+={2,}+)+[^\S\n]*+\n(?:[^\n]*+\n){1,300}?"
    r"(?P=in)={2,}+(?:[^\S\n]+={2,}+)+[^\S\n]*+(?=\n[^\S\n]*+(?:\n|\Z)|\Z)"
)
# Of pandoc: rows of several lines between two rulers, or a row a line up to an empty one.
_LOOSE = (
    rf"^[^\S\n]*+-{{6,}}+[^\S\n]*+\n(?:[^\S\n]*+\S[^\n]*+\n){{0,4}}?[^\S\n]*+-{{2,}}+{_COLUMNS}\n"
    r"(?:[^\n]*+\n){1,300}?[^\S\n]*+-{6,}+[^\S\n]*+$"
)
_SIMPLE = rf"(?:^[^\S\n]*+\S[^\n]*+\n)?^[^\S\n]*+-{{2,}}+{_COLUMNS}\n(?:[^\S\n]*+\S[^\n]*+(?:\n|\Z)){{1,1000}}+"
_TABLE = regex.compile(rf"(?m)(?:{_GRID}|{_RULED}|{_LOOSE}|{_SIMPLE})")
_RULER = regex.compile(r"(?m)^[^\S\n]*+(?:\+[-=:]{2,}+\+|={2,}+[^\S\n]++=|-{2,}+[^\S\n]++-)")


def drawn(text: str, start: int, end: int) -> Iterator[Protected]:
    """The drawn tables of text[start:end]."""
    position = start
    while ruler := _RULER.search(text, position, end):
        # A line of heads, and a ruler over it, may stand before the first ruler with columns.
        low = ruler.start()
        for _ in range(2):
            above = text.rfind("\n", position, max(position, low - 1)) + 1
            low = above if above and text[above:low].strip() else low
        table = next((found for at in (low, ruler.start()) if (found := _TABLE.match(text, at, end))), None)
        position = max(table.end() if table else 0, ruler.end())
        if table:
            yield Protected(*table.span(), Guard.CODE)
