"""Watch a rewrite step by step: a dot is noise, and a wave is a token that melts again."""

from engine import EditRequest, Frame, SlotState
from engine.runs.session import Session

MARKS = {SlotState.NOISE: "·", SlotState.RENOISED: "~"}


def show(frame: Frame) -> None:
    """Print a step as one line."""
    pieces = zip(frame.pieces, frame.states, strict=True)
    text = "".join(MARKS.get(state, piece) for piece, state in pieces)
    print(f"{frame.step:3} {sum(frame.melts):3} melts | {text}")


session = Session.open()
sentence = "The old house on the hill had been empty for years."
result = session.run(EditRequest("", sentence, "", strength=0.6, seed=2), on_frame=show)
print(result.replacement)
