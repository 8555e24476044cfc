"""What a model wrote around its answer: a phrase before it, quotation marks, fences, marks of a template, remarks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

import regex

ASKED_FOR = "Here is the new passage:"
"""The sentence that an answer is asked to begin with: whoever asks for nothing but the text often gets nothing."""

_ASKED_FOR = regex.compile(rf"\**{regex.escape(ASKED_FOR)}\**", regex.I)
_BEGINNING = 300
"""Characters of an answer in which it is looked for."""
_MARK = r"<\|?/?[A-Za-z][\w ]{0,30}\|?>"
_MARK_BEFORE = regex.compile(rf"\s*({_MARK})")
_MARK_AFTER = regex.compile(rf"({_MARK})\s*\Z")
_TEMPLATE = regex.compile(
    r"<\|[^<>|]{1,40}\|?>|<[^<>|]{1,40}\|>|</?(?:start_of_turn|end_of_turn|eos|bos|pad|s|assistant|model|user|answer|passage)>"
)
"""Marks of the usual templates, wherever a tokenizer does not know them as such."""
_ROLE = regex.compile(r"\s*(?:model|assistant|thought)\s*:?[^\S\n]*\n", regex.I)
_LABEL = regex.compile(
    r"\s*(?:\*\*|#+ )?(?:the )?(?:new |revised |rewritten )?(?:passage|text|version|answer)\s*:(?:\*\*)?\s*", regex.I
)
_PREAMBLE = regex.compile(
    r"\s*(?:(?:sure|certainly|of course|okay|ok|absolutely|gladly)\b[^\n]{0,200}?:"
    r"|(?:here(?:['’]s| is| are| you go)|below is|this is|the following is)\b[^\n]{0,200}?:"
    r"|(?:hier (?:ist|sind)|voici|aquí (?:está|tienes|tiene)|ecco|aqui está)\b[^\n]{0,200}?:)[^\S\n]*(?:\n+|\Z)",
    regex.I,
)
_REMARK = regex.compile(
    r"\n\s*\n(?:[-*_]{3,}\s*\n+)?(?:let me know|i hope (?:this|that)|would you like|feel free|"
    r"if you(?:['’]d| would) like|do you want me)\b[^\n]{0,300}\s*\Z",
    regex.I,
)
_FENCE = regex.compile(r"\s*(?P<mark>`{3,}|~{3,})[\w+-]*[^\S\n]*\n(?P<inside>.*?)\n?[^\S\n]*(?P=mark)\s*\Z", regex.S)
_RULE_BEFORE = regex.compile(r"\s*(?:-{3,}|\*{3,}|_{3,}|<{3,}|>{3,})[^\S\n]*\n")
_RULE_AFTER = regex.compile(r"\n[^\S\n]*(?:-{3,}|\*{3,}|_{3,}|<{3,}|>{3,})\s*\Z")
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "»": "«", "‘": "’", "'": "'", "「": "」", "『": "』"}


def cleaned(answer: str, own: str, marks: Collection[str] = ()) -> str:
    """An answer without what stands around it, unless that stands around the writer's own words too.

    own: the words it is to replace. marks: the names of the special tokens of a vocabulary.
    """
    own = own.strip()
    asked_for = None if ASKED_FOR in own else _ASKED_FOR.search(answer, 0, _BEGINNING)
    if asked_for:
        answer = answer[asked_for.end() :]
    # What follows the sentence that was asked for is the text, whatever it begins with.
    cuts = _CUTS if asked_for else (_without_phrase, *_CUTS)
    before = None
    # What stands around an answer may stand in each other.
    while answer != before:
        before = answer
        for cut in cuts:
            answer = cut(answer, own, marks)
    return answer.strip()


def _without_marks(answer: str, own: str, marks: Collection[str]) -> str:
    """Without marks of a template at both ends, and without what follows one that closes a turn."""
    if (match := _MARK_BEFORE.match(answer)) and _is_mark(match[1], marks) and not own.startswith(match[1]):
        answer = answer[match.end() :]
    closers = (match for match in _TEMPLATE.finditer(answer) if "end" in match[0] or "turn|" in match[0])
    if (closer := next(closers, None)) and closer[0] not in own:
        answer = answer[: closer.start()]
    if (match := _MARK_AFTER.search(answer)) and _is_mark(match[1], marks) and not own.endswith(match[1]):
        answer = answer[: match.start()]
    return answer


def _is_mark(text: str, marks: Collection[str]) -> bool:
    return text in marks or _TEMPLATE.fullmatch(text) is not None


def _without_phrase(answer: str, own: str, marks: Collection[str]) -> str:
    """Without a phrase of the usual kind, or a label; where the writer's own words begin in such a way, it stays."""
    own_leads_in = own.partition("\n")[0].rstrip().endswith((":", "："))
    for pattern in (_ROLE, _PREAMBLE, _LABEL):
        if own_leads_in and pattern is _PREAMBLE:
            continue
        if (match := pattern.match(answer)) and not pattern.match(own + "\n"):
            return answer[match.end() :]
    return answer


def _without_remark(answer: str, own: str, marks: Collection[str]) -> str:
    match = _REMARK.search(answer)
    return answer[: match.start()] if match and not _REMARK.search(own) else answer


def _without_fence(answer: str, own: str, marks: Collection[str]) -> str:
    """Without a fence, or rules, around all of it."""
    match = _FENCE.match(answer)
    if match and match["mark"] not in match["inside"] and not own.startswith(match["mark"][:3]):
        return match["inside"]
    if not _RULE_BEFORE.match(own + "\n") and (match := _RULE_BEFORE.match(answer)):
        answer = answer[match.end() :]
    if not _RULE_AFTER.search("\n" + own) and (match := _RULE_AFTER.search(answer)):
        answer = answer[: match.start()]
    return answer


def _without_quotes(answer: str, own: str, marks: Collection[str]) -> str:
    """Without quotation marks around all of it."""
    inside = answer.strip()
    if len(inside) < 2 or inside[0] not in _QUOTES or inside[-1] != _QUOTES[inside[0]]:
        return answer
    opener, closer = inside[0], inside[-1]
    inside = inside[1:-1]
    # Two quotations with words between them are no quotation.
    first, last = inside.find(closer), inside.find(opener)
    if (first >= 0 and (last < 0 or first <= last)) or own[:1] == opener:
        return answer
    return inside


_CUTS = (_without_marks, _without_remark, _without_fence, _without_quotes)


def without_repeat(answer: str, before: str) -> str:
    """A continuation without the end of what it continues, where it says that again."""
    start = answer.lstrip()
    for said in _ends(before.rstrip()):
        if start.startswith(said):
            return start[len(said) :]
    return answer


def _ends(text: str) -> Iterable[str]:
    """The ends of a text that an answer may repeat, from its last paragraphs to its last sentence."""
    for match in regex.finditer(r"\A|\n\n|(?<=[.!?…]\s)", text[-4000:]):
        said = text[-4000:][match.end() :].strip()
        if len(said.split()) > 2:
            yield said


def with_words(answer: str, words: Iterable[str]) -> tuple[str, str]:
    """An answer with some words as they are written, and the first of them, in order, that is not in it; "" if all are.

    Those that stand there in other letters, small for capital, are put back.
    """
    at = 0
    for word in words:
        match = regex.compile(regex.escape(word), regex.IGNORECASE).search(
            answer, answer.find(word, at) if word in answer[at:] else at
        )
        if match is None:
            return answer, word
        answer = answer[: match.start()] + word + answer[match.end() :]
        at = match.start() + len(word)
    return answer, ""


def answer_range(
    tokens: Sequence[int], pieces: Sequence[str], ends: Collection[int], is_special: Callable[[int], bool]
) -> tuple[int, int]:
    """Which of the positions of a finished block are the answer: up to its end token, after what was thought before.

    tokens, pieces: of each position, with the text of a special one empty. A special token divides what was thought
    from the answer.
    """
    last = next((at for at, token in enumerate(tokens) if token in ends), len(tokens))
    for at in reversed(range(last)):
        if is_special(tokens[at]) and "".join(pieces[at:last]).strip():
            return at + 1, last
    return 0, last
