"""What is no prose in files of messages (.po, .json): all but the words that a reader is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import regex

from engine.text.ranges import Guard, Protected

_STRING = r'"(?:\\.|[^"\\\n])*+"'
_STRINGS = regex.compile(_STRING)
_TRANSLATION = regex.compile(
    rf"(?m)^(?P<head>msgid[^\S\n]*+\"\"[^\S\n]*+\n)?msgstr(?:\[\d{{1,2}}\])?[^\S\n]*+(?P<words>{_STRING}(?:\s*+{_STRING})*+)"
)
_VALUE = regex.compile(rf"{_STRING}(?P<key>\s*+:)?")
_ESCAPE = regex.compile(
    r"</?[A-Za-z][^<>\n]{0,1000}+>|(?:https?|ftp):[^\s\"<>]{1,1000}+|\b[A-Za-z]:\\\\[^\s\"]{0,300}+"
    r"|\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[0-7]{1,3}|[\s\S])|[{}]|(?:&(?!\w+;)|(?<!\w)_)(?=\w)"
)
"""Escapes, addresses, tags, the key of an entry of a menu, and what a choice is made of."""
_SPACED = regex.compile(r"\p{L}\S*\s+\S")


def po(text: str) -> Iterator[Protected]:
    """What is protected in a whole catalogue: all but the translations; that of nothing is a head of data."""
    words = (entry.span("words") for entry in _TRANSLATION.finditer(text) if not entry["head"])
    return _around(text, (string.span() for span in words for string in _STRINGS.finditer(text, *span)))


def json(text: str, *, data: bool = True) -> Iterator[Protected]:
    """What is protected in a whole file: all but the strings. data: whether those of one word are protected too."""
    values = (value for value in _VALUE.finditer(text) if not value["key"])
    return _around(text, (value.span() for value in values if not data or _SPACED.search(value.group())))


def _around(text: str, strings: Iterable[tuple[int, int]]) -> Iterator[Protected]:
    """All but what stands between the quotation marks of some strings, and the escapes and choices in these."""
    position = 0
    for start, end in strings:
        yield Protected(position, start + 1, Guard.CODE)
        position = end - 1
        depth, opened = 0, start
        for mark in _ESCAPE.finditer(text, start + 1, position):
            if mark.group() == "{":
                opened = opened if depth else mark.start()
                depth += 1
            elif mark.group() == "}":
                depth -= depth > 0
                if not depth:
                    yield Protected(opened, mark.end(), Guard.CODE)
            else:
                yield Protected(*mark.span())
    yield Protected(position, len(text), Guard.CODE)
