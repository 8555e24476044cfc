"""From the bytes of a text file to its text and back, without changing a byte that nobody edited."""

from __future__ import annotations

import codecs
from collections import Counter
from dataclasses import dataclass, field

from engine.contracts.errors import TextEncodingError, UnknownEncodingError
from engine.text.encoding_guess import guessed_codec, returns, wide_codec

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
    "cp437": "DOS (437)",
    "cp850": "DOS (850)",
    "cp866": "DOS (866)",
    "cp932": "Shift JIS",
    "cp949": "Korean (949)",
    "euc_jp": "EUC-JP",
    "gb18030": "GB 18030",
    "big5": "Big5",
    "koi8_r": "KOI8-R",
    "koi8_u": "KOI8-U",
    "mac_roman": "Mac Roman",
}


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """How a text is written in bytes.

    codec: Python's name, of one byte order where there are two. bom: whether a byte order mark stands first.
    guessed: whether the bytes could be another encoding as well.
    """

    codec: str = "utf-8"
    bom: bool = False
    guessed: bool = field(default=False, compare=False)

    @property
    def label(self) -> str:
        """What a person calls it."""
        usual = self.codec.startswith(("utf-16", "utf-32"))
        mark = "" if self.bom is usual else " with BOM" if self.bom else " without BOM"
        return _name_of(self.codec) + mark


ENCODINGS = (
    *(TextEncoding(), TextEncoding("utf-8", bom=True)),
    *(TextEncoding("utf-16-le", bom=True), TextEncoding("utf-16-be", bom=True)),
    *map(
        TextEncoding,
        (
            *("cp1252", "iso8859_1", "iso8859_15", "mac_roman", "cp437", "cp850"),
            *("cp1250", "iso8859_2", "cp1257", "iso8859_13", "cp1254", "iso8859_9"),
            *("cp1251", "koi8_r", "koi8_u", "iso8859_5", "cp866", "cp1253", "iso8859_7"),
            *("cp1255", "iso8859_8", "cp1256", "iso8859_6", "cp874", "cp1258"),
            *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
        ),
    ),
)
"""Those a writer can choose from: Unicode, and then by script."""


def decode_text(data: bytes, encoding: TextEncoding | None = None) -> tuple[str, TextEncoding]:
    """The text without its byte order mark, and how it was written; `encode_text` gives the same bytes for both.

    encoding: in which to read it, with a mark or without one; None to find out. Raises TextEncodingError where the
    bytes are no text, and UnknownEncodingError where they may be one in another encoding.
    """
    if encoding is not None:
        mark = next((mark for mark, codec in _BYTE_ORDER_MARKS if codec == encoding.codec), None)
        bom = mark is not None and data.startswith(mark)
        content = data.removeprefix(mark) if mark is not None else data
        return _exactly(content, encoding.codec), TextEncoding(encoding.codec, bom, encoding.guessed)
    for mark, codec in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _exactly(data.removeprefix(mark), codec), TextEncoding(codec, bom=True)
    if b"\0" in data:
        codec = wide_codec(data)
        if codec is None:
            raise TextEncodingError(f"This is binary data, not text: byte {data.index(0) + 1} is zero.")
        return _exactly(data, codec), TextEncoding(codec)
    try:
        return data.decode("utf-8"), TextEncoding()
    except UnicodeDecodeError as error:
        if _has_half_characters(data):
            raise UnknownEncodingError(
                f"This is damaged UTF-8 text: byte {error.start + 1} is half a character."
            ) from None
        codec = guessed_codec(data)
        if codec is None:
            raise UnknownEncodingError(
                f"The encoding of this text is not known: byte {error.start + 1} is not UTF-8. Save it as UTF-8 first."
            ) from None
        return data.decode(codec), TextEncoding(codec, guessed=True)


def encode_text(text: str, encoding: TextEncoding) -> bytes:
    """The bytes of a text. Raises TextEncodingError where a character cannot be written; `unwritable` lists them."""
    content = _written(text, encoding.codec)
    if content is None:
        alone = list(unwritable(text, encoding))
        shown = ", ".join(_named(character) for character in alone[:5]) + (", …" if len(alone) > 5 else "")
        raise TextEncodingError(f"{encoding.label} has no way to write {shown}. Save the text as UTF-8.")
    mark = next(mark for mark, codec in _BYTE_ORDER_MARKS if codec == encoding.codec) if encoding.bom else b""
    return mark + content


def unwritable(text: str, encoding: TextEncoding) -> dict[str, int]:
    """The characters of a text that its encoding lacks and how often each occurs, in the order of their first place."""
    return {
        character: count for character, count in Counter(text).items() if _written(character, encoding.codec) is None
    }


def _written(text: str, codec: str) -> bytes | None:
    """The bytes of a text; None where they would be read as another one."""
    try:
        content = text.encode(codec)
        # Some codecs of Python write two characters as the same bytes, such as the yen sign and the backslash.
        return content if codec.startswith("utf-") or content.decode(codec) == text else None
    except UnicodeError:
        return None


def _name_of(codec: str) -> str:
    return _LABELS.get(codec) or codec.replace("cp", "Windows-").replace("iso8859_", "ISO 8859-")


def _exactly(data: bytes, codec: str) -> str:
    """The text of bytes in an encoding that is known. Raises TextEncodingError."""
    name = _name_of(codec)
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        place = f"byte {error.start + 1}"
        wide = codec.startswith("utf-")
        reason = (
            f"This is damaged {name} text: {place} is half a character."
            if wide
            else f"This is not {name}: see {place}."
        )
        raise UnknownEncodingError(reason) from None
    if "\0" in text:
        raise TextEncodingError(f"This is binary data, not text: character {text.index(chr(0)) + 1} is zero.")
    if not returns(data, codec):
        raise UnknownEncodingError(f"As {name} this text would not come back byte for byte.")
    return text


def _has_half_characters(data: bytes) -> bool:
    """Whether bytes are UTF-8 but for halves of surrogate pairs, which some programs write."""
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _named(character: str) -> str:
    """A character as a message shows it."""
    return character if character.isprintable() else f"U+{ord(character):04X}"
