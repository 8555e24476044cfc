"""What Backspace removes: a whole emoji, however many code points it is joined from."""

from __future__ import annotations

import regex

_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|[0-9#*]\ufe0f?\u20e3")
LONGEST = 64
"""UTF-16 units before the caret that need to be looked at; the longest joined emoji in use have 35."""


def units_before(text: str) -> int:
    """How many UTF-16 units Backspace removes at the end of a text; 0 where Qt's own choice is right.

    Qt removes one code point: right for a letter with combining marks, of which a writer takes back the last mark,
    and wrong for a family, a flag or a skin tone, which would fall apart (Unicode TR 51 and TR 29).
    """
    clusters = regex.findall(r"\X", text)
    if not clusters or len(clusters[-1]) == 1 or not _EMOJI.match(clusters[-1]):
        return 0
    return len(clusters[-1].encode("utf-16-le", "surrogatepass")) // 2
