"""Continuing a text, and filling a place from left to right, through the session and the command line."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Action, Decoder, EditRequest, EditResult, Frame, RequestError, SamplerSettings, SlotState
from engine.__main__ import main
from engine.runs.session import Session
from engine.runs.watch import RunCancelledError

EXAMPLES = settings.default.max_examples
"""Of the hypothesis profile; a test whose examples are costly takes a share of them."""

BEFORE = "The harbour was quiet when we came down in the morning, and the boats lay"
AFTER = " The old man laughed."
FEW = SamplerSettings(steps=3, entropy_bound=3.0)
DECODERS = list(Decoder)


def run(session: Session, request: EditRequest, **callbacks) -> tuple[EditResult, list[Frame]]:
    frames: list[Frame] = []
    return session.run(request, 3, on_frame=frames.append, **callbacks), frames


def continuation(decoder: Decoder, length: int | None = 10, before: str = BEFORE, **changes) -> EditRequest:
    return EditRequest(
        before, "", AFTER, Action.CONTINUE, length=length, decoder=decoder, settings=FEW, **{"seed": 2, **changes}
    )


@pytest.mark.parametrize("decoder", DECODERS)
def test_the_text_goes_on_where_it_was_left(session, decoder) -> None:
    result, frames = run(session, continuation(decoder))
    assert (result.start, result.end, result.original) == (len(BEFORE), len(BEFORE), "")
    assert result.replacement.strip()
    assert result.tokens == 10
    assert frames[-1].draft.rstrip() == result.replacement.rstrip()
    # Nothing is glued to the words on either side.
    assert not result.replacement[0].isalpha()
    assert "\n" not in result.replacement


def test_token_after_token_each_frame_has_one_more(session) -> None:
    result, frames = run(session, continuation(Decoder.AUTOREGRESSIVE))
    assert [frame.resolved for frame in frames[:-1]] == list(range(10))
    assert frames[-1].resolved == 10
    assert result.forward_passes == result.steps == len(frames) - 1 == 10
    assert result.melts == 0
    assert result.tokens_per_forward == 1
    assert frames[-1].alternatives is not None
    assert all(len(row) == 5 for row in frames[-1].alternatives)
    for earlier, later in itertools.pairwise(frames):
        assert later.draft.startswith(earlier.draft.rstrip("\ufffd"))


def test_long_output_comes_in_blocks(session) -> None:
    groups: list[tuple[int, int]] = []
    count = 2 * session.block + 5
    result, frames = run(
        session, continuation(Decoder.DIFFUSION, count), on_group=lambda number, of: groups.append((number, of))
    )
    assert groups == [(0, 3), (1, 3), (2, 3)]
    assert [len(frame.states) for frame in frames if frame.step == 0] == [session.block, session.block, 5]
    assert result.tokens == count
    assert result.replacement.startswith(next(frame.head for frame in frames if frame.group == 2).rstrip())
    assert result.forward_passes == sum(frame.step > 0 for frame in frames)


@pytest.mark.parametrize("decoder", DECODERS)
def test_what_follows_is_not_seen(session, decoder) -> None:
    one, two = (session.run(replace(continuation(decoder), after=after)) for after in (AFTER, " Nothing else."))
    assert one.replacement == two.replacement


@pytest.mark.parametrize("decoder", DECODERS)
def test_the_same_seed_gives_the_same_text_and_another_another(session, decoder) -> None:
    one, two, other = (session.run(continuation(decoder, seed=seed)).replacement for seed in (5, 5, 6))
    assert one == two != other
    assert session.run(continuation(decoder, seed=5, variants=2)).variants in ((one, other), (other, one))


@pytest.mark.parametrize("decoder", DECODERS)
def test_it_can_be_cancelled_at_any_time(session, decoder) -> None:
    for after in (0, 1, 4):
        seen: list[Frame] = []
        with pytest.raises(RunCancelledError):
            session.run(
                continuation(decoder, 3 * session.block),
                on_frame=seen.append,
                cancelled=lambda seen=seen, after=after: len(seen) > after,
            )
        assert len(seen) <= after + 2


def test_a_fill_from_left_to_right_replaces_the_selection_and_keeps_its_white_space(session) -> None:
    request = EditRequest(
        BEFORE, " so still that nobody spoke ", "again.", Action.FILL, decoder=Decoder.AUTOREGRESSIVE, settings=FEW
    )
    result, frames = run(session, request)
    assert result.original == " so still that nobody spoke "
    assert result.replacement.startswith(" ")
    assert result.replacement.endswith(" ")
    assert result.replacement.strip()
    assert len(frames[-1].states) == len(session.vocabulary.encode(result.original))


@pytest.mark.parametrize("decoder", DECODERS)
@settings(max_examples=EXAMPLES // 10)
@given(before=st.text(max_size=20), selection=st.text(max_size=6), after=st.text(max_size=6))
def test_any_text_can_be_continued(session, decoder, before, selection, after) -> None:
    quick = SamplerSettings(steps=1)
    request = EditRequest(before, selection, after, Action.CONTINUE, length=3, decoder=decoder, settings=quick)
    result, frames = run(session, request)
    assert result.start == result.end >= len(before) + len(selection)
    assert not set(result.replacement) & set("\n\r\x00\ufffd")
    assert frames[0].states == (SlotState.NOISE,) * 3


def test_more_than_the_context_is_read_from_its_end(session) -> None:
    long = "A long text that is far beyond what the checkpoint was trained on. " * 60
    for decoder in DECODERS:
        result, _ = run(session, continuation(decoder, session.checkpoint.trained_context + 20, before=long.strip()))
        assert result.tokens == session.checkpoint.trained_context + 20


def test_what_cannot_be_done_is_one_line(session) -> None:
    with pytest.raises(RequestError, match="from left to right"):
        session.run(EditRequest("", "one two", "", Action.REWRITE, decoder=Decoder.AUTOREGRESSIVE))
    with pytest.raises(RequestError, match="pinned"):
        session.run(EditRequest("", "one two", "", Action.FILL, pins=((0, 3),), decoder=Decoder.AUTOREGRESSIVE))
    other = Session(replace(session.checkpoint, tasks=("fill",)), session.denoiser, session.vocabulary)
    with pytest.raises(RequestError, match="continue"):
        other.run(continuation(Decoder.DIFFUSION))


@pytest.mark.parametrize("decoder", DECODERS)
def test_the_command_line_continues(tmp_path, capsys, decoder) -> None:
    path = tmp_path / "text.txt"
    path.write_text(BEFORE + AFTER, "utf-8")
    flags = ["--at", str(len(BEFORE)), "--tokens", "6", "--decoder", decoder.value, "--steps", "2", "--json"]
    assert main(["continue", str(path), *flags]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["text"] == BEFORE + found["replacement"] + AFTER
    assert found["tokens"] == 6
    assert found["forward_passes"] == (6 if decoder is Decoder.AUTOREGRESSIVE else found["steps"])
