"""What is no prose in subtitles (SubRip, WebVTT): numbers, times, notes, styles and tags."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from engine.text.ranges import Protected

_BLOCK = regex.compile(r"(?:(?!\r?\n[^\S\n]*\r?\n|\r[^\S\r]*\r(?!\n))[\s\S])++")
_TIMES = regex.compile(r"(?:\A|(?<=[\n\r]))[^\n\r]*?-->[^\n\r]*+(?:\r?\n|\r)?")
_OPAQUE = regex.compile(r"\s*(?:WEBVTT|NOTE|STYLE|REGION)(?:\s|\Z)")
_MARK = regex.compile(
    r"</?[A-Za-z][^<>\n]{0,200}+>|<\d[\d:.]{1,20}+>|\{\\?[A-Za-z\\][^{}\n]{0,200}+\}|&[A-Za-z]{2,10};|\\[Nnh]"
    r"|(?m)^[^\S\n]*(?:[-–—‒♪#]|>{2,3})[^\S\n]*(?=\S)|♪"
)


def subtitles(text: str) -> Iterator[Protected]:
    """What is protected in a whole file; the words that are shown are prose, line by line."""
    for block in _BLOCK.finditer(text):
        start, end = block.span()
        if _OPAQUE.match(text, start, end):
            yield Protected(start, end)
            continue
        times = _TIMES.search(text[start:end])
        # Without times, the words of an entry may have an empty line before them.
        words = start + times.end() if times else start
        if times:
            yield Protected(start, words)
        for match in _MARK.finditer(text, words, end):
            yield Protected(*match.span())
