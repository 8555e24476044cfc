"""What is no prose in reStructuredText: directives, targets, literal blocks, roles, rulers and marks."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from engine.text.drawn import drawn
from engine.text.ranges import Guard, Protected

# Lines that are indented deeper than the one where they belong.
_DEEPER = r"(?:\n(?:[^\S\n]*+(?=\n)|(?P=indent)[^\S\n]++[^\n]*+)){0,5000}+"
_OPTIONS = r"(?:\n[^\S\n]++:[A-Za-z][^:\n]{0,80}+:(?:[^\S\n][^\n]*+)?){0,40}+"
_BLOCK = regex.compile(
    r"(?m)^(?P<indent>[^\S\n]*+)(?:"
    r"\.\. (?:\|[^|\n]{1,100}+\| )?(?:code-block|code|sourcecode|math|raw|literalinclude|"
    rf"include|image|figure|highlight|csv-table|"
    rf"toctree|index|contents|parsed-literal|only|auto[a-z]{{1,20}}|doctest|testcode|graphviz|replace|role|default-role)::[^\n]*+{_DEEPER}"
    rf"|\.\. _[^\n]{{1,300}}?:(?=\s|\Z)[^\n]*+|__ [^\n]*+"
    rf"|\.\. [^\s:\[][^\n]{{0,80}}?::[^\n]*+{_OPTIONS}"  # a directive whose content is prose
    r"|\.\. \[[^\]\n]{1,80}+\][^\S\n]?"
    rf"|\.\.(?![^\s])(?! [^\s:][^\n]{{0,80}}?::)[^\n]*+{_DEEPER}"  # a comment
    rf"|(?!\.\. )(?=\S)(?:[^\n:]|:(?!:[^\S\n]*$))*+(?P<literal>::[^\S\n]*+\n[^\S\n]*+(?=\n){_DEEPER})"
    r"|>>> [^\n]*+(?:\n(?!\s*$)[^\n]++){0,500}+)"
)
_OPTION = r"(?:--?|/)[A-Za-z?][\w-]{0,40}+(?:[ =][A-Za-z_<][\w<>.-]{0,40}+)?"
_INLINE = regex.compile(
    r"``(?:(?!``)(?!\n\s*\n)[\s\S]){1,500}+``|:[A-Za-z][\w:+.-]{0,60}:`[^`]{1,500}+`|`[^`\n]{1,300}+`:[A-Za-z][\w:+.-]{0,60}:"
    r"|`(?=[^`<>]{1,300}<[^<>`]{1,500}>`__?)|(?<=`[^`<>]{1,300})\s?<[^<>`]{1,500}+>`__?"
    r"|_?`[^`]{1,300}+`_{0,2}|\|(?!\s)[^|\n]{1,80}+(?<!\s)\|_{0,2}|\[[^\[\]\s]{1,60}+\]_"
    r"|(?<![\w`])\w(?:[\w.-]{0,80}\w)?_{1,2}(?![\w`])"
    r"|\\[\s\S]"
    r"|(?m)^[^\S\n]*:[A-Za-z][^:\n]{0,80}+:(?=\s|$)"
    rf"|(?m)^[^\S\n]*{_OPTION}(?:, {_OPTION}){{0,4}}(?=[^\S\n]{{2}}|[^\S\n]*$)"
    r"|(?m)(?<=^\S[^\n]{0,80}) : (?=[^\n]{1,60}\n[^\S\n]+\S)"  # term : kind
    r"|(?m)^[^\S\n]*[+|]?(?:[=\-`:.'\"~^_*+#<>|]{3,}+[^\S\n]*+)++$|(?m)^[^\S\n]*(?:={2,}+[^\S\n]*+)++$|(?m)^[^\S\n]*(?:\.\.|::)[^\S\n]*$"
    r"|(?m)^[^\S\n]*(?:(?:[-*+•]|\(?(?:\d{1,3}|\#|[a-zA-Z])[.)])[^\S\n]+(?=\S))++|(?m)^[^\S\n]*\|(?=\s)"
    r"|\*{1,2}|::(?=\s|\Z)|\|"
)


def rst(text: str) -> Iterator[Protected]:
    """What is protected in a whole text; the blocks come first."""
    for match in _BLOCK.finditer(text):
        literal = match["literal"] is not None
        yield Protected(match.start("literal") if literal else match.start(), match.end(), Guard.CODE)
    yield from drawn(text, 0, len(text))
    for match in _INLINE.finditer(text):
        yield Protected(*match.span())
