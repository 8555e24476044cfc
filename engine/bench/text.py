"""A text for the measurements."""

from __future__ import annotations

from engine.runs.session import Session

TEXT = (
    "The harbour was quiet when we came down in the morning, and the boats lay so still that each of them stood on "
    "its own picture. An old man sold coffee from a cart. He asked where we were going, and when we told him, he "
    "laughed and gave us a second cup. Nobody crosses the bay in this month, he said, because the wind turns at noon "
    "and does not turn back before dark. We thanked him and went to look for the ferry all the same."
)


def context(session: Session) -> list[int]:
    """As many of its tokens as the checkpoint can read."""
    return [session.vocabulary.bos, *session.vocabulary.encode(TEXT)[: session.checkpoint.trained_context - 1]]
