"""What is no prose in a file of HTML beside tags and entities: scripts, styles, code, pictures, comments."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from engine.text.ranges import Guard, Protected

_OPAQUE = regex.compile(
    r"(?i)<(?P<tag>script|style|pre|code|kbd|samp|var|svg|math|textarea|template)\b[^<>]{0,2000}+>[\s\S]*?</(?P=tag)\s*>"
    r"|<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[[\s\S]*?\]\]>|<!doctype[^<>]{0,500}+>"
)


def html(text: str) -> Iterator[Protected]:
    """What is protected in a whole file; tags and entities are found as in a text of any kind."""
    for match in _OPAQUE.finditer(text):
        yield Protected(*match.span(), Guard.CODE)
