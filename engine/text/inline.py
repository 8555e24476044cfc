"""What is no prose within a line, in a text of any kind: addresses, placeholders, tags, formulas, notes, citations.

These have no common grammar, so each is a pattern of its own, and the longest that fits at a place wins. No pattern
looks at a character an unbounded number of times, or a long row of marks would take minutes.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from engine.text.ranges import Guard, Protected, disjoint, gaps

_SPAN = regex.compile(
    r"(?<!`)(?<!(?<!\\)(?:\\\\){0,9}\\)(?P<ticks>`{1,20}+)(?!`)"
    r"(?:(?!\n\s*\n)[^`]|(?<!`)(?!(?P=ticks)(?!`))`{1,20}+){1,2000}?(?P=ticks)(?!`)"
    # $x$, $x$$y$, $$x$$
    r"|(?<![\\$])(?:\$++(?=[^\s\d])(?!\{)(?:\\.|(?!\n\s*\n)[^$\\]){1,300}?(?<=[^\s\\])\$){1,40}+\$*+(?!\d)"
    r"|(?<![\\$\w])\$(?=\d)(?:\\.|[^$\n\\\s]){1,200}?\$(?![\d$\w])"  # $2x$, without a space: two prices are none
)
_WIKI = regex.compile(r"!?\[\[[^\[\]|\n]{1,500}+(?:\]\]|\|)|(?<=\[\[[^\[\]|\n]{1,500}\|[^\[\]|\n]{0,500})\]\]")
_OPENERS = regex.compile(
    r"<!--|\{\{|\{%|<%|\[%|\\\(|\\\[|\$\$|(?<![\w%])%%(?!%)|\\begin\{(?P<kind>[A-Za-z]{1,40}+\*?)\}"
)
_CLOSERS = {
    "<!--": "-->",
    "{{": "}}",
    "{%": "%}",
    "<%": "%>",
    "[%": "%]",
    "\\(": "\\)",
    "\\[": "\\]",
    "$$": "$$",
    "%%": "%%",
}
_FORMULAS = ("\\(", "\\[", "$$")
_IN_A_PARAGRAPH = (*_FORMULAS, "%%")
_LONGEST = 20_000
"""Characters between two delimiters; what is further apart does not belong together."""
_MARKUP = (
    r"<(?:[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]{0,2000}+|[^\s<>@]{1,64}@[^\s<>@]{1,255})>",  # <https://…>, <a@b.c>
    r"</?[A-Za-z][A-Za-z0-9:-]*+(?:\s(?:\"[^\"]{0,2000}+\"|'[^']{0,2000}+'|[^<>\"']){0,2000}+)?+/?>|<[!?][A-Za-z][^<>]{0,2000}+>",
    r"</?[\p{L}!?][\w-]{0,60}+",  # a tag without an end
    r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});",
    r"\$\{[^{}\n]{1,200}+\}|\$[A-Z_][A-Z0-9_]+\b|#\{[^{}\n]{1,200}+\}",
    r"\{(?:[:#.][^{}\n]{1,200}+|-|[^{}\n=]{1,60}=[^{}\n]{0,200}+|[A-Za-z_][\w.\[\]-]{0,80}+(?:![rsa])?(?::[^{}\n]{0,80}+)?|\d{0,3}(?::[^{}\n]{0,40}+)?)\}",
    r"%\([A-Za-z_]\w{0,80}+\)[#0\- +]?\d{0,3}(?:\.\d{1,3})?[diouxXeEfFgGcrsa]",
    r"(?<![\w%])%(?:\d{1,2}\$)?[-+0#]?\d{0,3}(?:\.\d{1,3})?(?:l{0,2}[diufFeEgGxXoscpq@])(?!\w)|%%(?=\w)",
    r"\[\[[^\[\]\n]{1,500}+\]\[|(?<=\]\[[^\[\]\n]{0,500})\]\]",  # [[address][words]] of Org
    r"\[\^[^\]\s]{1,100}+\]:?|\^\[",  # footnotes: mark, definition, and the opening of one in place
    r"\[(?:[^\[\]\n@]{0,100}\s)?-?@[\w:.#$%&+?<>~/-]{1,200}+[^\[\]\n]{0,300}+\]",  # [see @key, p. 3]
    # @key, @key [p. 3]
    r"(?<![\w.@])-?@[A-Za-z][\w:.#$%&+?~/-]{0,100}\w"
    r"(?:\s\[(?:(?:pp?|chaps?|ch|secs?|figs?|eqs?|vols?)\.?\s|[\d§])[^\[\]\n]{1,100}+\](?![(\[:]))?",
    r"\(@[\w-]{0,40}+\)",  # (@), an example that is numbered
    r"(?<![\w.-])[\w.-]{1,40}+/[\w.-]{1,60}+#\d{1,7}\b|(?<![\w&#/])#\d{1,7}\b",  # owner/project#12, #12
    r"(?<=[-*+.)][^\S\n])\[[^\[\]\n]\](?=\s)|(?<=\[![\w-]{1,30}\])[+-](?=\s)",  # [/] a task, [!tip]- a folded call-out
    r"(?<=[\[(])[\w-][\w -]{0,40}+::(?=[^\S\n])",  # [key:: of a field]
    r"\b(?:[A-Za-z][A-Za-z0-9+.-]{1,20}://|www\.|mailto:|doi:|urn:|tel:)(?:[^\s<>\"'`|()]|\([^\s<>()]{0,200}+\)){1,500}"
    r"(?<![.,;:!?\]}*_])",
    r"[\w.+%-]{1,64}+(?<=[\w+%-])@(?:[\w-]{1,63}\.){1,8}[\p{L}]{2,24}\b",
    r"\b(?:[a-z0-9-]{1,63}\.){1,4}(?:com|org|net|edu|gov|io|dev|eu|uk|de|fr|nl|at|ch)\b(?:/(?:[^\s<>\"'`|]{0,500}(?<![.,;:!?)\]}'\"*_]))?)?",
    r"(?<![\w/.@-])(?:[\w.@-]{1,60}+/){1,12}(?:(?!\w)|[\w@-]{1,60}\.\w{1,6}\b)",  # src/, src/main.rs
    r"(?<![\w/.])(?:~|\.{1,2})?/(?:[\w.@+-]{1,100}/){0,20}[\w.@+-]{0,99}[\w@+-]/?(?![\w<])",  # a path
    r"\b[A-Za-z]:\\[^\s<>\"'|?*]{1,300}",
    r"\b[\w-]{1,80}\.(?:py|md|txt|json|ya?ml|toml|html?|css|jsx?|tsx?|csv|tsv|pdf|png|jpe?g|gif|svg|docx?|xlsx?|pptx?|zip|tar|gz|sh|c|h|cpp|rs|go|java|ini|cfg|xml|sql|tex|bib|rst|log)\b",
    r"(?<![\w.])[\p{L}\d]{1,60}+(?:_{1,3}[\p{L}\d]{1,60}+){1,12}(?:\(\))?(?!\w)",  # snake_case
    r"\b(?:Ctrl|Alt|AltGr|Shift|Cmd|Command|Option|Meta|Super|Win)(?:\+[\w↑↓←→]{1,12}+){1,4}",  # Ctrl+C
    # call(), object.call(argument)
    r"(?<![\w.])[A-Za-z_]\w{0,60}+(?:(?:\.|::|->)[A-Za-z_]\w{0,60}+){0,8}"
    r"(?:\(\)|(?<=(?:\.|::)\w{1,60})\([^()\n]{0,200}+\))",
    r"(?<![\w:])[A-Za-z_]\w{0,60}+(?:::[A-Za-z_]\w{0,60}+){1,8}",  # module::name
    r"(?<![\w.])[a-z_]\w{1,40}+(?:\.[a-z_]\w{1,40}+){1,8}(?!\w)",  # object.name
    r"(?<!\w)(?:\.NET|[A-Z]{1,2}(?:\+\+|\#))(?!\w)",  # C++, C#
    # --option, -o
    r"(?<![\w-])--[A-Za-z][\w-]{1,60}+(?:=[^\s<>\"'`|]{1,200}(?<![.,;:!?)\]}*_]))?|(?<![\w-])-[A-Za-z](?![\w'’-])",
    r"(?<=\w)(?:\^[^\s^]{1,60}+\^|~[^\s~]{1,60}+~(?!~))",  # x^2^, H~2~O
    r"(?<![\w\\])\\[A-Za-z]{2,40}+\*?(?:\[[^\[\]\n]{0,200}+\]|\{[^{}\n]{0,200}+\}){0,4}",  # a command of TeX
    r"(?<![\w&/#])#[\p{L}_][\w/-]{1,80}+",  # a tag
    r"(?<=\s)\^[A-Za-z0-9-]{1,40}+[^\S\n]*+$",  # the id of a block
    r"(?<![\w:]):[a-z][a-z0-9_+-]{1,40}:(?![\w:])",  # :emoji:
    r"\\[!-/:-@\[-`{-~]",  # an escaped mark
    r"!?\[(?=[^\[\]\n]{0,500}\]\()|(?:\]|(?<=\]))\((?:[^()\n]|\([^()\n]{0,500}+\)){0,2000}+\)",  # a broken link
    r"\*{1,3}|~~|==(?=\S)|(?<=\S)==|\+\+(?=\w)|(?<=\w)\+\+|\|",
    # Blanks that align, dots that lead to a page, a line to write on.
    r"(?<=\S)(?:[^\S\n\r]{3,}+|[^\S\n\r\t]{0,2}\t[^\S\n\r]*+)(?=\S)|\.{4,}+|_{4,}+|(?:\.\s){3,}+",
    r"(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)",
    "\ufeff",
)
# Marks that no grammar of Markdown knows: containers, abbreviations, the place of contents, rulers of tables.
_LINE = (
    r":::+[^\n]*+|!!![^\n]*+|\?\?\?\+?\s[^\n]*+|%%[^\n]*+|\{[:.#][^\n]*+|\*\[[^\]\n]{1,100}+\]:|\[[A-Z]{2,20}\][^\S\n]*+$"
    r"|\[![A-Za-z]{1,30}\][+-]?|#\+[A-Za-z_]{1,40}+:?[^\n]*+|(?:[-*_=~+:|][^\S\n]?){3,400}+$|--[^\S\n]*+$"
    # The caption of a table, a field, the head of a letter, a list with letters.
    r"|Table:(?=[^\S\n])|[\w-][\w -]{0,40}+::(?=[^\S\n]+\S)"
    r"|(?:From|To|Cc|Bcc|Reply-To|Subject|Date|Message-ID|Sent):(?=\s)"
    r"|\(?(?:[A-Za-z]|[ivxlc]{2,6}|\#)[.)](?=[^\S\n]+\S)|\(\d{1,3}\)(?=[^\S\n]+\S)"
)
_LINE_START = regex.compile(
    r"(?m)^[^\S\n]*+(?:(?:>|[-*+](?=\s)|\d{1,9}[.)](?=\s)|\#{1,6}(?=\s)|:(?=\s)|\[[ xX]\](?=\s)|"
    + _LINE
    + r")[^\S\n]*+)+"
)
_PLAIN_LINE_START = regex.compile(rf"(?m)^[^\S\n]*+(?:{_LINE})[^\S\n]*+")
_PATTERN = regex.compile("|".join(_MARKUP), regex.M)


def inline(text: str, start: int, end: int, *, lines: bool = True) -> list[Protected]:
    """What is no prose in text[start:end], in order and disjoint.

    lines: whether the marks at the start of a line count, as in a text that no parser has looked at.
    """
    found = spans(text, start, end)
    for low, high in gaps(disjoint(found), start, end):
        found += (Protected(*match.span()) for match in _PATTERN.finditer(text, low, high))
    # The start of the range need not be that of a line.
    starts = (match.span() for match in (_LINE_START if lines else _PLAIN_LINE_START).finditer(text, start, end))
    found += (Protected(low, high) for low, high in starts if low == 0 or text[low - 1] in "\n\r")
    return disjoint(found)


def spans(text: str, start: int, end: int) -> list[Protected]:
    """Code, formulas, templates and wiki links: what has a beginning and an end, however much stands between them."""
    found = [Protected(*match.span(), Guard.CODE) for match in _SPAN.finditer(text, start, end)]
    for low, high in gaps(found, start, end):
        found += _delimited(text, low, high)
    found += (Protected(*match.span()) for match in _WIKI.finditer(text, start, end))
    return found


def _delimited(text: str, start: int, end: int) -> Iterator[Protected]:
    """Comments, templates and formulas, with all that stands between their delimiters."""
    position = start
    closers: dict[str, int] = {}
    while opener := _OPENERS.search(text, position, end):
        mark = opener.group()
        close = _CLOSERS.get(mark) or f"\\end{{{opener['kind']}}}"
        position = opener.end()
        # Where no closer follows one opener, none follows the next: each is looked for once.
        if closers.get(close, -1) < position:
            at = text.find(close, position, end)
            closers[close] = end if at < 0 else at
        at = closers[close]
        if at == end or at - position > _LONGEST:
            continue
        formula = mark in _FORMULAS or opener["kind"] is not None
        if mark in _IN_A_PARAGRAPH and "\n\n" in text[position:at]:
            continue
        position = at + len(close)
        yield Protected(opener.start(), position, Guard.CODE if formula else Guard.MARKUP)
