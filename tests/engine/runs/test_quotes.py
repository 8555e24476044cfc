"""Results have the quotation marks of the document, and no link loses its words."""

from __future__ import annotations

from itertools import product

import pytest

from engine import Action, Correction, Decoder, EditRequest, Mistake, SamplerSettings
from engine.runs.mend import words_left
from engine.text.markup import protected

FEW = SamplerSettings(steps=2, entropy_bound=3.0)
CURLY, STRAIGHT = "It’s late, “he said”. ", 'It\'s late, "he said". '


@pytest.mark.parametrize(("before", "wanted"), [(CURLY, "don’t"), (STRAIGHT, "don't")])
@pytest.mark.parametrize("wish", [" don't", " don’t"])
@pytest.mark.parametrize(
    ("action", "decoder"),
    [(Action.REWRITE, Decoder.DIFFUSION), *product((Action.FILL, Action.CONTINUE), Decoder)],
)
def test_a_result_has_the_apostrophes_of_the_document(insistent, before, wanted, wish, action, decoder) -> None:
    selection = "" if action is Action.CONTINUE else "they went home"
    length = 6 if action is Action.CONTINUE else None
    request = EditRequest(before, selection, "", action, 1.0, length, settings=FEW, decoder=decoder)
    frames = []
    result = insistent(wish).run(request, on_frame=frames.append) if decoder is Decoder.DIFFUSION else None
    if result is None:
        # Its causal head writes what it likes; only the other mark may not come.
        result = insistent(wish).run(request)
        assert {"’": "'", "'": "’"}[wanted[3]] not in result.replacement
        return
    assert wanted in result.replacement
    assert frames[-1].draft.strip() == result.replacement.strip()


def test_quotations_and_code_of_the_writer_stay(insistent) -> None:
    selection = 'He’s in `don\'t` and "odd" words'
    request = EditRequest(CURLY, selection, "", strength=1.0, settings=FEW)
    result = insistent(" don't").run(request)
    assert "`don't`" in result.replacement
    assert result.replacement.count('"') == 2
    assert "don’t" in result.replacement


@pytest.mark.parametrize(("mark", "rest"), [("’", "It’s late."), ("'", "It's late.")])
def test_a_correction_has_the_apostrophe_of_the_document(session, mark: str, rest: str) -> None:
    request = EditRequest(f"{rest} ", "I know him, and she doesnt care.", "", Action.FIX)
    assert session.run(request).replacement == f"I know him, and she doesn{mark}t care."


@pytest.mark.parametrize(
    ("text", "kind"), [("We saw [the the](u) sea", "md"), ('We saw <a href="u">the the</a> sea', "html")]
)
def test_a_correction_never_empties_a_link(text: str, kind: str) -> None:
    first = text.index("the the")
    marks = protected(text, 0, len(text), kind, facts=False)
    both = [
        Correction(first, first + 3, "", Mistake.EXTRA, 1.0),
        Correction(first + 3, first + 7, "", Mistake.EXTRA, 1),
    ]
    assert words_left(text, marks, both) == both[:1]
    whole = Correction(first, first + 7, "", Mistake.EXTRA, 1.0)
    assert words_left(text, marks, [whole]) == []
    assert words_left(text, (), [whole]) == [whole]


@pytest.mark.parametrize("kind", ["md", "html", "tex", "rst"])
def test_a_rewrite_never_empties_a_link(insistent, kind: str) -> None:
    text = {
        "md": "See [the old house](u) today",
        "html": 'See <a href="u">the old house</a> today',
        "tex": "See \\href{u}{the old house} today",
        "rst": "See `the old house <u>`_ today",
    }[kind]
    for start, end in ((0, len(text)), (text.index("old"), text.index("house") + 5)):
        request = EditRequest(text[:start], text[start:end], text[end:], strength=1.0, settings=FEW, markup=kind)
        for wish in ([0], "."):
            result = insistent(wish).run(request)
            whole = text[: result.start] + result.replacement + text[result.end :]
            marks = protected(text, 0, len(text), kind, facts=False)
            (left,) = (text[mark.start : mark.end] for mark in marks if mark.end == text.index("the"))
            (right,) = (text[mark.start : mark.end] for mark in marks if mark.start == text.index("house") + 5)
            words = whole[whole.index(left) + len(left) :]
            assert words[: words.index(right)].strip()
