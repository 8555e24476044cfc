"""A text with line ends of Windows and others gets the same results as one with "\\n", and keeps its ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Action, Decoder, EditRequest, EditResult, Frame, SamplerSettings
from engine.__main__ import main
from engine.runs.scorer import Scorer
from engine.runs.session import Session
from engine.text.line_ends import UnixText

ENDS = ["\r\n", "\r", "\x85", "\u2028", "\u2029"]
FEW = SamplerSettings(steps=2, entropy_bound=3.0)
LINES = "# A letter\n\nWe came down, and the\nboats lay still. He\n\n- wrote two\n- more letters\n"
PLACE = LINES.index("came"), LINES.index(" letters")
EXAMPLES = settings.default.max_examples


def run(session: Session, request: EditRequest) -> tuple[EditResult, list[Frame], list[tuple[int, int]]]:
    frames: list[Frame] = []
    started: list[tuple[int, int]] = []
    result = session.run(request, 7, on_frame=frames.append, on_start=lambda start, end: started.append((start, end)))
    return result, frames, started


def written(request: EditRequest, end: str) -> EditRequest:
    """The same request in a text with another line end."""
    before, selection, after = (part.replace("\n", end) for part in (request.before, request.selection, request.after))
    pins = ((len(request.selection[:low].replace("\n", end)), len(request.selection[:high].replace("\n", end)))
            for low, high in request.pins)  # fmt: skip
    return replace(request, before=before, selection=selection, after=after, pins=tuple(pins))


def check_same(open_session: Callable[[], Session], request: EditRequest, end: str) -> EditResult:
    """A request with another line end comes to the same."""
    plain, plain_frames, plain_started = run(open_session(), request)
    own_request = written(request, end)
    own, frames, started = run(open_session(), own_request)

    def there(position: int) -> int:
        return len(request.text[:position].replace("\n", end))

    assert (own.start, own.end) == (there(plain.start), there(plain.end))
    assert own.original == own_request.text[own.start : own.end]
    assert own.variants == tuple(variant.replace("\n", end) for variant in plain.variants)
    assert (own.replacement, own.note, own.causal_bits) == (own.variants[0], plain.note, plain.causal_bits)
    assert [(there(low), there(high)) for low, high in plain_started] == started
    assert len(frames) == len(plain_frames)
    for frame, other in zip(frames, plain_frames, strict=True):
        assert (frame.start, frame.end) == (own.start, own.end)
        assert frame.draft == other.draft.replace("\n", end)
        assert frame.canvas_pieces == tuple(piece.replace("\n", end) for piece in other.canvas_pieces)
        assert (frame.canvas_tokens, frame.draft_tokens) == (other.canvas_tokens, other.draft_tokens)
    for each, other in zip(own.corrections, plain.corrections, strict=True):
        assert (each.start, each.end) == (there(other.start), there(other.end))
        assert each.replacement == other.replacement
    return own


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    "changes",
    [
        {"strength": 1.0, "variants": 2},
        {"strength": 0.5, "pins": ((3, 12),)},
        {"action": Action.FILL},
        {"action": Action.FILL, "decoder": Decoder.AUTOREGRESSIVE},
        {"action": Action.CONTINUE, "length": 6},
        {"action": Action.CONTINUE, "length": 6, "decoder": Decoder.AUTOREGRESSIVE, "recorded": True},
    ],
)
def test_the_same_words_come_whatever_ends_the_lines(insistent, changes, end) -> None:
    """With "\\r\\n", half of the continuations began inside a word: the model had never seen a "\\r"."""
    start, stop = PLACE
    request = EditRequest(LINES[:start], LINES[start:stop], LINES[stop:], settings=FEW, seed=3, **changes)
    check_same(lambda: insistent(" one two", 12.0), request, end)


def test_a_continuation_after_a_windows_line_end_is_that_after_a_unix_one(session) -> None:
    request = EditRequest(LINES, "", "", Action.CONTINUE, length=6, decoder=Decoder.AUTOREGRESSIVE, recorded=True)
    check_same(lambda: session, request, "\r\n")


@pytest.mark.parametrize("end", ["\r\n", "\u2028"])
def test_mistakes_are_found_at_the_places_of_the_writers_text(session, end) -> None:
    request = EditRequest("", "A line.\n\nShe has recieved a letter\ntoday.\n", "", Action.FIX)
    result = check_same(lambda: session, request, end)
    text = written(request, end).text
    assert [text[each.start : each.end] for each in result.corrections] == ["recieved"]


@pytest.mark.parametrize("end", ["\r\n", "\u2028"])
def test_scores_are_those_of_the_text_with_unix_line_ends(session, end) -> None:
    scorer = Scorer(session, seconds=1.0)
    plain, own = ([each for some in scorer.score(LINES.replace("\n", kind)) for each in some] for kind in ("\n", end))
    text = LINES.replace("\n", end)
    assert len(own) == len(plain) > 3
    for here, there in zip(own, plain, strict=True):
        assert [token.probability for token in here.tokens] == [token.probability for token in there.tokens]
        assert text[here.start : here.end] == LINES[there.start : there.end]
        assert all(text[token.start : token.end] == token.text for token in here.tokens)


@settings(max_examples=EXAMPLES // 10)
@given(
    text=st.lists(st.sampled_from(["one ", "two. ", "**x** ", "`c` ", "- ", *ENDS, "\n"]), max_size=14).map("".join),
    place=st.tuples(st.integers(0, 40), st.integers(0, 40)),
    action=st.sampled_from([Action.REWRITE, Action.FILL, Action.CONTINUE]),
)
def test_in_a_text_with_all_kinds_of_ends_none_is_lost(insistent, text, place, action) -> None:
    start, end = sorted(min(each, len(text)) for each in place)
    request = EditRequest(
        text[:start], text[start:end], text[end:], action, strength=1.0, settings=FEW,
        length=4 if action is Action.CONTINUE else None,
    )  # fmt: skip
    result, frames, _ = run(insistent(" new", 12.0), request)
    unix = UnixText(text)
    whole = text[: result.start] + result.replacement + text[result.end :]
    ends = [character for character in text if character in "\n\r\x85\u2028\u2029"]
    assert [character for character in whole if character in "\n\r\x85\u2028\u2029"] == ends
    assert UnixText(whole).text.count("\n") == unix.text.count("\n")
    assert all(frame.start == result.start for frame in frames)


@pytest.mark.usefixtures("loaded_once")
def test_on_the_command_line_a_range_counts_in_the_text_of_the_file(tmp_path: Path, capsysbinary) -> None:
    path = tmp_path / "letter.txt"
    text = "One line.\r\nThe boats lay still.\r\nThe end.\r\n"
    path.write_bytes(text.encode())
    start, end = text.index("boats"), text.index(" still")
    assert main(["rewrite", str(path), "--select", f"{start}:{end}", "--strength", "1", "--json"]) == 0
    found = json.loads(capsysbinary.readouterr().out)
    assert found["range"] == [start, end]
    assert found["text"] == text[:start] + found["replacement"] + text[end:]
