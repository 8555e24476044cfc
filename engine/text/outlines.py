"""What is no prose in Org and in AsciiDoc, beside what is none within a line of any text."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from engine.text.ranges import Guard, Protected

_ORG_CODE = regex.compile(
    r"(?mi)^[^\S\n]*+#\+begin_(?P<kind>src|example|comment|export|latex|html)\b[\s\S]{0,100000}?^[^\S\n]*+#\+end_(?P=kind)\b[^\n]*+"
    r"|^[^\S\n]*+:[\w-]{1,40}+:[^\S\n]*+\n(?:(?![^\S\n]*+:end:)[^\n]*+\n){0,500}+[^\S\n]*+:end:[^\S\n]*+$"  # a drawer
    r"|^[^\S\n]*+#(?:[^\S\n][^\n]*+|$)|^[^\S\n]*+:(?:[^\S\n][^\n]*+|$)"  # a comment, a line of an example
    r"|(?<![\w=~])(?P<mark>[=~])(?=\S)[^\n]{1,300}?(?<=\S)(?P=mark)(?![\w=~])"
)
_ORG_MARK = regex.compile(
    r"(?m)^\*{1,20}+[^\S\n]++(?:[A-Z]{4,12}+[^\S\n]++)?(?:\[\#[A-Z0-9]\][^\S\n]++)?|(?<=\S)[^\S\n]++:(?:[\w@#%]{1,40}+:)++[^\S\n]*+$"
    r"|^[^\S\n]*+(?:SCHEDULED|DEADLINE|CLOSED|CLOCK):[^\n]*+"
    r"|[<\[]\d{4}-\d\d-\d\d[^<>\[\]\n]{0,80}+[>\]](?:--?[<\[]\d{4}-\d\d-\d\d[^<>\[\]\n]{0,80}+[>\]])?|\[\d{0,4}[/%]\d{0,4}\]"
    r"|^[^\S\n]*+(?:[-+]|\d{1,4}[.)])[^\S\n]++(?:\[@\d{1,4}\][^\S\n]++)?(?:\[[ xX-]\](?=\s))?|[^\S\n]::(?=\s|$)"
    r"|\[fn:[^\[\]:\n]{0,60}+(?:\]|:)|\[cite[^\[\]\n]{1,300}+\]|(?<![\w#|-])\+(?=[^\s+-])|(?<=[^\s+|#-])\+(?![\w-])"
)
_ADOC_CODE = regex.compile(
    r"(?m)^(?P<mark>-{4,}+|\.{4,}+|\+{4,}+|/{4,}+|```)[^\n]*+\n(?:[^\n]*+\n){0,5000}?(?P=mark)[^\S\n]*+$"
    r"|^\[(?:source|listing|literal|stem|latexmath|asciimath|pass)\b[^\n]*+\]\n(?!\.[^.\s]|-{4}|\.{4}|\+{4})(?:[^\S\n]*+\S[^\n]*+(?:\n|\Z)){1,500}+"
    r"|^(?=[^\S\n])(?<=\n[^\S\n]*\n)[^\S\n]++(?![*.-]+[^\S\n]|\d+\.)(?:[^\S\n]*+\S[^\n]*+(?:\n|\Z)){1,500}+"  # indented
    r"|(?<![\w+])(?P<plus>\+{1,3}+)(?=[^\s+])[^\n+]{1,300}(?<=\S)(?P=plus)(?![\w+])"
    r"|^//(?!//)[^\n]*+|^(?:ifn?def|ifeval|endif|include|image|video|audio|toc)::[^\n]*+"
    r"|(?:image|icon|kbd|btn|menu|stem|latexmath|asciimath|pass|anchor|indexterm2?):[^\s\[\]]{0,300}+\[[^\[\]\n]{0,1000}+\]"
)
_ADOC_AUTHOR = regex.compile(r"(?<=\A=[^\S\n][^\n]{1,500}\n)(?:[^:/\s][^\n]*+\n){1,2}")
_ADOC_MARK = regex.compile(
    r"(?m)^={1,6}[^\S\n]++(?=\S)|^:!?[\w-]{1,60}+!?:(?:[^\S\n][^\n]*+|$)"
    r"|^\[[^\n]*\][^\S\n]*+$|^\|={3,}+[^\S\n]*+$|^\.(?=[^\s.])|^(?:\+|--|'{3,}+|<{3,}+)[^\S\n]*+$"
    r"|^(?:\*{1,5}|-|\.{1,5}|\d{1,3}\.|<(?:\d{1,3}|\.)>)[^\S\n]++(?:\[[ xX*]\](?=\s))?"
    r"|^(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION):(?=\s)"
    r"|^[^\S\n]*+(?:\d{0,3}(?:\.\d{1,3})?[+*])?[<^>.]{0,4}[a-z]?\|"
    r"|(?=[:;{+<>^#~\]lxmfh])(?:"  # most places are none of the following
    r"(?<=\S)(?::{2,4}|;;)(?=\s|$)|\{[A-Za-z_][\w.-]{0,80}+(?::[^{}\n]{0,80}+)?\}|(?<=\s)\+[^\S\n]*+$|<\d{1,3}>"
    r"|<<[^<>,\n]{1,200}+(?:,|>>)|(?=>>)(?<=<<[^<>\n]{1,400})>>"
    r"|(?:(?:link|xref|mailto|footnote(?:ref)?|https?|ftp):)[^\s\[\]]{0,500}+\[|(?=\^?\])(?<=\w:[^\s\[\]]{0,500}\[[^\[\]\n]{0,500})\^?\]"
    r"|(?<![\w#^~])[#^~](?=[^\s#])|(?<=[^\s#])[#^~](?![\w#]))"
)
_HEAD = 2000
"""Characters in which the title of a document, its author and its version are looked for."""


def org(text: str) -> Iterator[Protected]:
    """What is protected in a whole file of Org: code, drawers, stamps, tags, and the marks of headings and lists."""
    return _found(text, _ORG_CODE, _ORG_MARK)


def adoc(text: str) -> Iterator[Protected]:
    """What is protected in a whole file of AsciiDoc: code, attributes, macros, and the marks of blocks and lists."""
    if author := _ADOC_AUTHOR.search(text, 0, _HEAD):
        yield Protected(*author.span())
    yield from _found(text, _ADOC_CODE, _ADOC_MARK)


def _found(text: str, code: regex.Pattern[str], mark: regex.Pattern[str]) -> Iterator[Protected]:
    for match in code.finditer(text):
        yield Protected(*match.span(), Guard.CODE)
    for match in mark.finditer(text):
        yield Protected(*match.span())
