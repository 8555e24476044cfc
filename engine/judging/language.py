"""The language a text is written in, as far as it matters for what a checkpoint can do with it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache

import regex
from py3langid.langid import MODEL_FILE, LanguageIdentifier

_LETTER = regex.compile(r"\p{L}")
_LATIN = regex.compile(r"\p{Script=Latin}")
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}'’]*")
_AROUND = 400
"""Characters on each side that are read where a selection is short."""
_LEAST = 60
"""Letters below which only the script tells: a name or a quotation may be in any language."""
_SURE = 0.95
_OTHER_SCRIPT = 0.5
"""Share of the letters selected above which another script is a text in it, and no quotation."""
_LATIN_SCRIPT = frozenset(("en", "de", "fr", "es", "it", "nl", "pt", "sv", "da", "no", "nb", "fi", "pl", "cs", "ro"))
_NAMES = {
    "af": "Afrikaans",
    "ar": "Arabic",
    "bg": "Bulgarian",
    "ca": "Catalan",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "et": "Estonian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "no": "Norwegian",
    "nb": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
_lock = threading.Lock()


def foreign(before: str, selection: str, after: str, languages: Sequence[str]) -> str:
    """The name of the language or script of a text that is in none of `languages`; "" if it is, or may be, in one.

    languages: two-letter codes; none means any. Judged by the selection, and by the text around a short one. Code,
    names and quotations are not enough to decide: the benefit of the doubt is the writer's.
    """
    if not languages:
        return ""
    near = selection if len(_LETTER.findall(selection)) >= _LEAST else before[-_AROUND:] + selection + after[:_AROUND]
    letters = _LETTER.findall(selection) or _LETTER.findall(near)
    if set(languages) <= _LATIN_SCRIPT:
        other = sum(not _LATIN.match(letter) for letter in letters)
        if letters and other > _OTHER_SCRIPT * len(letters):
            code, _ = _classify("".join(letters) if other == len(letters) else selection or near)
            return _NAMES.get(code, "another script") if code not in languages else "another script"
    words = " ".join(_WORD.findall(near))
    if len(_LETTER.findall(words)) < _LEAST:
        return ""
    code, probability = _classify(words)
    return "" if code in languages or probability < _SURE else _NAMES.get(code, "another language")


def _classify(text: str) -> tuple[str, float]:
    """The most probable language and its probability (py3langid; Lui and Baldwin 2012)."""
    with _lock:
        code, probability = _identifier().classify(text)
    return str(code), float(probability)


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
