"""What is no prose in texts that are not Markdown: LaTeX, reStructuredText, subtitles, tables of values."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from engine.text.ranges import Guard, Protected

_LATEX = regex.compile(
    r"(?<!\\)%[^\n]*+"  # a comment
    r"|\\begin\{(?P<code>(?:verbatim|lstlisting|minted|equation|align|gather|multline|eqnarray|math|displaymath|tikzpicture|"
    r"tabular|array|thebibliography)\*?)\}(?:(?!\\end\{(?P=code)\})[\s\S]){0,9999}+\\end\{(?P=code)\}"
    r"|\\(?:begin|end)\{[^{}\n]{0,80}+\}(?:\[[^\[\]\n]{0,200}+\])?(?:\{[^{}\n]{0,80}+\})?"
    r"|\\(?:label|ref|eqref|pageref|autoref|cref|Cref|cite[a-zA-Z]*|nocite|bibliography|bibliographystyle|usepackage|"
    r"documentclass|input|include|includegraphics|url|path|verb|hspace|vspace|setlength|newcommand|renewcommand|def|"
    r"bibitem|index|gls|acrshort|DeclareMathOperator|pagestyle|thispagestyle|color|definecolor)\*?"
    r"(?:\[[^\[\]\n]{0,300}+\]|\{(?:[^{}\n]|\{[^{}\n]{0,300}+\}){0,500}+\}){0,4}"
    r"|\\href\{[^{}\n]{0,500}+\}|\\[A-Za-z@]{1,60}+\*?(?:\[[^\[\]\n]{0,200}+\])?|\\[^A-Za-z\s]|[{}~&]"
)
_RST_BLOCK = regex.compile(
    r"(?m)^(?P<indent>[^\S\n]*)\.\. (?:(?:code-block|code|sourcecode|math|raw|literalinclude|include|image|figure|"
    r"highlight|csv-table|toctree|automodule|autoclass|autofunction)::)[^\n]*+(?:\n(?:[^\S\n]*+(?=\n)|(?P=indent)[^\S\n]++[^\n]*+)){0,2000}+"
    r"|(?m)^[^\S\n]*\.\.(?: [^\s:][^\n]{0,80}?::[^\n]*+| \[[^\]\n]{1,80}+\]| _[^\n]{1,300}?:(?:[^\S\n][^\n]*+)?"
    r"|(?=\s)[^\n]*+)"
    r"|(?<=::)[^\S\n]*\n\s*\n(?:[^\S\n]++[^\n]*+\n?|\n){1,2000}+"  # a literal block
)
_RST_INLINE = regex.compile(
    r"``(?:(?!``)[^\n]){1,500}+``|:[A-Za-z][\w:+.-]{0,60}:`[^`\n]{1,500}+`|`[^`\n<>]{0,300}(?=<)<[^<>`\n]{1,500}+>`__?"
    r"|`[^`\n]{1,300}+`_{0,2}|\|[^|\n]{1,80}+\|_{0,2}|\[[^\[\]\s]{1,60}+\]_|\b\w{1,80}+_{1,2}(?=\W|\Z)"
    r"|(?m)^[^\S\n]*:[A-Za-z][^:\n]{0,80}+:(?=\s)|(?m)^[=\-`:.'\"~^_*+#<>]{3,}[^\S\n]*$|(?m)^[^\S\n]*(?:\.\.|::)[^\S\n]*$"
    r"|\*{1,2}|::(?=\s|\Z)|(?m)^[^\S\n]*(?:[-*+]|\(?(?:\d{1,3}|#|[a-z])[.)])[^\S\n]+"
)
_SUBTITLE = regex.compile(
    r"(?m)^(?:WEBVTT[^\n]*+|NOTE(?:[^\S\n][^\n]*+)?+(?:\n(?!\s*\n)[^\n]++){0,500}+|STYLE(?:\n(?!\s*\n)[^\n]++){0,500}+"
    r"|[^\n]{0,80}+\n(?=[^\n]{0,40}-->)|[^\S\n]*(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3}[^\S\n]*-->[^\n]*+|\d{1,6}[^\S\n]*$)"
    r"|</?[A-Za-z][^<>\n]{0,200}+>|\{\\[^{}\n]{1,200}+\}|<\d[\d:.]{1,20}+>|(?m)^-[^\S\n]?(?=\S)"
)
_CELL_MARKS = {
    "csv": regex.compile(r"[,;|](?=(?:[^\"\n]|\"[^\"\n]*+\"){0,2000}+$)|\"", regex.M),
    "tsv": regex.compile(r"\t|\"", regex.M),
}


def latex(text: str, start: int, end: int) -> Iterator[Protected]:
    """Commands, comments, formulas, braces; the words of a section or an emphasis are prose."""
    for match in _LATEX.finditer(text, start, end):
        yield Protected(*match.span(), Guard.MARKUP if match["code"] is None else Guard.CODE)


def rst(text: str, start: int, end: int) -> Iterator[Protected]:
    """Directives, targets, literal blocks, roles and marks of reStructuredText."""
    for match in _RST_BLOCK.finditer(text, start, end):
        yield Protected(*match.span(), Guard.CODE)
    for match in _RST_INLINE.finditer(text, start, end):
        yield Protected(*match.span())


def subtitles(text: str, start: int, end: int) -> Iterator[Protected]:
    """Numbers, times, notes and tags of SubRip and WebVTT."""
    for match in _SUBTITLE.finditer(text, start, end):
        yield Protected(*match.span())


def cells(text: str, start: int, end: int, kind: str) -> Iterator[Protected]:
    """Separators and quotation marks of comma- or tab-separated values; the first line, which names the columns."""
    head = text.find("\n")
    if start < (head := len(text) if head < 0 else head):
        yield Protected(0, head)
    for match in _CELL_MARKS[kind].finditer(text, start, end):
        yield Protected(*match.span())
