"""White space and hidden characters of the writer through a rewrite and a fix."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from engine import Action, EditRequest, Length, SamplerSettings
from engine.diffusion.layout import Span
from engine.runs.spaces import space_as_written

FEW = SamplerSettings(steps=2, entropy_bound=3.0)


@pytest.mark.parametrize("inside", ["\u00ad", "\u2011", "\u200b", "\u2060", "\u200c", "\u200d"])
@pytest.mark.parametrize("strength", [0.4, 1.0])
def test_no_half_of_a_word_is_left(insistent, inside: str, strength: float) -> None:
    words = [f"un{inside}usual", f"win{inside}dow", f"let{inside}ter", f"gar{inside}den"]
    selection = " ".join(words)
    request = EditRequest("We saw ", selection, " there.", strength=strength, settings=FEW)
    result = insistent(" new", 20.0).run(request)
    assert result.changed
    assert {*result.replacement.split()} <= {*words, "new"}


@pytest.mark.parametrize("inside", ["\u00ad", "\u200b", "\u2060"])
def test_a_word_that_comes_again_is_no_change(insistent, inside: str) -> None:
    request = EditRequest("We saw ", f"win{inside}dow", " there.", strength=1.0, settings=FEW, length=Length.SAME)
    result = insistent(" window").run(request)
    assert (result.changed, result.replacement) == (False, f"win{inside}dow")


@pytest.mark.parametrize(("wrong", "right"), [("re\u00adcieved", "re\u00adceived"), ("reci\u00adeved", "received")])
def test_a_mistake_in_a_word_with_a_soft_hyphen_is_corrected_as_without(session, wrong: str, right: str) -> None:
    result = session.run(EditRequest("", f"She has {wrong} a long let\u00adter today.", "", Action.FIX))
    assert result.replacement == f"She has {right} a long let\u00adter today."


@pytest.mark.parametrize(
    "selection", ["One was here.  Two were\tthere  today.  Three", "one\ttwo\t\tthree\tfour\u00a0five  six"]
)
@pytest.mark.parametrize("first", [0, 1])
def test_white_space_between_kept_and_changed_words_is_the_writers(insistent, selection: str, first: int) -> None:
    """A double space after a sentence became one, and a tab between two words a space."""
    words = [match.span() for match in regex.finditer(r"\w+\.?", selection)]
    request = EditRequest("so ", selection, " end", pins=tuple(words[first::2]), strength=1, settings=FEW)
    result = insistent(" new", 20.0).run(request)
    assert "new" in result.replacement
    own, found = (regex.findall(r"\s+", text) for text in (selection, result.replacement))
    # The model writes more words than there were, with a single space each.
    assert [space for space in found if space != " "] == [space for space in own if space != " "]


SPACES = st.lists(st.sampled_from(["a", "b.", " ", "  ", "\t", "\u00a0"]), max_size=8).map("".join)


@given(own=SPACES, pieces=st.lists(st.sampled_from(["", "x", " x", "y.", " ", "\tz"]), min_size=1, max_size=6))
def test_no_letter_changes_and_no_space_is_added_or_lost(own: str, pieces: list[str]) -> None:
    new = pieces.copy()
    space_as_written(new, Span(0, len(new), own))
    assert "".join(new).split() == "".join(pieces).split()
    assert len(regex.findall(r"\s+", "".join(new))) == len(regex.findall(r"\s+", "".join(pieces)))


def test_double_spaces_follow_sentences_where_they_did() -> None:
    pieces = ["  It", " was", ".", " We", " went", ".", " Home"]
    space_as_written(pieces, Span(0, len(pieces), "  One here.  Two there"))
    assert "".join(pieces) == "  It was.  We went.  Home"


LINES = ["2. Then we split the tests:", "We *saw* `it`, and (he) left.", "- [ ] Ask for it, please", "one two three"]


@given(
    line=st.sampled_from(LINES),
    wish=st.lists(st.sampled_from([" ", "  ", " x", "x", ",", None]), min_size=1, max_size=4),
    strength=st.sampled_from([0.3, 0.6, 1.0]),
    certainty=st.sampled_from([3.0, 20.0]),
)
def test_no_second_space_comes_where_there_was_one(insistent, vocabulary, line, wish, strength, certainty) -> None:
    """Would catch the double space behind a list mark or a word whose neighbour came out empty."""
    tokens = [token for piece in wish for token in ([0] if piece is None else vocabulary.encode(piece))]
    request = EditRequest("# One\n\n", line, "\n\nLast", strength=strength, settings=FEW)
    result = insistent(tokens, certainty).run(request)
    new = "# One\n\n"[: result.start] + result.replacement
    assert not regex.search(r" {2}", new), new
