"""The result of scoring a text: how certain the model is of each token, and its alternatives. Plain data."""

from __future__ import annotations

from dataclasses import dataclass

from engine.contracts.frames import Alternative


@dataclass(frozen=True, slots=True)
class TokenScore:
    """One token of the text, and what the model expects in its place.

    start, end: its range in code points of the whole text. A grapheme belongs to the token it starts in, so a token
        that only continues one has an empty range.
    text: the writer's text in that range; the space before a word belongs to its first token.
    entropy: nats of the prediction.
    probability: of the writer's own token, 0 to 1.
    alternatives: up to five candidate tokens, best first, the writer's own possibly among them. An empty text is
        padding, for a checkpoint that leaves slots empty: the model would write nothing here.
    """

    start: int
    end: int
    text: str
    entropy: float
    probability: float
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class ParagraphScore:
    """A non-blank line of a text. start, end: its range in code points, without the line break.

    tokens: all of them, in reading order; their texts joined give the text of the range.
    """

    start: int
    end: int
    tokens: tuple[TokenScore, ...]


def paragraphs(text: str) -> list[tuple[int, int]]:
    """The ranges of a text that are scored, in code points: its non-blank lines, without line breaks."""
    found: list[tuple[int, int]] = []
    start = 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            found.append((start, start + len(line.splitlines()[0])))
        start += len(line)
    return found
