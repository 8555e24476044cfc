"""What scoring a text gives: how sure the model is of each token, and what else could stand there. Plain data."""

from __future__ import annotations

from dataclasses import dataclass

from engine.contracts.frames import Alternative


@dataclass(frozen=True, slots=True)
class TokenScore:
    """One token of a text as it stands, and what the model expects in its place.

    start, end: its range in code points of the whole text. A grapheme belongs to the token where it starts, so a token
        that only continues one has an empty range.
    text: the writer's text in that range; the space before a word belongs to its first token.
    entropy: nats of the prediction.
    probability: of the writer's own token, 0 to 1.
    alternatives: up to five tokens that could be written here, best first, the writer's own among them. An empty text
        is padding, for a checkpoint that leaves slots empty with it: nothing may stand here.
    """

    start: int
    end: int
    text: str
    entropy: float
    probability: float
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class ParagraphScore:
    """A line of a text that is not blank. start, end: its range in code points, without its line end.

    tokens: all of it, in reading order; their texts joined are the text of the range.
    """

    start: int
    end: int
    tokens: tuple[TokenScore, ...]


def paragraphs(text: str) -> list[tuple[int, int]]:
    """The ranges of a text that are scored, in code points: its lines, without line ends and without blank ones."""
    found: list[tuple[int, int]] = []
    start = 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            found.append((start, start + len(line.splitlines()[0])))
        start += len(line)
    return found
