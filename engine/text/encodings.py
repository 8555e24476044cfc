"""From the bytes of a text file to its text and back, without changing a byte that nobody edited."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

import regex
from charset_normalizer import from_bytes

from engine.contracts.errors import TextEncodingError

_BYTE_ORDER_MARKS = (
    # The mark of UTF-32 begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LABELS = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "utf-32-le": "UTF-32 LE",
    "utf-32-be": "UTF-32 BE",
    "cp932": "Shift JIS",
    "cp949": "Korean (949)",
    "euc_jp": "EUC-JP",
    "gb18030": "GB 18030",
    "big5": "Big5",
    "koi8_r": "KOI8-R",
    "mac_roman": "Mac Roman",
    "iso8859_2": "ISO 8859-2",
}
_WESTERN = "cp1252"
_LEGACY = (
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("koi8_r", "iso8859_2", "mac_roman", "cp932", "euc_jp", "gb18030", "big5", "cp949"),
)
"""What texts are still found in. More choices would make the guess worse."""
_NON_WESTERN = regex.compile(
    r"[^\x00-\x7f\p{L}–—‘’‚“”„…•™€£¥§°ºª«»¿¡·©®±×÷µ½¼¾²³\u00a0]"
    r"|\p{L}[^\x00-\x7f\p{L}–—’·\u00a0]+\p{L}"  # a sign within a word
    r"|\p{Ll}(?![A-Z])\p{Lu}|[\x00-\x08\x0e-\x1a\x1c-\x1f]"
)
_MOST_ACCENTS = 0.4
"""Share of the letters that are not ASCII in a Western text at most."""


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """How a text is written in bytes.

    codec: Python's name, of one byte order where there are two. bom: whether a byte order mark stands first.
    """

    codec: str = "utf-8"
    bom: bool = False

    @property
    def label(self) -> str:
        """What a person calls it."""
        name = _LABELS.get(self.codec) or self.codec.replace("cp", "Windows-")
        return f"{name} with BOM" if self.bom and self.codec == "utf-8" else name


def decode(data: bytes) -> tuple[str, TextEncoding]:
    """The text without its byte order mark, and how it was written; `encode` gives the same bytes for both.

    Raises TextEncodingError where they are no text: binary data, half a character, an encoding that is not known.
    """
    for mark, codec in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _exactly(data.removeprefix(mark), codec), TextEncoding(codec, bom=True)
    if b"\0" in data:
        codec = _wide(data)
        if codec is None:
            raise TextEncodingError(f"This is no text: byte {data.index(0) + 1} is zero.")
        return _exactly(data, codec), TextEncoding(codec)
    try:
        return data.decode("utf-8"), TextEncoding()
    except UnicodeDecodeError as error:
        if _has_half_characters(data):
            raise TextEncodingError(
                f"This is damaged UTF-8 text: byte {error.start + 1} is half a character."
            ) from None
        codec = _guessed(data)
        if codec is None:
            raise TextEncodingError(
                f"The encoding of this text is not known: byte {error.start + 1} is not UTF-8. Save it as UTF-8 first."
            ) from None
        return data.decode(codec), TextEncoding(codec)


def encode(text: str, encoding: TextEncoding) -> bytes:
    """The bytes of a text. Raises TextEncodingError where a character cannot be written; `unwritable` lists them."""
    try:
        content = text.encode(encoding.codec)
    except UnicodeEncodeError:
        alone = unwritable(text, encoding)
        shown = ", ".join(_named(character) for character in alone[:5]) + (", …" if len(alone) > 5 else "")
        raise TextEncodingError(f"{encoding.label} has no way to write {shown}. Save the text as UTF-8.") from None
    mark = next(mark for mark, codec in _BYTE_ORDER_MARKS if codec == encoding.codec) if encoding.bom else b""
    return mark + content


def unwritable(text: str, encoding: TextEncoding) -> list[str]:
    """The characters of a text that its encoding lacks, each once, in the order in which they first appear."""
    return [character for character in dict.fromkeys(text) if not _is_writable(character, encoding.codec)]


def _is_writable(character: str, codec: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _exactly(data: bytes, codec: str) -> str:
    """The text of bytes in a Unicode encoding. Raises TextEncodingError."""
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        name = _LABELS[codec]
        raise TextEncodingError(f"This is damaged {name} text: byte {error.start + 1} is half a character.") from None
    if "\0" in text:
        raise TextEncodingError(f"This is no text: character {text.index(chr(0)) + 1} is a zero.")
    return text


def _has_half_characters(data: bytes) -> bool:
    """Whether bytes are UTF-8 but for halves of surrogate pairs, which some programs write."""
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _wide(data: bytes) -> str | None:
    """The byte order of UTF-16 without a mark: the high bytes of spaces, line ends and Latin letters are zero."""
    if len(data) % 2:
        return None
    for codec in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        zeros = data[codec == "utf-16-le" :: 2].count(0), data[codec == "utf-16-be" :: 2].count(0)
        if zeros[0] > zeros[1] == 0 and not regex.search(r"[\x00-\x08\p{Cn}\p{Co}]", text):
            return codec
    return None


def _guessed(data: bytes) -> str | None:
    """The likeliest encoding that writes the same bytes again; None where there is none."""
    found = from_bytes(data, cp_isolation=list(_LEGACY))
    fits = [match for match in found if _returns(data, match.encoding)]
    western = next((match for match in fits if match.encoding == _WESTERN), None)
    best = fits[0] if fits else None
    # In a short text all languages of the Latin script look alike, and the Western encoding is by far the commonest.
    if _is_western(data) and (best is None or best.coherence <= (western.coherence if western else best.coherence)):
        return _WESTERN
    return best.encoding if best else None


def _is_western(data: bytes) -> bool:
    """Whether the bytes are Windows-1252 as people write it."""
    if not _returns(data, _WESTERN):
        return False
    text = data.decode(_WESTERN)
    letters = regex.findall(r"\p{L}", text)
    accents = sum(not letter.isascii() for letter in letters)
    return accents <= _MOST_ACCENTS * len(letters) and not _NON_WESTERN.search(text)


def _returns(data: bytes, codec: str) -> bool:
    try:
        return data.decode(codec).encode(codec) == data
    except UnicodeError:
        return False


def _named(character: str) -> str:
    """A character as a message shows it."""
    return character if character.isprintable() else f"U+{ord(character):04X}"
