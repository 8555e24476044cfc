from __future__ import annotations

import itertools
import shutil
import time
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import regex
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    Action,
    CheckpointError,
    DenoisingError,
    EditRequest,
    EditResult,
    Exactly,
    Frame,
    MemoryShortageError,
    RequestError,
    Sampler,
    SamplerSettings,
    SlotState,
    StoppedBy,
    TextMap,
    Unit,
)
from engine.models.checkpoint_folder import embedded_checkpoint
from engine.runs.session import Session
from engine.runs.watch import RunCancelledError
from engine.text.segments import SegmentKind, cut

EXAMPLES = settings.default.max_examples
"""Of the hypothesis profile; a test whose examples are costly takes a share of them."""

SIZE, PAD = 16384, 0
WHITE = " \t\n\r\u00a0\u2028\u2029"
SENTENCE = "The quick brown fox jumps over the lazy dog and sleeps in the warm sun until noon. "
PARTS = [
    *("👨‍👩‍👧", "🇩🇪", "e\u0301", "\u0301", "\u200d", "\ufeff", "\ud83d", "𝔘", "שלום", "مرحبا", "漢字", "ไทย", "नमस्ते"),
    *(
        "one",
        " two",
        " three",
        "Four",
        " don’t",
        " 3.14",
        " well-known",
        ". ",
        "! ",
        "?”",
        ", ",
        " ",
        "   ",
        "\t",
        "\u00a0",
    ),
    *("\n", "\r\n", "\n\n", "\r", "\u2028", "  \n  ", "\n- ", "\n1. ", "\n## ", "- ", "# ", "> ", "**", "_", "~~", "|"),
    *(
        "`code x`",
        "[",
        "](u v)",
        "https://a.b/c",
        "<b>",
        "\ufffd",
        "\x00",
        "<pad>",
        " he said that it was good",
        "y" * 300,
    ),
]
ACTIONS = (Action.REWRITE, Action.FILL)
"""What every checkpoint does; the tasks have tests of their own."""
texts = st.lists(st.sampled_from(PARTS) | st.text(max_size=4), max_size=14).map("".join)


@st.composite
def requests(draw, texts: st.SearchStrategy[str] = texts, steps: int = 3) -> EditRequest:
    """Any request on any text."""
    text = draw(texts)
    start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    pins = []
    if start < end:
        for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
            low = draw(st.integers(0, end - start - 1))
            pins.append((low, draw(st.integers(low + 1, min(end - start, low + 8)))))
    action = draw(st.sampled_from(ACTIONS))
    return EditRequest(
        text[:start],
        text[start:end],
        text[end:],
        action,
        strength=draw(st.sampled_from([0.0, 0.01, 0.3, 0.5, 0.99, 1.0]) | st.floats(0, 1)),
        length=draw(st.none() | st.integers(1, 64)) if action is Action.FILL else None,
        pins=tuple(pins),
        seed=draw(st.integers(0, 2**63 - 1)),
        variants=draw(st.sampled_from([1, 1, 2, 3])),
        settings=SamplerSettings(
            steps=draw(st.integers(1, steps)),
            entropy_bound=draw(st.sampled_from([0.01, 1.0, 40.0])),
            sampler=draw(st.sampled_from(Sampler)),
            causal_weight=draw(st.sampled_from([0.0, 0.0, 0.8])),
        ),
    )


def run(session: Session, request: EditRequest, **callbacks) -> tuple[EditResult, list[Frame]]:
    """A run with all its frames."""
    frames: list[Frame] = []
    return session.run(request, 7, on_frame=frames.append, **callbacks), frames


def in_order(parts: Sequence[str], text: str) -> bool:
    """Whether all parts are found in the text one behind the other."""
    position = 0
    for part in parts:
        position = text.find(part, position)
        if position < 0:
            return False
        position += len(part)
    return True


def merged(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping ranges made one."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low < found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def controls(text: str) -> Counter[str]:
    """What a model may not add: control characters, line separators, replacement characters, lone surrogates."""
    return Counter(
        character
        for character in text
        if character == "\ufffd" or unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs")
    )


def breaks(text: str) -> list[str]:
    return [character for character in text if character in "\n\r\u2028\u2029"]


def check_result(request: EditRequest, result: EditResult) -> None:
    """What holds for every run whatever the model says."""
    text = request.text
    assert (result.run, result.action) == (7, request.action)
    assert 0 <= result.start <= result.end <= len(text)
    assert result.original == text[result.start : result.end]
    for place in (result.start, result.end):
        assert not [span for span in (m.span() for m in regex.finditer(r"\X", text)) if span[0] < place < span[1]]
    low, high = TextMap(text).widen(request.start, request.end)
    blank = not text[low:high].strip()
    if request.selection and not (request.action is Action.FILL and blank):
        assert result.start <= request.start
        assert result.end >= request.end
    assert result.variants[0] == result.replacement
    assert 1 <= len(result.variants) <= request.variants
    assert len(set(result.variants)) == len(result.variants)
    assert result.stopped_by in (StoppedBy.CONVERGED, StoppedBy.STEPS)
    assert bool(result.note) == all(variant == result.original for variant in result.variants)
    assert len(result.note.splitlines()) <= 1
    for variant in result.variants:
        check_text(request, result, variant)


def check_text(request: EditRequest, result: EditResult, variant: str) -> None:
    """One variant keeps what must be kept and adds nothing that must not be added."""
    original = result.original
    assert not controls(variant) - controls(original), "a character that nobody wrote"
    assert breaks(variant) == breaks(original)
    if not original:
        return
    assert variant.strip(WHITE) or not original.strip(WHITE)
    if original.strip(WHITE):
        assert variant[: -len(variant.lstrip(WHITE))] == original[: -len(original.lstrip(WHITE))]
        assert variant[len(variant.rstrip(WHITE)) :] == original[len(original.rstrip(WHITE)) :]
    pins = [(request.start + low, request.start + high) for low, high in request.pins]
    assert in_order([request.text[low:high] for low, high in merged(pins)], variant), "a pinned range changed"
    fixed = [
        segment.text
        for segment in cut(request.text, result.start, result.end, pins)
        if segment.kind is SegmentKind.FIXED
    ]
    assert in_order(fixed, variant), "a mark or a line break changed"


def check_frames(request: EditRequest, result: EditResult, frames: list[Frame]) -> None:
    """The frames of a run tell one story, and it ends with the result."""
    canvases: list[list[Frame]] = []
    for frame in frames:
        if frame.step == 0:
            canvases.append([])
        canvases[-1].append(frame)
        check_frame(frame, result)
    passes = [frame.forward_passes for frame in frames]
    assert passes == sorted(passes)
    assert [frame.seconds for frame in frames] == sorted(frame.seconds for frame in frames)
    assert [frame.group for frame in frames] == sorted(frame.group for frame in frames)
    for canvas in canvases:
        check_canvas(canvas)
    assert result.steps == sum(len(canvas) - 1 for canvas in canvases)
    assert result.melts == sum(sum(canvas[-1].melts) for canvas in canvases)
    assert result.forward_passes == (passes[-1] if passes else 0)
    assert result.forward_passes >= result.steps
    if frames and "".join(frames[-1].pieces):
        if result.original:
            assert frames[-1].draft in result.variants
        else:
            assert frames[-1].draft.strip(" ") in [variant.strip(" ") for variant in result.variants]
    if not frames:
        assert result.replacement == result.original


def check_frame(frame: Frame, result: EditResult) -> None:
    """One frame in itself and beside the result."""
    assert (frame.run, frame.variant, frame.start, frame.end) == (7, 0, result.start, result.end)
    assert 0 <= frame.group < frame.groups
    assert 0 <= frame.step <= frame.steps
    assert len(frame.states) > 0
    rows = (frame.canvas_tokens, frame.draft_tokens, frame.canvas_pieces, frame.pieces, frame.entropies, frame.melts)
    assert {len(row) for row in rows} == {len(frame.states)}
    assert all(entropy >= -1e-4 for entropy in frame.entropies)
    assert (frame.temperature > 0) == (frame.step > 0)
    assert any(variant.startswith(frame.head) for variant in result.variants)
    assert result.original.endswith(frame.tail)
    noise = sum(state in (SlotState.NOISE, SlotState.RENOISED) for state in frame.states)
    assert frame.resolved == len(frame.states) - noise
    for index, state in enumerate(frame.states):
        if state is SlotState.PINNED:
            assert frame.canvas_tokens[index] == frame.draft_tokens[index]
            assert frame.entropies[index] == 0


def check_canvas(frames: list[Frame]) -> None:
    """The steps of one canvas."""
    assert [frame.step for frame in frames] == list(range(len(frames)))
    assert {len(frame.states) for frame in frames} == {len(frames[0].states)}
    assert not any(frames[0].melts)
    resolved = (SlotState.ACCEPTED, SlotState.KEPT)
    for before, after in itertools.pairwise(frames):
        # The causal head may take part, but not before there is a draft to read.
        assert after.forward_passes - before.forward_passes in ((1,) if before.step == 0 else (1, 2))
        for index, (was, now) in enumerate(zip(before.states, after.states, strict=True)):
            melted = after.melts[index] - before.melts[index]
            assert melted == (now is SlotState.RENOISED)
            assert (now is SlotState.RENOISED) <= (was in resolved)
            assert (now is SlotState.NOISE) <= (was not in resolved)
            assert (now is SlotState.KEPT) <= (was is SlotState.KEPT)
            assert (now is SlotState.PINNED) == (was is SlotState.PINNED)
            if now is SlotState.KEPT:
                assert after.draft_tokens[index] == after.canvas_tokens[index] == frames[0].draft_tokens[index]
    last = frames[-1]
    assert last.step > 0
    assert last.resolved == len(last.states)
    assert all(frame.alternatives is None for frame in frames[:-1])
    assert len(last.alternatives) == len(last.states)
    for state, alternatives in zip(last.states, last.alternatives, strict=True):
        assert len(alternatives) == (0 if state is SlotState.PINNED else 5)
        probabilities = [alternative.probability for alternative in alternatives]
        assert probabilities == sorted(probabilities, reverse=True)
        assert sum(probabilities) <= 1.001


def still(frames: list[Frame]) -> list[Frame]:
    """Frames without what the clock says."""
    return [replace(frame, seconds=0.0) for frame in frames]


wishes = st.one_of(
    st.lists(st.sampled_from([*PARTS, " a", " the", "x", "\u0085", "\u2028"]), min_size=1, max_size=4).map("".join),
    st.lists(st.just(PAD) | st.integers(16, 271) | st.integers(0, SIZE - 1), min_size=1, max_size=6),
)


FEW = SamplerSettings(steps=3)


@settings(max_examples=EXAMPLES // 2)
@given(asked=requests(), wish=wishes, certainty=st.sampled_from([3.0, 12.0, 20.0]))
def test_whatever_a_model_wants_to_write_the_writer_loses_nothing(insistent, asked, wish, certainty):
    check_run(insistent(wish, certainty), asked)


@pytest.mark.parametrize(
    "wish", ["\ufffd", "a\ufffd", "a\u0085b", "\u0090", "a\u2028b", "\x1b", "\n", "\r\n", "\ufeff"]
)
def test_a_model_writes_no_control_character_and_no_line_break(insistent, wish):
    check_run(insistent(wish), EditRequest("so ", "one two three", " end", Action.FILL, settings=FEW))


@pytest.mark.parametrize("wish", [" the", " ", "the ", "\u00a0", [PAD], [PAD, PAD, 300], [300, PAD]])
@pytest.mark.parametrize("strength", [0.2, 0.5, 0.8, 1.0])
@pytest.mark.parametrize(
    "selection", ["one two three", "  one two three  ", "**one two** three\n- four", "one\n\ntwo three"]
)
def test_white_space_at_the_ends_and_at_marks_is_the_writers(insistent, selection, strength, wish):
    for certainty in (9.0, 20.0):
        check_run(insistent(wish, certainty), EditRequest("so ", selection, " end", strength=strength, settings=FEW))


@pytest.mark.parametrize("length", [1, 40, 60, 64])
@pytest.mark.parametrize("selection", ["one **two** three", "`x = 1` one `y = 2` two", "one two", ""])
def test_a_fill_of_any_length_fits_the_trained_canvas(insistent, selection, length):
    check_run(insistent(" a", 9.0), EditRequest("so ", selection, " end", Action.FILL, length=length, settings=FEW))


def check_run(session: Session, asked: EditRequest) -> None:
    """A run on a session with an insistent model keeps every rule."""
    result, frames = run(session, asked)
    check_result(asked, result)
    check_frames(asked, result, frames)
    checkpoint, denoiser = session.checkpoint, session.denoiser
    assert all(canvas.shape[1] <= checkpoint.trained_canvas for canvas in denoiser.canvases)
    assert all(1 <= len(tokens) <= checkpoint.trained_context for tokens in denoiser.prefills)
    assert len(denoiser.canvases) + denoiser.expectations == result.forward_passes or asked.variants > 1


@settings(max_examples=EXAMPLES // 5)
@given(asked=requests())
def test_the_embedded_checkpoint_keeps_what_must_be_kept(session, asked):
    result, frames = run(session, asked)
    check_result(asked, result)
    check_frames(asked, result, frames)


@settings(max_examples=EXAMPLES // 10)
@given(asked=requests())
def test_the_same_seed_gives_the_same_run(session, asked):
    torch.manual_seed(1)
    first, frames = run(session, asked)
    torch.manual_seed(2)
    state = torch.random.get_rng_state()
    second, again = run(session, asked)
    clocks = {"seconds": 0.0, "prefill_seconds": 0.0}
    assert replace(first, **clocks) == replace(second, **clocks)
    assert still(frames) == still(again)
    assert torch.equal(torch.random.get_rng_state(), state), "the global generator was used"


def test_another_seed_gives_another_text(session):
    asked = EditRequest("He said: ", "The quick brown fox jumps.", "", strength=1, settings=FEW)
    assert len({session.run(replace(asked, seed=seed)).replacement for seed in range(4)}) > 1


@settings(max_examples=EXAMPLES // 2)
@given(asked=requests())
def test_at_strength_0_nothing_changes_and_no_pass_is_made(insistent, asked):
    asked = replace(asked, action=Action.REWRITE, length=None, strength=0.0)
    session = insistent("x")
    result, frames = run(session, asked)
    check_result(asked, result)
    assert result.variants == (result.original,)
    assert (frames, session.denoiser.canvases) == ([], [])
    assert (result.steps, result.forward_passes, result.tokens, result.melts) == (0, 0, 0, 0)
    assert result.tokens_per_forward == 0


@settings(max_examples=EXAMPLES // 5)
@given(asked=requests(), polls=st.integers(0, 8))
def test_a_cancelled_run_raises_and_does_nothing_more(insistent, asked, polls):
    session = insistent("x y", 9.0)
    seen: list[int] = []
    asked_for = 0

    def cancelled() -> bool:
        nonlocal asked_for
        asked_for += 1
        return asked_for > polls

    try:
        session.run(asked, on_frame=lambda frame: seen.append(len(session.denoiser.canvases)), cancelled=cancelled)
    except RunCancelledError:
        assert asked_for == polls + 1
        assert len(session.denoiser.canvases) == polls, "a pass was made after the run was cancelled"
    else:
        assert asked_for <= polls
        assert len(session.denoiser.canvases) == asked_for, "a pass was made without asking first"


@settings(max_examples=EXAMPLES // 5)
@given(asked=requests())
def test_cancelling_before_any_step_leaves_nothing(insistent, asked):
    session = insistent("x")
    frames: list[Frame] = []
    try:
        result = session.run(asked, on_frame=frames.append, cancelled=lambda: True)
    except RunCancelledError:
        pass
    else:
        assert not result.changed
    assert session.denoiser.canvases == []
    assert all(frame.step == 0 for frame in frames)


def test_a_run_can_follow_a_cancelled_one(session):
    asked = EditRequest("He said: ", "The quick brown fox jumps.", "", settings=FEW)
    expected = session.run(asked).variants
    with pytest.raises(RunCancelledError):
        session.run(asked, cancelled=lambda: True)
    assert session.run(asked).variants == expected


@pytest.mark.parametrize("strength", [0.3, 1.0])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_long_selection_is_done_group_by_group_as_one_result(session, action, strength):
    text = "Before. " + SENTENCE * 8 + "\n\n- " + SENTENCE * 2 + "After."
    start, end = len("Before. "), len(text) - len("After.")
    asked = EditRequest(
        text[:start], text[start:end], text[end:], action, strength, settings=SamplerSettings(steps=2, entropy_bound=9)
    )
    started: list[tuple[int, int]] = []
    groups: list[tuple[int, int]] = []
    result, frames = run(
        session,
        asked,
        on_start=lambda start, end: started.append((start, end)),
        on_group=lambda group, count: groups.append((group, count)),
    )
    check_result(asked, result)
    check_frames(asked, result, frames)
    assert started == [(start, end)]
    count = groups[0][1]
    assert count > 3
    assert groups == [(number, count) for number in range(count)]
    assert {(frame.group, frame.groups) for frame in frames} == set(groups)
    assert result.changed
    assert result.steps >= count


def test_a_short_selection_reports_no_groups(session):
    groups: list[int] = []
    session.run(EditRequest("", "one two", "", settings=FEW), on_group=lambda group, count: groups.append(group))
    assert groups == []


def test_each_group_reads_what_the_one_before_it_became(insistent, vocabulary):
    session = insistent(" new", 9.0)
    result = session.run(EditRequest("", SENTENCE * 8, "", strength=1, settings=SamplerSettings(steps=1)))
    contexts = ["".join(vocabulary.pieces(tokens)) for tokens in session.denoiser.prefills]
    assert len(contexts) > 3
    assert contexts[0] == ""
    assert all("quick" not in context and result.replacement.rfind(context) >= 0 for context in contexts[1:])


def test_a_late_group_that_stays_empty_keeps_its_words(insistent):
    result, frames = run(insistent([PAD]), EditRequest("", SENTENCE * 5, "", strength=1, settings=FEW))
    assert result.replacement == result.original
    assert "found nothing" in result.note
    assert len({frame.group for frame in frames}) > 2


@pytest.mark.parametrize("selection", ["", "   ", "\n", "\r\n\r\n", "\u00a0", "**", "`code`", "\ufeff"])
@pytest.mark.parametrize("around", [("", ""), ("one ", " two"), ("one\n", "\ntwo")])
def test_a_rewrite_of_nothing_changes_nothing_and_says_so(insistent, selection, around):
    session = insistent("x")
    asked = EditRequest(around[0], selection, around[1], settings=FEW)
    result, frames = run(session, asked)
    check_result(asked, result)
    assert not result.changed
    assert "No words" in result.note
    assert (frames, session.denoiser.canvases) == ([], [])


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "text", ["👨‍👩‍👧", "x", "漢", "שלום עולם", "漢字かな交じり文", "\ud83d", "...", "\x00", "y" * 500, SENTENCE.strip()]
)
def test_a_selection_of_the_whole_text(session, text, action):
    asked = EditRequest("", text, "", action, strength=1, settings=FEW)
    result, frames = run(session, asked)
    check_result(asked, result)
    check_frames(asked, result, frames)
    assert (result.start, result.end) == (0, len(text))


@pytest.mark.parametrize(
    ("before", "after"),
    [("", ""), ("", "one"), ("one", ""), ("one ", " two"), ("one,", "two"), ("漢", "字"), ("a\n", "\nb")],
)
def test_a_fill_of_an_empty_place_joins_no_words(insistent, before, after):
    asked = EditRequest(before, "", after, Action.FILL, settings=FEW)
    result, frames = run(insistent("and"), asked)
    check_result(asked, result)
    check_frames(asked, result, frames)
    whole = before + result.replacement + after
    assert "and" in result.replacement
    assert not regex.search(r"(?:one|two)and|and(?:one|two)", whole)


def test_a_fill_inside_a_word_stands_behind_it(insistent):
    result = insistent(" and").run(EditRequest("on", "", "e two", Action.FILL, settings=FEW))
    assert result.start == result.end == 3


def test_a_fill_of_white_space_leaves_the_white_space(insistent):
    for selection in ("  ", "\n\n\n\n", " \n "):
        asked = EditRequest("one", selection, "two", Action.FILL, settings=FEW)
        result, _ = run(insistent("and"), asked)
        check_result(asked, result)
        assert result.original == ""
        assert 3 <= result.start <= 3 + len(selection)


@pytest.mark.parametrize("length", [1, 2, 7, 31, 64])
def test_a_fill_uses_as_many_tokens_as_it_may(insistent, length):
    result, frames = run(
        insistent(" and", 9.0), EditRequest("one ", "", " two", Action.FILL, length=length, settings=FEW)
    )
    assert len(frames[-1].states) == length
    assert result.tokens <= length
    result, _ = run(insistent(" and", 9.0), EditRequest("a ", "b c d", " e", Action.FILL, length=length, settings=FEW))
    assert result.tokens <= length


def test_a_fill_longer_than_the_canvas_is_refused(session):
    most = session.checkpoint.trained_canvas
    with pytest.raises(RequestError, match=str(most)):
        session.run(EditRequest("", "", "", Action.FILL, length=most + 1))


def test_a_fill_that_the_checkpoint_was_not_trained_for_is_refused(insistent):
    session = insistent("x", tasks=("continue",))
    with pytest.raises(RequestError, match="fill"):
        session.run(EditRequest("", "one", "", Action.FILL))
    assert session.run(EditRequest("", "one", "", settings=FEW)).original == "one"


def test_an_empty_answer_is_tried_again_and_then_the_text_stays(insistent):
    session = insistent([PAD])
    result, frames = run(session, EditRequest("a ", "one two", " b", Action.FILL, settings=FEW))
    assert result.replacement == "one two"
    assert "found nothing" in result.note
    assert sum(frame.step == 0 for frame in frames) == 4


def test_the_same_words_again_are_said_to_be_the_same(insistent, vocabulary):
    result = insistent(vocabulary.encode("one")).run(EditRequest("", "one", "", settings=SamplerSettings(steps=1)))
    assert result.replacement == "oneone" or result.note


@settings(max_examples=EXAMPLES // 10)
@given(asked=requests(), certainty=st.sampled_from([3.0, 20.0]))
def test_a_checkpoint_with_an_end_token_never_writes_padding(insistent, asked, certainty):
    _, frames = run(insistent([PAD], certainty, length_by="end-token"), asked)
    for frame in frames:
        for token, state in zip(frame.draft_tokens, frame.states, strict=True):
            assert token != PAD or state is SlotState.PINNED or frame.step == 0


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
def test_strength_is_the_share_of_words_that_melt(session, share):
    text = "one two three four five six seven eight nine ten"
    frames: list[Frame] = []
    session.run(EditRequest("", text, "", strength=share, settings=SamplerSettings(steps=1)), on_frame=frames.append)
    kept = [piece for piece, state in zip(frames[0].pieces, frames[0].states, strict=True) if state is SlotState.KEPT]
    stayed = [word for word in text.split() if word in "".join(kept).split()]
    assert len(stayed) == 10 - round(share * 10)


def test_the_least_probable_words_melt_first(insistent, vocabulary):
    (cat,) = vocabulary.encode(" cat")
    session = insistent([cat], 9.0)
    frames: list[Frame] = []
    asked = EditRequest("x", " cat cat dog cat cat", "", strength=0.2, settings=SamplerSettings(steps=1))
    session.run(asked, on_frame=frames.append)
    kept = [piece for piece, state in zip(frames[0].pieces, frames[0].states, strict=True) if state is SlotState.KEPT]
    assert "".join(kept).split() == ["cat"] * 4


def test_variants_differ_and_the_first_is_the_replacement(session):
    asked = EditRequest("He said: ", "The quick brown fox jumps.", "", strength=1, variants=4, settings=FEW)
    result, frames = run(session, asked)
    check_result(asked, result)
    check_frames(asked, result, frames)
    assert len(result.variants) > 1


def test_variants_of_a_long_selection(session):
    settings_ = SamplerSettings(steps=1, entropy_bound=50)
    asked = EditRequest("", SENTENCE * 5, "", strength=1, variants=2, settings=settings_)
    groups: list[int] = []
    result, frames = run(session, asked, on_group=lambda group, count: groups.append(group))
    check_result(asked, result)
    check_frames(asked, result, frames)
    assert len(result.variants) == 2
    assert groups == list(range(len(groups)))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), MemoryShortageError),
        (torch.OutOfMemoryError("out of memory"), MemoryShortageError),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 99 bytes"), MemoryShortageError),
        (RuntimeError("something else"), RuntimeError),
    ],
)
def test_lack_of_memory_is_told_as_such_and_a_fault_is_not_hidden(insistent, error, told):
    session = insistent("x", error=error)
    with pytest.raises(told) as caught:
        session.run(EditRequest("", "one", "", settings=FEW))
    assert len(str(caught.value).splitlines()) == 1
    session.denoiser.error = None
    assert session.run(EditRequest("", "one", "", settings=FEW)).original == "one"


@pytest.mark.parametrize("memory", [300, 128, 64, 40])
def test_where_memory_is_short_a_run_takes_less_at_once_and_ends_well(insistent, memory):
    asked = EditRequest(SENTENCE, SENTENCE * 3, SENTENCE, strength=1, variants=3, settings=FEW)
    session = insistent(" new", 3.0, error=MemoryError())
    session.denoiser.memory = memory
    starts, frames = [], []
    result = session.run(asked, 7, on_start=lambda *span: starts.append(span), on_frame=frames.append)
    assert max(canvas.numel() for canvas in session.denoiser.canvases) <= memory
    check_result(asked, result)
    assert len(result.variants) == 3
    assert len(starts) == 1
    assert frames[-1].draft in result.variants


def test_where_memory_is_short_a_length_that_no_longer_fits_is_no_fault_of_the_request(insistent):
    session = insistent(" new", 3.0, error=MemoryError())
    session.denoiser.memory = 40
    with pytest.raises(MemoryShortageError):
        session.run(EditRequest("", SENTENCE, "", Action.FILL, length=Exactly(90, Unit.TOKENS), settings=FEW))


def test_values_that_are_not_numbers_end_the_run(insistent):
    with pytest.raises(DenoisingError):
        insistent("x", float("nan")).run(EditRequest("", "one", "", settings=FEW))


def test_a_text_of_megabytes_takes_no_longer_than_its_selection(session):
    before, after = "The lazy dog. " * 200_000, "y" * 2_000_000
    asked = EditRequest(before, "The quick brown fox", after, settings=FEW)
    started = time.process_time()
    result, frames = run(session, asked)
    assert time.process_time() - started < 8
    assert (result.start, result.original) == (len(before), "The quick brown fox" + after[: result.end - asked.end])
    check_frames(asked, result, frames)


def test_the_settings_of_the_checkpoint_are_the_default(insistent):
    session = insistent("x", sampler=SamplerSettings(steps=2, entropy_bound=0.001))
    _, frames = run(session, EditRequest("", "one two three", "", strength=1))
    assert {frame.steps for frame in frames} == {2}


@pytest.mark.parametrize("device", ["nonsense", "cuda:77", "", "cpu:", "meta"])
def test_a_device_that_is_not_there_is_refused_in_one_line(device):
    with pytest.raises(RequestError) as caught:
        Session.open(device=device)
    assert len(str(caught.value).splitlines()) == 1


def test_opening_reports_progress_from_start_to_end():
    told: list[tuple[float, str]] = []
    Session.open(progress=lambda fraction, stage: told.append((fraction, stage)))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert 0 < fractions[0] < fractions[-1] <= 1
    assert all(stage for _, stage in told)


def open_while_it_vanishes(folder: Path, moment: str) -> Session:
    """Open a checkpoint whose folder is gone from a stage of its loading on."""
    shutil.copytree(embedded_checkpoint().folder, folder)

    def vanish(fraction: float, stage: str) -> None:
        if stage == moment:
            shutil.rmtree(folder)

    return Session.open(folder, progress=vanish)


@pytest.mark.parametrize("moment", ["Checking the checkpoint", "Loading the weights"])
def test_a_folder_that_vanishes_while_it_is_opened_is_told_in_one_line(tmp_path, moment):
    with pytest.raises(CheckpointError, match="gone") as caught:
        open_while_it_vanishes(tmp_path / "gone", moment)
    assert len(str(caught.value).splitlines()) == 1


def test_a_folder_that_vanishes_when_all_was_read_is_not_missed(tmp_path):
    session = open_while_it_vanishes(tmp_path / "gone", "Warming up")
    assert session.run(EditRequest("", "one", "", settings=FEW)).original == "one"


def test_a_folder_without_a_checkpoint_is_refused(tmp_path):
    with pytest.raises(CheckpointError):
        Session.open(tmp_path)


@pytest.mark.parametrize(
    "fields",
    [
        {"strength": -0.1},
        {"strength": 1.1},
        {"strength": float("nan")},
        {"length": 0},
        {"length": 100_001},
        {"variants": 0},
        {"variants": 17},
        {"seed": -1},
        {"seed": 2**63},
        {"pins": ((0, 0),)},
        {"pins": ((-1, 1),)},
        {"pins": ((2, 1),)},
        {"pins": ((0, 4),)},
    ],
)
def test_a_request_out_of_bounds_is_refused(fields):
    with pytest.raises(RequestError) as caught:
        EditRequest("a ", "one", " b", **fields)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"steps": 0},
        {"steps": 10_001},
        {"entropy_bound": 0},
        {"entropy_bound": float("inf")},
        {"entropy_bound": float("nan")},
        {"temperature_low": 0},
        {"temperature_high": 0.1},
        {"temperature_high": float("inf")},
        {"temperature_high": float("nan")},
        {"stability_steps": -1},
        {"confidence": 0},
        {"confidence": float("nan")},
    ],
)
def test_settings_out_of_bounds_are_refused(fields):
    with pytest.raises(RequestError) as caught:
        SamplerSettings(**fields)
    assert len(str(caught.value).splitlines()) == 1
