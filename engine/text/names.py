"""Numbers and names: what a rewrite keeps because it states a fact.

A number comes with its unit, currency, month or time of day. A name is a word with a capital where none begins a
sentence, a word with inner capitals, or one of capitals alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import regex

from engine.text.ranges import Guard, Protected, disjoint

_MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|"
    r"Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
_DAY = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day\b|\b\.?)"
_DIGITS = r"\d{1,30}+(?:[.,:/'’\-–\u00a0\u202f]\d{1,30}+){0,12}+"
_POINT = r"(?:(?<![\p{L}\p{N}.,])\.)?"
"""What a decimal fraction may begin with."""
_CURRENCY = r"(?:US\$|[A-Z]{0,2}[$€£¥₹₽]|EUR|USD|GBP|CHF|JPY|CNY|INR|AUD|CAD|SEK|NOK|DKK|PLN|CZK)"
_UNIT = (
    r"(?:%|‰|°[CF]?|[µμnmkMGT]?(?:m|g|s|l|L|W|V|A|J|Hz|Pa|B|bit|byte|Wh|mol|bar|eV)[²³23]?|cm[²³23]?|dm[²³23]?|km/h|mph|kph|ft|in|"
    r"lbs?|oz|mi|yd|ha|min|hrs?|h|d|kcal|cal|[KMGT]i?B|px|pt|em|rem|dpi|fps|rpm|dB|kn|million|billion|trillion|thousand|hundred|"
    r"dozen|percent|degrees|dollars|euros|pounds|cents|am|pm|a\.m\.|p\.m\.|AM|PM|o['’]clock|"
    r"(?:kilo|centi|milli|micro|nano)?(?:metres?|meters?|grams?|lit(?:re|er)s?)|miles?|feet|foot|inch(?:es)?|hectares?|tons?|tonnes?|"
    r"seconds?|minutes?|hours?|days?|weeks?|months?|years?)"
)
_NUMBER = regex.compile(
    r"(?<![\w])(?:"
    r"\+\d{1,3}(?:[ .\-/\u00a0]?\(?\d{1,6}\)?){2,6}|\(\d{2,5}\)[ -]?\d{2,5}(?:[ -]\d{2,6})?|\d{3}[ .-]\d{3}[ .-]\d{4}"
    rf"|(?:{_DAY},?[ \u00a0])?\d{{1,2}}(?:st|nd|rd|th)?(?:[ \u00a0]of)?[ \u00a0]{_MONTH}\b(?:,?[ \u00a0]\d{{2,4}}\b)?"
    rf"|(?:{_DAY},?[ \u00a0])?{_MONTH}[ \u00a0]\d{{1,4}}(?:st|nd|rd|th)?\b(?:,[ \u00a0]\d{{4}}\b)?"
    rf"|{_CURRENCY}[ \u00a0\u202f]?[-−]?{_POINT}{_DIGITS}"
    r"(?:[ \u00a0](?:million|billion|trillion|thousand)|[kKmMbB]n?)?\b"
    rf"|[+\-−±~≈<>]?{_POINT}{_DIGITS}(?:[ \u00a0\u202f]?(?:{_CURRENCY}|{_UNIT})(?![\w]))"
    r"|(?:§{1,2}|[№¶]|(?:pp?|[Nn]os?|[Ff]igs?|[Ee]qs?|[Vv]ol|[Cc]h|[Ss]ec)\.)[ \u00a0\u202f]?"  # § 5, No. 7
    r"\d[\w.\-–]{0,40}(?<![.\-–])"
    r"|[A-Z]{2,10}[ -]\d[\w.\-/:]{0,40}(?<![.\-:])"  # ISO 9001
    rf"|[+\-−±]?{_POINT}"
    r"[\w@#№§]{0,60}\d[\w]{0,60}(?:[.,:/'’\-–+\u00a0\u202f][\w]{0,40}\d[\w]{0,40}|[-–/][\p{L}]{1,40}){0,20}"
    r")|[½⅓⅔¼¾⅕⅛⅜⅝⅞²³¹]"
)
_CAPITAL = regex.compile(
    r"(?<![\p{L}\p{N}_'’])\p{Ll}{0,20}+\p{Lu}[\p{L}\p{M}\p{N}]*+(?:['’\-–][\p{L}\p{N}]++)*+",
)
_INITIALS = regex.compile(
    r"(?<![\p{L}\p{N}.])(?:\p{Lu}\.[ \u00a0]?){1,4}\p{Lu}(?:\.|\p{Ll}[\p{L}'’]*+)"
)  # U.S., J. R. Brown
_SYMBOLS = regex.compile(
    r"(?:[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\p{So}\u200d\ufe0e\ufe0f\u20e3\U000e0020-\U000e007f]"
    r"|[→←↑↓↔⇒⇐⇔•†‡§¶×÷≈≠≤≥∞]|(?<!\p{L})·|·(?!\p{L}))++"
)
"""Pictures, arrows, bullets: no word stands for one."""
_INNER = regex.compile(r"\p{Ll}\p{Lu}|\A\p{Lu}{2}")
_SELF = regex.compile(r"I(?:['’](?:m|d|ll|ve|s|re))?\Z")
_STARTS = regex.compile(
    r"(?:\A|[.!?…:;]['\"’”»)\]]{0,3}\s++"
    r"|(?:\A|\n)\s*+(?:[-*+]|\d{1,9}[.)])\s++(?:\[[ xX]\]\s++)?"  # an item of a list
    r"|\n\s*\n\s*|[\n\r]|(?:\A|[\s(\[—–-])['\"“‘«‹„]|[#>•]\s++|\||[*_~\])}>]{1,3})\s*+\Z"
)
_TITLE = regex.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Mx|Dr|Prof|St|Sr|Jr|Rev|Gen|Col|Capt|Lt|Sgt|Fig|No|Nos|vs|cf)|(?<![\w'’])\p{Lu})\.\s{1,3}\Z"
)
_SENTENCE_END = regex.compile(r"\p{Ll}[.!?…]['\"’”)]*(?:\s|\Z)")
_WORD = regex.compile(r"\p{L}[\p{L}'’]*+")
_NEW_SENTENCE = regex.compile(
    r"\^\[|\[\^[^\]]*\]:|\\(?:footnote|caption|title|item|part|chapter|(?:sub)*section|frametitle|thanks)\b"
    r"|(?i)</?(?:p|h[1-6]|li|td|th|dd|dt|br|div|summary|blockquote|figcaption|caption|title|v)\b"
)
_CELL_END = regex.compile(r"[\"\s]*[,;\t|][\"\s]*\Z")
_NO_LINE_END = regex.compile(r"[^\n\r|]")
_LETTER = regex.compile(r"\p{L}")
_LOOK_BACK = 120
_LONG_TITLE = 8
"""Characters of a title before a name, with the space between."""
_WRAPPED = 40
"""Characters of a line that goes on in the next one; after a shorter line a new thought may begin."""
_HEADLINE = 0.6
"""Share of words with a capital from which a line is a headline, where capitals tell nothing."""


def without_marks(text: str, found: Iterable[Protected]) -> str:
    """A text of the same length with blanks in place of its marks, so that a sentence after one is seen to begin."""
    parts: list[str] = []
    position = 0
    for each in disjoint(found):
        mark = text[each.start : each.end]
        parts.append(text[position : each.start])
        parts.append(mark if each.guard is not Guard.MARKUP else _blank(mark))
        position = each.end
    return "".join([*parts, text[position:]])


def _blank(mark: str) -> str:
    """What a mark is to the sentence around it: nothing, or the end of the one before it."""
    if _NEW_SENTENCE.match(mark):
        return ".".ljust(len(mark))
    if _CELL_END.match(mark):
        return "|".ljust(len(mark))
    # What can be read aloud, such as an address, is a word of the sentence.
    return _NO_LINE_END.sub(" ", mark) if mark.startswith("\\") or not _LETTER.search(mark) else mark


def numbers(text: str, start: int, end: int) -> Iterator[Protected]:
    """The numbers of text[start:end], with what belongs to each, and the symbols."""
    for match in _NUMBER.finditer(text, start, end):
        yield Protected(*match.span(), Guard.NUMBER)
    for match in _SYMBOLS.finditer(text, start, end):
        yield Protected(*match.span(), Guard.NAME)


def names(text: str, start: int, end: int) -> Iterator[Protected]:
    """The names of text[start:end]."""
    for match in _INITIALS.finditer(text, start, end):
        yield Protected(*match.span(), Guard.NAME)
    for match in _CAPITAL.finditer(text, start, end):
        word = match.group()
        if _SELF.match(word):
            continue
        if _INNER.search(word) or not (_begins(text, match.start()) or _in_headline(text, match.start())):
            title = _TITLE.search(text, max(start, match.start() - _LONG_TITLE), match.start())
            yield Protected(title.start() if title else match.start(), match.end(), Guard.NAME)


def _begins(text: str, at: int) -> bool:
    """Whether a sentence, an item or a quotation may begin here."""
    before = text[max(0, at - _LOOK_BACK) : at]
    if len(before) == at and not before.strip():
        return True
    if _TITLE.search(before):
        return False
    stripped = before.rstrip(" \t")
    if stripped.endswith(("\n", "\r")):
        line = stripped.rstrip("\n\r").splitlines()[-1:] or [""]
        wrapped = stripped.endswith("\n") and not stripped[:-1].rstrip(" \t\r").endswith("\n")
        return not (wrapped and len(line[0]) >= _WRAPPED and line[0].rstrip()[-1:] not in ".!?…:;|")
    return _STARTS.search(before) is not None


def _in_headline(text: str, at: int) -> bool:
    """Whether most words of the line have a capital."""
    low, high = text.rfind("\n", 0, at) + 1, text.find("\n", at)
    line = text[low : high if high >= 0 else len(text)]
    if len(line) > _LOOK_BACK or _SENTENCE_END.search(line):
        return False
    words = [word for word in _WORD.findall(line) if len(word) > 3]
    ends = line.rstrip()[-1:]
    return ends not in ".,;:" and len(words) > 2 and sum(word[0].isupper() for word in words) > _HEADLINE * len(words)
