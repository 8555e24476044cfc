"""From what a writer types in the search field to a pattern, or to one line that says why there is none."""

from __future__ import annotations

import unicodedata
import warnings
from dataclasses import dataclass
from functools import cached_property

import regex

from app.find.repeats import repeats

_SPACES = r"[ \u00a0\u202f]"
"""What a typed space finds: no-break spaces look the same. A pasted no-break space finds only itself."""
_IN_WORD = r"(?![\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])[\p{L}\p{M}\p{N}\u200c\u200d]"
_WORD_EDGE = rf"(?:(?<!{_IN_WORD})|(?!{_IN_WORD}))"
"""Not between two letters of a word. Scripts written without spaces have edges everywhere; an underscore is a mark."""
_WHOLE_CHARACTER = r"(?![\p{GCB=Extend}\p{GCB=SpacingMark}\u200d])"
"""Not before a combining mark: what looks like one character is found as a whole or not at all."""
_MOST_REPEATS = 20_000
"""From nested counts, the package builds the whole repetition before it searches, in any amount of memory."""


class PatternError(Exception):
    """What was typed cannot be searched for. The message is one line for the writer."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to search for. text: as typed; "" finds nothing. is_regex: whether it is a regular expression."""

    text: str
    match_case: bool = False
    whole_words: bool = False
    is_regex: bool = False


class Pattern:
    """A query that can be searched for. matcher: finds it. Raises PatternError.

    Making one may take a while: never on the GUI thread.
    """

    def __init__(self, query: Query) -> None:
        self._is_regex, self._whole_words = query.is_regex, query.whole_words
        self._flags = regex.MULTILINE | regex.VERSION0
        if not query.match_case:
            self._flags |= regex.IGNORECASE | regex.FULLCASE
        source = self._source(query)
        self.matcher = _compiled(source, self._flags)
        self._source_or_nothing = f"(?:{source}\n)|" if self.matcher.flags & regex.VERBOSE else f"(?:{source})|"

    @cached_property
    def _edge(self) -> regex.Pattern[str]:
        """What must hold at the end of a match, with the text after it in view."""
        return regex.compile(("" if self._is_regex else _WHOLE_CHARACTER) + (_WORD_EDGE if self._whole_words else ""))

    @cached_property
    def _always(self) -> regex.Pattern[str]:
        return _compiled(self._source_or_nothing, self._flags)

    def may_end(self, text: str, end: int) -> bool:
        """Whether a match may end here; asked where the search ends in the middle of a text and saw no further."""
        return self._edge.match(text, end) is not None

    def check_template(self, template: str) -> None:
        """Raise PatternError where a replacement for this expression cannot be used."""
        if self._is_regex:
            try:
                # It has the groups of the expression, and always matches.
                match = self._always.match("", timeout=1.0)
                assert match is not None
                match.expand(template)
            except (regex.error, IndexError, ValueError, OverflowError) as error:
                reason = getattr(error, "msg", str(error))
                advice = " Write \\\\ for a backslash." if "escape" in reason else ""
                raise PatternError(f"Replacement: {reason}.{advice}") from error

    def replacement(self, match: regex.Match[str], template: str) -> str:
        """What replaces a match."""
        return match.expand(template) if self._is_regex else template

    def _source(self, query: Query) -> str:
        """The source of the pattern around what was typed."""
        edge = _WORD_EDGE if query.whole_words else ""
        if not query.is_regex:
            return rf"(?<!\u200d){edge}{_literal(query.text)}{edge}{_WHOLE_CHARACTER}"
        if repeats(query.text) > _MOST_REPEATS:
            raise PatternError("Expression: it counts too far. Use smaller numbers in { }.")
        # On its own first: with something around it, a bracket too many would not be a mistake.
        alone = _compiled(query.text, self._flags)
        if alone.flags & regex.REVERSE:
            raise PatternError("Expression: (?r) is not possible here. Press Shift+F3 to search backwards.")
        # A comment at the end of a verbose expression must not swallow the bracket.
        end = "\n" if alone.flags & regex.VERBOSE else ""
        return f"{edge}(?:{query.text}{end}){edge}" if edge else query.text


def as_expression(text: str) -> str:
    """The regular expression that finds exactly a text."""
    return regex.escape(text, special_only=True, literal_spaces=True)


def _literal(text: str) -> str:
    """The source for a text as typed; composed and decomposed letters find each other."""
    parts = []
    for cluster in regex.findall(r"\X", text):
        forms = {cluster, unicodedata.normalize("NFC", cluster), unicodedata.normalize("NFD", cluster)}
        sources = [_SPACES if form == " " else as_expression(form) for form in sorted(forms)]
        parts.append(sources[0] if len(sources) == 1 else f"(?:{'|'.join(sources)})")
    return "".join(parts)


def _compiled(source: str, flags: int) -> regex.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return regex.compile(source, flags)
    except regex.error as error:
        raise PatternError(f"Expression: {_reason(error)}.") from error
    # The package parses by recursion, and what it makes of an expression may not fit.
    except (RecursionError, OverflowError, MemoryError, ValueError, IndexError) as error:
        raise PatternError("Expression: it is too long or too deeply nested. Simplify it.") from error


def _reason(error: regex.error) -> str:
    """Why, as the package says it, and at which character."""
    # Its stubs know nothing of these.
    reason, position = getattr(error, "msg", str(error)), getattr(error, "pos", None)
    return reason if position is None else f"{reason} at character {position + 1}"
