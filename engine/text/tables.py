"""What is no prose in tables of values (.csv, .tsv): the first line, separators, quotation marks, line ends."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from engine.text.ranges import Protected

_SEPARATORS = ",;|\t"
_DATA = regex.compile(r"(?i)(?:true|false|yes|no|null|none|nan|n/?a|\S*[\d_/:@#\\]\S*|\w+(?:\.\w+)+|[^\s\p{L}]+)")
"""A cell that a program reads: a key, a number, a truth value."""


def csv(text: str, *, data: bool = True) -> Iterator[Protected]:
    """What is protected in a whole table whose separator is the one that its first line has most of.

    data: whether cells that a program reads are protected too.
    """
    head = next(iter(text.splitlines()), "")
    return _cells(text, max(_SEPARATORS, key=head.count), data)


def tsv(text: str, *, data: bool = True) -> Iterator[Protected]:
    """What is protected in a whole table of columns with tabs between them; data: as in `csv`."""
    return _cells(text, "\t", data)


def _cells(text: str, separator: str, data: bool) -> Iterator[Protected]:
    """All that is no words: what stands between the cells, and the cells of data."""
    position = 0
    for mark in (*_marks(text, separator), Protected(len(text), len(text))):
        is_word = data and position < mark.start and text.find(" ", position, mark.start) < 0
        if is_word and _DATA.fullmatch(text, position, mark.start):
            yield Protected(position, mark.start)
        yield mark
        position = mark.end


def _marks(text: str, separator: str) -> Iterator[Protected]:
    """Everything but the words in the cells below the first line; a cell in quotation marks may have many lines."""
    mark = regex.compile(rf'[^\S\n\r\t]*+(?:"|{regex.escape(separator)}|\r?\n|\r)[^\S\n\r\t]*+')
    quoted = False
    first = True
    start_of_line, start_of_cell = 0, True
    position = 0
    while match := mark.search(text, position):
        start, end = match.span()
        kind = match.group().strip(" \u00a0") or match.group()
        if quoted and kind != '"':
            position = end
            continue
        if kind == '"':
            if quoted and text.startswith('"', match.group().index('"') + start + 1):
                start, end = start + match.group().index('"'), start + match.group().index('"') + 2
            elif quoted or start_of_cell:
                quoted = not quoted
        if not first:
            yield Protected(start, end)
        elif kind in ("\n", "\r", "\r\n"):
            first = False
            yield Protected(start_of_line, end)
        start_of_cell = kind != '"'
        position = end
    if first and text:
        yield Protected(0, len(text))
