"""Which text before a canvas is read: as much as the checkpoint was trained with, from a sensible starting point."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from engine.text.vocabulary import Vocabulary
from engine.text.words import UNSPACED, as_read

CHARACTERS_PER_TOKEN = 16
"""Characters tokenised for each token that fits: prose has four to five characters a token."""
_PROSE = 3
"""Characters a token: hardly ever fewer in prose of a language with an alphabet."""
_GIVEN_UP = 0.25
"""The largest share of the tokens that fit which may be left unread for a better starting point."""
_STARTS = tuple(
    map(
        regex.compile,
        (
            r"(?<=\n[^\S\n]{0,8}\n)(?=[^\n])",  # a paragraph after a blank line
            r"(?<=\n)(?=[^\n])",  # a line, which is a paragraph in an editor
            r"""(?<=[.!?…]["'”’)\]]{0,2})(?=[^\S\n]\S)|(?<=[。！？])(?=\S)""",  # a sentence, with the space before it
            rf"(?=[^\S\n]\S)|(?={UNSPACED})(?!\p{{M}})",  # a word, with the space before it
        ),
    )
)
"""Where a context may start, best places first."""


def context_tokens(before: str, room: int, vocabulary: Vocabulary) -> tuple[int, ...]:
    """What is read before the canvas: the beginning-of-sequence token and up to `room` tokens from the end of `before`.

    A trailing space belongs to the next word. If not all of the text fits, they start with a paragraph, or else a
    sentence or a word, and keep that start while a person works after it, so that a cached context can be reused
    (`engine.models.prefix`). This costs up to a quarter of the room.
    """
    if not room:
        return (vocabulary.bos,)
    window = before[-room * CHARACTERS_PER_TOKEN :]
    skipped = len(before) - len(window)
    window = as_read(window)
    if window.endswith(" "):
        window = window[:-1]
    tokens = vocabulary.encode(window)
    if skipped or len(tokens) > room:
        tokens = vocabulary.encode(window[_start(window, skipped, tokens, room, vocabulary) :])
    return (vocabulary.bos, *tokens[max(0, len(tokens) - room) :])


def _start(window: str, skipped: int, tokens: Sequence[int], room: int, vocabulary: Vocabulary) -> int:
    """Where in the window to start. skipped: code points of the text before the window. tokens: those of the window.

    The whole text is divided into stretches about half as long as the part that may be left unread. The start is the
    best place in the first stretch that begins in this part, and stays the same until that is another stretch.
    """
    fewest = room - int(_GIVEN_UP * room)
    if len(tokens) > fewest:
        # The first token may be the tail of a character.
        texts = (vocabulary.text(tokens[-count:]).lstrip("\ufffd") for count in (room, fewest))
        low, high = (len(window) - len(text) for text in texts)
    else:
        # Tokens far longer than in prose, as in a row of dashes.
        low, high = 0, int(_GIVEN_UP * len(window))
    stretch = max(1, int(_GIVEN_UP * room * _PROSE / 2))
    while stretch > max(1, high - low):
        stretch //= 2
    first = -(-(skipped + low) // stretch) * stretch - skipped
    for pattern in _STARTS:
        if match := pattern.search(window, first, min(first + stretch, high) + 1):
            return match.start()
    elsewhere = _STARTS[-1].search(window, low, high + 1)
    return elsewhere.start() if elsewhere else low
