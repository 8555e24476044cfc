"""What a person changes during a run, and runs that are repeated and branch off."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Action, Change, EditRequest, Frame, Melt, Move, Pin, RequestError, Reseed, SamplerSettings, SlotState
from engine.runs.session import Session
from engine.runs.watch import Inbox

EXAMPLES = settings.default.max_examples
"""Of the hypothesis profile; a test whose examples are costly takes a share of them."""

BEFORE = "The keeper of the lighthouse wrote a letter. "
SELECTION = "He told his sister about the storm and about the boats."
AFTER = " She read it twice."
SLOW = SamplerSettings(steps=6, entropy_bound=0.5, temperature_high=0.8, temperature_low=0.4, confidence=1e-6)
FILL = EditRequest(BEFORE, SELECTION, AFTER, Action.FILL, settings=SLOW, seed=5)
REWRITE = replace(FILL, action=Action.REWRITE)
ON = EditRequest(BEFORE, "", AFTER, Action.CONTINUE, length=24, settings=SLOW)


class Scripted(Inbox):
    """Asks for some changes when it is asked for the nth time, and keeps the answers."""

    def __init__(self, at: int, *changes: Change) -> None:
        self.at, self.changes = at, changes
        self.answers: list[tuple[Change, str]] = []

    def take(self) -> Sequence[Change]:
        self.at -= 1
        return self.changes if self.at == -1 else ()

    def answer(self, change: Change, refusal: str) -> None:
        self.answers.append((change, refusal))


def watch(session: Session, request: EditRequest, inbox: Inbox | None = None):
    """The result of a run and its frames, without the clock."""
    frames: list[Frame] = []
    result = session.run(request, on_frame=frames.append, inbox=inbox)
    return result, [replace(frame, seconds=0.0) for frame in frames]


def slot_of(frame: Frame, start: int = 0) -> int:
    """The first position that a person may change."""
    return next(index for index in range(start, len(frame.states)) if frame.states[index] is not SlotState.PINNED)


@pytest.mark.parametrize("request_", [FILL, REWRITE, ON], ids=["fill", "rewrite", "continue"])
def test_a_typed_word_stays_from_the_next_step_on(session, request_):
    inbox = Scripted(2, Pin(4, "Zürich"))
    result, frames = watch(session, request_, inbox)
    assert inbox.answers == [(Pin(4, "Zürich"), "")]
    assert all("Zürich" not in frame.draft for frame in frames[:3])
    assert all("Zürich" in frame.draft for frame in frames[3:])
    assert "Zürich" in result.replacement
    pinned = [index for index, state in enumerate(frames[3].states) if state is SlotState.PINNED]
    typed = [index for index in pinned if frames[2].states[index] is not SlotState.PINNED]
    assert typed
    assert all(frame.states[index] is SlotState.PINNED for frame in frames[3:] for index in typed)
    assert all(frame.canvas_tokens[index] == frames[3].canvas_tokens[index] for frame in frames[3:] for index in typed)
    assert [move.change for move in result.moves] == [Pin(4, "Zürich")]


words = st.text(string.ascii_letters + "éß漢字👩‍🚀'-.,!()& ", min_size=1, max_size=12).filter(
    lambda text: text.strip() == text
)


@settings(max_examples=EXAMPLES // 5)
@given(typed=st.lists(st.tuples(words, st.integers(0, 20)), min_size=1, max_size=3), data=st.data())
def test_what_is_typed_stays_letter_by_letter_or_is_refused(session, typed, data):
    request = data.draw(st.sampled_from([FILL, REWRITE, ON]))
    quick = replace(request, settings=replace(SLOW, steps=4), seed=data.draw(st.integers(0, 99)))
    inboxes = [Pin(position, text) for text, position in typed]
    # Each on a run of its own, so that none is typed over by the next.
    for pin in inboxes:
        inbox = Scripted(data.draw(st.integers(0, 3)), pin)
        result, frames = watch(session, quick, inbox)
        ((_, refusal),) = inbox.answers
        assert (pin.text in result.replacement) or refusal
        assert len(refusal.splitlines()) <= 1
        assert frames[-1].resolved == len(frames[-1].states)
        assert result.original == quick.text[result.start : result.end]


def test_a_typed_word_is_not_glued_to_its_neighbours(session):
    for seed in range(6):
        result, _ = watch(session, replace(FILL, seed=seed), Scripted(1, Pin(3, "umbrella")))
        assert re.search(r"(?<![^\W_])umbrella(?![^\W_])", result.replacement)


@pytest.mark.parametrize("request_", [FILL, REWRITE], ids=["fill", "rewrite"])
def test_a_word_that_melts_is_noise_and_does_not_come_again(session, request_):
    _, frames = watch(session, request_)
    before = frames[3]
    position = next(
        index
        for index, piece in enumerate(before.pieces)
        if piece[:1] == " " and before.states[index] in (SlotState.ACCEPTED, SlotState.KEPT)
    )
    _, changed = watch(session, request_, Scripted(3, Melt(position)))
    assert changed[:4] == frames[:4]
    assert changed[4].states[position] is SlotState.RENOISED
    assert changed[4].melts[position] == before.melts[position] + 1
    assert all(frame.draft_tokens[position] != before.draft_tokens[position] for frame in changed[4:])


def test_a_typed_word_can_melt_and_be_typed_over(session):
    result, frames = watch(session, FILL, Scripted(2, Pin(3, "umbrella"), Pin(3, "Oslo")))
    assert "Oslo" in result.replacement
    assert "umbrella" not in result.replacement
    result, frames = watch(session, FILL, Scripted(2, Pin(3, "umbrella"), Melt(3)))
    assert "umbrella" not in frames[3].draft
    assert SlotState.PINNED not in frames[3].states


def test_melting_what_stands_behind_a_typed_word_leaves_it_alone(session):
    length = len(session.vocabulary.encode(" umbrella"))
    for position in range(3 + length, 14):
        result, _ = watch(session, FILL, Scripted(2, Pin(3, "umbrella"), Melt(position)))
        assert "umbrella" in result.replacement


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (Pin(400, "word"), "no slot"),
        (Melt(-1), "no slot"),
        (Pin(2, "word", group=3), "finished"),
        (Pin(2, "a" * 200), "room"),
    ],
)
def test_what_cannot_be_changed_is_refused_and_changes_nothing(session, change, word):
    plain, frames = watch(session, FILL)
    inbox = Scripted(2, change)
    result, others = watch(session, FILL, inbox)
    ((_, refusal),) = inbox.answers
    assert word in refusal
    assert others == frames
    assert (result.replacement, result.moves) == (plain.replacement, ())


def test_a_pinned_word_of_the_writer_does_not_melt(session):
    asked = replace(FILL, pins=((SELECTION.index("sister"), SELECTION.index("sister") + 6),))
    _, frames = watch(session, asked)
    position = next(index for index, piece in enumerate(frames[0].pieces) if "sister" in piece)
    inbox = Scripted(1, Melt(position))
    watch(session, asked, inbox)
    assert "cannot change" in inbox.answers[0][1]


@pytest.mark.parametrize("text", ["", " ", " word", "two\nlines", "two\u2028lines"])
def test_typing_needs_a_line_of_text(text):
    with pytest.raises(RequestError, match="line break"):
        Pin(0, text)


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_out_of_bounds_is_refused(seed):
    with pytest.raises(RequestError, match="seed"):
        Reseed(seed)


@pytest.mark.parametrize("request_", [FILL, REWRITE, ON], ids=["fill", "rewrite", "continue"])
def test_a_run_is_repeated_with_all_that_a_person_changed(session, request_):
    result, frames = watch(session, request_, Scripted(2, Pin(4, "Zürich"), Melt(1)))
    again, repeated = watch(session, replace(request_, script=result.moves))
    assert repeated == frames
    assert (again.replacement, again.moves) == (result.replacement, result.moves)


@pytest.mark.parametrize("request_", [FILL, REWRITE, ON], ids=["fill", "rewrite", "continue"])
@pytest.mark.parametrize("step", [1, 3, 4])
def test_a_branch_is_the_same_up_to_its_frame_and_another_run_behind(session, request_, step):
    result, frames = watch(session, request_)
    frame = frames[step]
    branched, others = watch(session, request_.branch(result, frame.forward_passes, Reseed(77)))
    assert others[: step + 1] == frames[: step + 1]
    assert others[step + 1 :] != frames[step + 1 :]
    assert branched.moves == (Move(frame.forward_passes, Reseed(77)),)
    # From there a further branch, with a word typed: both changes hold.
    twig = request_.branch(branched, others[step + 1].forward_passes, Pin(slot_of(frame), "Oslo"))
    result, _ = watch(session, twig)
    assert "Oslo" in result.replacement
    assert len(result.moves) == 2


def test_a_branch_leaves_out_what_was_changed_behind_it(session):
    result, frames = watch(session, FILL, Scripted(4, Pin(4, "Zürich")))
    back = FILL.branch(result, frames[2].forward_passes)
    assert back.script == ()
    assert watch(session, back)[1] == watch(session, FILL)[1]


def test_a_script_that_cannot_be_fails_in_one_line(session):
    with pytest.raises(RequestError, match="no slot"):
        session.run(replace(FILL, script=(Move(1, Melt(900)),)))


def test_all_variants_have_what_was_typed(session):
    result, _ = watch(session, replace(FILL, variants=3), Scripted(2, Pin(4, "Zürich")))
    assert all("Zürich" in variant for variant in result.variants)
