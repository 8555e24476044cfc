"""Fix by candidates: what is chosen melts and settles on the canvas, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Action, EditRequest, EditResult, Frame, Mistake, SlotState
from engine.contracts.corrections import corrected, moved
from engine.mending.mend import stretches
from engine.runs.session import Session
from engine.runs.watch import RunCancelledError


@pytest.fixture(scope="module")
def fixing(session) -> Session:
    """The embedded checkpoint with the task, offered or not."""
    return Session(replace(session.checkpoint, tasks=("fix",)), session.denoiser, session.vocabulary)


@pytest.fixture
def mend(fixing):
    def run(text: str, start: int = 0, end: int | None = None, **changes) -> tuple[EditResult, list[Frame]]:
        end = len(text) if end is None else end
        frames: list[Frame] = []
        request = EditRequest(text[:start], text[start:end], text[end:], Action.FIX, **changes)
        return fixing.run(request, on_frame=frames.append), frames

    return run


LETTER = "We walked along the rivver. The weather is beautifull today."


def test_misspelt_words_are_mended_with_a_reason(mend) -> None:
    result, _ = mend(LETTER)
    assert result.replacement == "We walked along the river. The weather is beautiful today."
    assert [(LETTER[item.start : item.end], item.replacement) for item in result.corrections] == [
        ("rivver", "river"),
        ("beautifull", "beautiful"),
    ]
    assert {item.reason for item in result.corrections} == {"spelling"}
    assert all(item.gain > 0 and item.kind is Mistake.SPELLING for item in result.corrections)


def test_the_chosen_words_melt_and_settle(mend) -> None:
    _, frames = mend(LETTER)
    assert frames[0].draft == LETTER
    assert frames[-1].draft == "We walked along the river. The weather is beautiful today."
    states = [set(frame.states) for frame in frames]
    assert all(SlotState.PINNED in seen for seen in states)
    assert any(SlotState.NOISE in seen for seen in states)
    assert states[-1] <= {SlotState.PINNED, SlotState.ACCEPTED}


def test_corrections_stand_in_the_whole_text(mend) -> None:
    text = f"Before it. {LETTER} After it."
    result, _ = mend(text, start=11, end=11 + len(LETTER))
    assert text[result.start : result.end] == LETTER
    inside = [moved(item, -result.start) for item in result.corrections]
    assert corrected(result.original, inside) == result.replacement != result.original


def test_only_the_selection_is_mended(mend) -> None:
    result, _ = mend(LETTER, start=LETTER.index("The"))
    assert [item.replacement for item in result.corrections] == ["beautiful"]


def test_pinned_words_stay(mend) -> None:
    at = LETTER.index("rivver")
    result, _ = mend(LETTER, pins=((at, at + 6),))
    assert [item.replacement for item in result.corrections] == ["beautiful"]


def test_a_text_without_mistakes_stays_and_says_so(mend) -> None:
    result, frames = mend("The weather is beautiful today.")
    assert not result.changed
    assert frames == []
    assert "Nothing was found" in result.note


def test_a_long_text_is_mended_part_by_part(mend) -> None:
    text = (
        "The weather was good and we walked along the river for a long time. " * 6 + "The weather is beautifull today."
    )
    result, frames = mend(text)
    assert result.replacement == text.replace("beautifull", "beautiful")
    assert frames[-1].groups > 1
    assert frames[-1].draft == result.replacement


def test_a_cancelled_run_gives_nothing(fixing) -> None:
    with pytest.raises(RunCancelledError):
        fixing.run(EditRequest("", LETTER, "", Action.FIX), cancelled=lambda: True)


PIECES = st.lists(
    st.sampled_from(
        ["teh", " teh", " cat", ".", ",", ", ", " ", "\n", "\n- ", "**", "é", "漢字", "👨‍👩‍👧", " שלום", "`teh`"]
    )
    | st.text(max_size=3),
    max_size=10,
).map("".join)


@settings(deadline=None, max_examples=15)
@given(PIECES)
def test_any_text_comes_back_but_for_its_corrections(fixing, text) -> None:
    result = fixing.run(EditRequest("", text, "", Action.FIX))
    inside = [moved(item, -result.start) for item in result.corrections]
    assert corrected(result.original, inside) == result.replacement
    assert result.replacement.count("\n") == text.count("\n")
    assert result.replacement.count("`teh`") == text.count("`teh`")


@given(st.text(alphabet="ab. \n", max_size=700), st.integers(0, 50))
def test_stretches_are_the_whole_range(text, start) -> None:
    start = min(start, len(text))
    found = list(stretches(text, start, len(text)))
    assert "".join(text[low:high] for low, high in found) == text[start:]
    assert all(0 < high - low <= 260 for low, high in found)
