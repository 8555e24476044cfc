"""What is no prose in a LaTeX source: commands with their keys, comments, formulas, listings.

A command that is not known to take prose keeps its arguments: an unknown macro stays whole.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from engine.text.ranges import Guard, Protected

_TITLES = "part chapter section subsection subsubsection paragraph subparagraph title subtitle author date thanks"
_FONTS = "emph textbf textit textsl textsc textsf texttt textrm textmd textup textnormal textsuperscript textsubscript"
_BOXES = "text underline uline sout enquote mbox fbox centerline MakeUppercase MakeLowercase alert"
_NOTES = "frametitle framesubtitle caption footnote footnotetext marginpar abstract keywords dedication item quote todo"
_OF_TWO = "href textcolor colorbox hyperref foreignlanguage parbox"
_OF_THREE = "multicolumn multirow fcolorbox"
_BEFORE_PROSE = {
    **dict.fromkeys(f"{_TITLES} {_FONTS} {_BOXES} {_NOTES}".split(), 0),
    **dict.fromkeys(_OF_TWO.split(), 1),
    **dict.fromkeys(_OF_THREE.split(), 2),
}
"""Commands whose last argument is prose, and how many arguments in braces stand before it."""
_CODE = "verbatim Verbatim lstlisting minted alltt comment filecontents algorithmic algorithm2e thebibliography"
_FORMULAS = "equation align alignat gather multline eqnarray flalign math displaymath dmath split"
_PICTURES = "array matrix pmatrix cases tikzpicture pgfpicture picture"
_OPAQUE = frozenset(f"{_CODE} {_FORMULAS} {_PICTURES}".split())
"""Environments without prose."""
_MARK = regex.compile(
    r"\\begin\{(?P<kind>[A-Za-z]{1,40}+\*?)\}|\\(?P<verbatim>(?:verb|lstinline)\*?)|\\(?P<command>[A-Za-z@]{1,60}+)\*?"
    r"|(?P<formula>\$\$?|\\\(|\\\[)|(?P<comment>%[^\n]*+(?:\n[^\S\n]*+)?)|\\\\\*?(?:\[[^\[\]\n]{0,40}+\])?|\\[\s\S]|[{}~&#^_]"
    r"|``|''|`|(?<=(?<!`)`(?!`)[^`\n]{1,200})'(?![\w'])"
)
_CLOSING = {"$": "$", "$$": "$$", "\\(": "\\)", "\\[": "\\]"}
_LONGEST = 20_000
"""Characters of an argument or a formula; what is longer has lost its end."""
_ARGUMENT_GAP = regex.compile(r"[^\S\n]{0,4}+\n?[^\S\n]{0,40}+(?=[\[{])")
_BRACES = regex.compile(r"\\[\s\S]|[{}]|\]")


def latex(text: str) -> Iterator[Protected]:
    """What is protected in a whole source, in order and disjoint."""
    position = 0
    while match := _MARK.search(text, position):
        start, position = match.span()
        guard = Guard.MARKUP
        if kind := match["kind"]:
            if kind.rstrip("*") in _OPAQUE:
                close = text.find(f"\\end{{{kind}}}", position)
                position = len(text) if close < 0 else close + len(kind) + 6
                guard = Guard.CODE
            else:
                position = _after_arguments(text, position)
        elif match["verbatim"] and position < len(text) and not text[position].isspace():
            position = _after_verbatim(text, position)
            guard = Guard.CODE
        elif command := match["command"]:
            position = _after_command(text, command, position)
        elif formula := match["formula"]:
            close = text.find(_CLOSING[formula], position, position + _LONGEST)
            while formula == "$" and close > 0 and text[close - 1] == "\\":
                close = text.find("$", close + 1, position + _LONGEST)
            if close >= 0 and "\n\n" not in text[position:close]:
                position = close + len(formula)
                guard = Guard.CODE
        yield Protected(start, position, guard)


def _after_command(text: str, command: str, position: int) -> int:
    """Where the prose after a command begins, or what else follows it."""
    if command == "def":
        brace = text.find("{", position, position + _LONGEST)
        return position if brace < 0 else _after_argument(text, brace)
    arguments = _BEFORE_PROSE.get(command)
    if arguments is None:
        return _after_arguments(text, position)
    position = _after_arguments(text, position, arguments)
    return position + 1 if text.startswith("{", position) else position


def _after_arguments(text: str, position: int, braces: int | None = None) -> int:
    """After the arguments in brackets and braces that stand next. braces: how many of the latter; None takes all."""
    while True:
        gap = _ARGUMENT_GAP.match(text, position)
        if gap is None or (text[gap.end()] == "{" and braces == 0):
            return position
        # A bracket on the next line is prose.
        if text[gap.end()] == "[" and gap.end() > position:
            return position
        end = _after_argument(text, gap.end())
        if end == gap.end():
            return position
        if text[gap.end()] == "{" and braces is not None:
            braces -= 1
        position = end


def _after_argument(text: str, opening: int) -> int:
    """After the partner of a brace or a bracket; where it stands if there is none."""
    depth = 0
    in_brackets = text[opening] == "["
    for match in _BRACES.finditer(text, opening, opening + _LONGEST):
        mark = match.group()
        depth += (mark == "{") - (mark == "}")
        if depth < 0:
            return opening
        if depth == 0 and mark == ("]" if in_brackets else "}"):
            return match.end()
    return opening


def _after_verbatim(text: str, position: int) -> int:
    """After the code of \\verb|code|, whatever stands around it."""
    if text[position] in "[{":
        return _after_arguments(text, position)
    close = text.find(text[position], position + 1)
    line = text.find("\n", position)
    return close + 1 if close >= 0 and (line < 0 or close < line) else position
