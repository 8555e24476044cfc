"""The canvas as a grid of tokens: the content of each cell at a moment, and its description. Knows no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine import Decoder, Frame, SlotState

STATES = {
    SlotState.NOISE: "noise",
    SlotState.ACCEPTED: "locked",
    SlotState.RENOISED: "melting",
    SlotState.KEPT: "kept",
    SlotState.PINNED: "pinned",
}
"""The displayed name of a state."""
NO_TEXT = "–"
"""Shown for a token without text of its own: padding, or the rest of a character started by another token."""
_MARKS = str.maketrans({"\n": "↵", "\r": "↵", "\u2028": "↵", "\u2029": "↵", "\t": "⇥"})


@dataclass(frozen=True, slots=True)
class Cell:
    """One position of a canvas at a moment.

    block, place: which frame, and which of its positions. token, text: of the canvas, which is what
    the model sees next, or at the end of a block, of the draft, which is the result.
    entropy: nats; None where nothing was predicted. written: False where autoregressive decoding has not
    arrived yet.
    """

    block: int
    place: int
    token: int
    text: str
    state: SlotState
    entropy: float | None
    melts: int
    written: bool

    @property
    def label(self) -> str:
        """The text drawn in the cell: one line, with visible white space."""
        if not self.written:
            return ""
        shown = self.text.translate(_MARKS)
        return shown.strip() or "␣" * len(shown) or NO_TEXT


def blocks_until(frames: Sequence[Frame], index: int) -> tuple[Frame, ...]:
    """For each block or group that has begun by a frame, its last frame until then, in reading order."""
    last: dict[int, Frame] = {}
    for frame in reversed(frames[: index + 1]):
        last.setdefault(frame.group, frame)
        if frame.group == 0:
            break
    return tuple(last[group] for group in sorted(last))


def cells_of(blocks: Sequence[Frame], decoder: Decoder) -> list[Cell]:
    """All cells of the blocks, one block after another."""
    return [
        _cell(frame, number, place, decoder)
        for number, frame in enumerate(blocks)
        for place in range(len(frame.states))
    ]


def _cell(frame: Frame, block: int, place: int, decoder: Decoder) -> Cell:
    ended = frame.alternatives is not None
    state = frame.states[place]
    written = decoder is Decoder.DIFFUSION or state is not SlotState.NOISE
    predicted = frame.step > 0 and state is not SlotState.PINNED and written
    return Cell(
        block=block,
        place=place,
        token=(frame.draft_tokens if ended else frame.canvas_tokens)[place],
        text=(frame.pieces if ended else frame.canvas_pieces)[place],
        state=state,
        entropy=frame.entropies[place] if predicted else None,
        melts=frame.melts[place],
        written=written,
    )


def described(cell: Cell, blocks: Sequence[Frame], decoder: Decoder, *, alternatives: bool = True) -> str:
    """A cell in one or two lines of text. alternatives: whether to name other tokens."""
    frame = blocks[cell.block]
    place = f"Token {cell.place + 1} of {len(frame.states)}"
    if frame.groups > 1:
        place += f" in block {frame.group + 1} of {frame.groups}"
    if not cell.written:
        return f"{place}: not written yet."
    parts = [f"{place}: {quoted(cell.text)}, id {cell.token}", state_name(cell.state, decoder)]
    if cell.entropy is not None:
        parts.append(f"{cell.entropy:.2f} nats")
    if cell.melts:
        parts.append(f"melted {cell.melts} time{'s' if cell.melts > 1 else ''}")
    lines = [", ".join(parts) + "."]
    if not alternatives:
        return lines[0]
    if frame.alternatives is not None:
        best = frame.alternatives[cell.place]
        if best:
            shown = ", ".join(f"{quoted(other.text)} {other.probability:.0%}" for other in best)
            lines.append(f"Most probable in the last frame: {shown}.")
    elif frame.step and frame.draft_tokens[cell.place] != cell.token:
        lines.append(f"Its draft is {quoted(frame.pieces[cell.place])}.")
    return "\n".join(lines)


def state_name(state: SlotState, decoder: Decoder) -> str:
    """A state in a word. In autoregressive decoding nothing melts, and a written token is final."""
    return STATES[state] if decoder is Decoder.DIFFUSION else "written"


def quoted(text: str) -> str:
    """The text of a token in quotation marks, with visible line breaks; “empty” where it has none."""
    return f"“{text.translate(_MARKS)}”" if text else "empty"
