"""Which encoding bytes are in that nothing in them tells: a guess, by what people write."""

from __future__ import annotations

import regex

LARGEST_SAMPLE = 32_768
"""Bytes of a long text that are looked at: all of five megabytes would take seconds."""
_WESTERN = "cp1252"
_LATIN = (_WESTERN, "iso8859_15", "cp1250", "iso8859_2", "cp1254", "cp1257")
"""From the commonest to the rarest: the first in which a text reads as one language."""
_LEGACY = (
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("koi8_r", "iso8859_2", "mac_roman", "cp932", "euc_jp", "gb18030", "big5", "cp949"),
)
"""What texts are still found in. More choices would make the guess worse."""
_ALPHABETS = (
    "àâæçéèêëîïôœùûüÿ",  # French
    "äöüßé",  # German
    "àèéìíîòóùú",  # Italian
    "áéíñóúüïç",  # Spanish
    "áàâãçéêíóôõúü",  # Portuguese
    "àçéèíïóòúü",  # Catalan
    "áéëèêïíöóüúç",  # Dutch
    "åäöé",  # Swedish, Finnish
    "åæøéèêóòôäö",  # Danish, Norwegian
    "áðéíóúýþæö",  # Icelandic
    "áâäčďéěíĺľňóôŕřšťúůýž",  # Czech, Slovak
    "ąćęłńóśźż",  # Polish
    "áéíóöőúüű",  # Hungarian
    "ăâîşţ",  # Romanian
    "čćđšž",  # Croatian, Slovene
    "äöõüšž",  # Estonian
    "çğıiöşüâîû",  # Turkish
    "āčēģīķļņšūž",  # Latvian
    "ąčęėįšųūž",  # Lithuanian
)
"""The letters beyond ASCII of the languages in Latin script, in lower case."""
_ODD = regex.compile(
    r"[^\x00-\x7f\p{L}–—‘’‚“”„…•™€£¥§°ºª«»¿¡·©®±×÷µ½¼¾²³\u00a0]"
    r"|\p{L}[^\x00-\x7f\p{L}–—’·\u00a0]+\p{L}"  # a sign within a word
    r"|\p{L}[±¹¿¡£¥¶]"
    r"|\p{Ll}(?![A-Z])\p{Lu}|[\x00-\x08\x0e-\x1a\x1c-\x1f]"
)
_MOST_ACCENTS = 0.5
"""Share of the letters that are not ASCII in a text of Latin script at most."""

_PRINTABLE = bytes(0x20 <= byte < 0x7F for byte in range(256))


def guessed_codec(data: bytes) -> str | None:
    """The likeliest codec that writes the same bytes again, for bytes that are not UTF-8; None where there is none."""
    sample = _sample(data)
    codec = next((codec for codec in _LATIN if _is_one_language(sample, codec)), None)
    if codec is None and _is_japanese(sample):
        codec = "euc_jp"
    if codec is None or not returns(data, codec):
        codec = _by_statistics(sample, data)
    return codec


def wide_codec(data: bytes) -> str | None:
    """The byte order of UTF-16 without a mark, where that is certain: spaces, line ends and Latin letters tell it."""
    if len(data) % 2:
        return None
    low_first, high_first = data[1::2].count(0), data[0::2].count(0)
    codec = "utf-16-le" if low_first > high_first else "utf-16-be"
    # Few characters have zero as their low byte; and text with a stray zero would make most units two letters.
    if max(low_first, high_first) <= 4 * min(low_first, high_first) or _letter_pairs(data) > len(data) // 4:
        return None
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return None
    return None if regex.search(r"[\x00-\x08\p{Cn}\p{Co}]", text) else codec


def _letter_pairs(data: bytes) -> int:
    """How many units of two bytes are two printable characters of ASCII."""
    printable = data.translate(_PRINTABLE)
    return (int.from_bytes(printable[0::2], "big") & int.from_bytes(printable[1::2], "big")).bit_count()


def returns(data: bytes, codec: str) -> bool:
    """Whether a codec reads bytes and writes the same again."""
    try:
        return data.decode(codec).encode(codec) == data
    except UnicodeError:
        return False


def _sample(data: bytes) -> bytes:
    """Lines from all over a long text that are not ASCII; all of a short one, or of one without lines."""
    if len(data) <= LARGEST_SAMPLE:
        return data
    # In none of the encodings is a line end a part of another character.
    telling = [line for line in data.split(b"\n") if not line.isascii()]
    size, lines = 0, []
    for line in telling[:: max(1, sum(map(len, telling)) // LARGEST_SAMPLE)]:
        size += len(line) + 1
        if size > LARGEST_SAMPLE:
            break
        lines.append(line)
    return b"\n".join(lines) or data


def _is_one_language(data: bytes, codec: str) -> bool:
    """Whether bytes read as a text in one language."""
    text = _read(data, codec)
    beyond = {letter.lower()[0] for letter in set(text) if not letter.isascii() and letter.isalpha()} - {"ª", "º"}
    return any(beyond <= set(alphabet) for alphabet in _ALPHABETS) and _is_latin(text)


def _is_japanese(data: bytes) -> bool:
    """Whether bytes read as Japanese in EUC-JP, which statistics take for Korean: much of it is kana."""
    text = _read(data, "euc_jp")
    return 5 * len(regex.findall(r"[\p{Hiragana}\p{Katakana}]", text)) > len(regex.findall(r"\p{L}", text))


def _by_statistics(sample: bytes, data: bytes) -> str | None:
    """What charset-normalizer finds likeliest, unless the text may as well be Western."""
    # Imported here: the window opens without it.
    from charset_normalizer import from_bytes

    fits = [match for match in from_bytes(sample, cp_isolation=list(_LEGACY)) if returns(data, match.encoding)]
    # What cannot be Latin text comes last.
    fits.sort(key=lambda match: match.encoding in _LATIN and _ODD.search(str(match)) is not None)
    western = next((match for match in fits if match.encoding == _WESTERN), None)
    best = fits[0] if fits else None
    # In a short text all languages of the Latin script look alike, and the Western encoding is by far the commonest.
    if best is None or best.coherence <= (western.coherence if western else best.coherence):
        for codec in _LATIN[:2]:
            if _is_latin(_read(sample, codec)) and returns(data, codec):
                return codec
    return best.encoding if best else None


def _is_latin(text: str) -> bool:
    """Whether a text has no sign or case in an odd place, and not too many letters beyond ASCII."""
    letters = regex.findall(r"\p{L}", text)
    accents = sum(not letter.isascii() for letter in letters)
    return bool(text) and accents <= _MOST_ACCENTS * len(letters) and not _ODD.search(text)


def _read(data: bytes, codec: str) -> str:
    """The text of bytes in a codec; "" where it has no such bytes."""
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return ""
