"""What scoring a text gives: how sure the model is of each token, and what else could stand there. Plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.frames import Alternative

_SHOWN = 20
"""Tokens in a table."""


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
    found = []
    start = 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            found.append((start, start + len(line.splitlines()[0])))
        start += len(line)
    return found


def table(text: str, found: Sequence[ParagraphScore]) -> str:
    """The tokens that the model expects least, for people. Lines and columns count from 1, columns in code points."""
    tokens = [(paragraph, token) for paragraph in found for token in paragraph.tokens]
    entropies = [token.entropy for _, token in tokens]
    lines = [
        f"{len(tokens)} tokens in {len(found)} paragraphs, mean entropy "
        f"{sum(entropies) / max(1, len(entropies)):.2f} nats"
    ]
    # Who reads the table sees characters, not the tokens that only continue one.
    least = sorted((item for item in tokens if item[1].text.strip()), key=lambda item: item[1].probability)[:_SHOWN]
    if not least:
        return lines[0]
    lines += ["", "line:column   probability   entropy   token and alternatives"]
    starts = {start: number for number, start in enumerate(_line_starts(text), start=1)}
    for paragraph, token in least:
        blanks = len(token.text) - len(token.text.lstrip())
        place = f"{starts[paragraph.start]}:{token.start + blanks - paragraph.start + 1}"
        others = ", ".join(
            f"{_readable(other.text)} {other.probability:.0%}"
            for other in token.alternatives
            if other.text != token.text
        )
        lines.append(
            f"{place:>11}   {token.probability:11.1%}   {token.entropy:7.2f}   {_readable(token.text)}: {others}"
        )
    return "\n".join(lines)


def _line_starts(text: str) -> list[int]:
    """Where each line of a text starts."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _readable(text: str) -> str:
    """A token in quotation marks, because the space before a word is part of it."""
    return repr(text) if text else "nothing"
