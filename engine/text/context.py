"""Which text before a canvas is read: as much as the checkpoint was trained with, from a good place to begin at."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from engine.text.text_map import UNSPACED
from engine.text.vocabulary import Vocabulary

CHARACTERS_PER_TOKEN = 16
"""No more text than that is tokenised for each token that fits: prose has four to five characters a token."""
_PROSE = 3
"""Characters of a token: hardly ever fewer in prose of a language with an alphabet."""
_GIVEN_UP = 0.25
"""Most of the tokens that fit which are left unread for the sake of the place."""
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
"""Where a context may begin, the best places first."""


def context_tokens(before: str, room: int, vocabulary: Vocabulary) -> tuple[int, ...]:
    """What is read before the canvas: the token that begins a sequence and up to `room` tokens of `before`, its last.

    A space at their end belongs to the next word. Where not all of the text fits, they begin with a paragraph, else a
    sentence, else a word, and with the same one while a person works somewhere after it, so that a kept context can be
    used again (`engine.models.prefix`). That takes up to a quarter of the room.
    """
    if not room:
        return (vocabulary.bos,)
    window = before[-room * CHARACTERS_PER_TOKEN :]
    skipped = len(before) - len(window)
    if window.endswith(" "):
        window = window[:-1]
    tokens = vocabulary.encode(window)
    if skipped or len(tokens) > room:
        tokens = vocabulary.encode(window[_start(window, skipped, tokens, room, vocabulary) :])
    return (vocabulary.bos, *tokens[max(0, len(tokens) - room) :])


def _start(window: str, skipped: int, tokens: Sequence[int], room: int, vocabulary: Vocabulary) -> int:
    """Where in the window to begin. skipped: code points of the text before the window. tokens: those of the window.

    The whole text is divided into stretches about half as long as what may be given up. In the first that begins where
    something may be given up, the best place stays the same until another stretch is the first.
    """
    fewest = room - int(_GIVEN_UP * room)
    if len(tokens) > fewest:
        # The first token may be the end of a character.
        texts = (vocabulary.text(tokens[-count:]).lstrip("\ufffd") for count in (room, fewest))
        low, high = (len(window) - len(text) for text in texts)
    else:
        # Tokens far longer than those of prose, as of a row of dashes.
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
