"""A rewrite never damages what is not prose, whatever the text is made of and whatever the model wants to write."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Action, EditRequest, SamplerSettings, kind_of
from engine.text.balance import unpaired
from engine.text.markdown import MarkdownText
from engine.text.markup import protected

EXAMPLES = settings.default.max_examples
CASES = Path(__file__).parents[2] / "data" / "structure"
SURVIVES = json.loads((CASES / "survives.json").read_text("utf-8"))
FEW = SamplerSettings(steps=3)
BLOCKS = [
    '---\ntitle: "A: plan"\ntags: [one, two]\n---\n\n',
    "# The old house\n\n",
    "A heading here\n==============\n\n",
    'Read [the guide](https://example.org/a_b(c)?x=1 "Now") before *you* start, and see <https://example.org>.\n\n',
    "![a small boat](img/boat.png) is the picture.[^1]\n\n[^1]: A note with **bold** words.\n\n",
    "```python\nfor i in range(3):\n\tprint(i)\n```\n\n",
    "    indented code stays\n\n",
    "| Name | Cost |\n| :--- | ---: |\n| Big house | 1,200.50 |\n| Small one | $ 900 |\n\n",
    "1. Buy milk for the week.\n2. Call the bank.\n   - [ ] Ask for a new card\n   - [x] Change the address\n\n",
    "> A quote stands here and goes on\n> over two lines.\n\n",
    '<div class="note">\n<p>Some text &amp; more.</p>\n</div>\n\n',
    "The sum $a_1 + b^2$ is `x = 1` and {name} has %(id)s of ${n} in {{page}}.\n\n$$\nx = y\n$$\n\n",
    "See [[the page|our page]] and #tag, write to me@example.org or www.example.org/faq today.\n\n",
    "She said “the boat (a small one) is here” and left [it][ref] there.\n\n[ref]: https://example.org 'T'\n\n",
    "* * *\n\n",
    "Term\n: What it means to us\n\n",
    "A hard break follows\\\nhere and two spaces  \nthere.\n\n",
    "On 12 March 2027 at 3:30 pm Anna paid 1.250,00 EUR for 72 m2, call +49 30 901820.\n\n",
]
WORST = [
    "*",
    " **",
    "`",
    "```",
    "|",
    " [",
    "](",
    " (",
    ")",
    '"',
    " “",
    "$",
    "<b>",
    "&amp;",
    "# ",
    "- ",
    "1. ",
    "> ",
    "~~",
    "\n",
    "{x}",
    "7",
]


@st.composite
def documents(draw):
    """A document and a selection of it."""
    text = "".join(draw(st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=5)))
    start = draw(st.integers(0, len(text)))
    return text, start, draw(st.integers(start, len(text)))


@settings(max_examples=EXAMPLES)
@given(
    document=documents(),
    wish=st.lists(st.sampled_from([*WORST, " the", " house", "x"]), min_size=1, max_size=4).map("".join),
    action=st.sampled_from([Action.REWRITE, Action.FILL]),
    strength=st.sampled_from([0.3, 0.7, 1.0]),
    certainty=st.sampled_from([3.0, 20.0]),
)
def test_marks_blocks_and_pairs_are_those_of_the_writer(insistent, document, wish, action, strength, certainty):
    text, start, end = document
    result = insistent(wish, certainty).run(
        EditRequest(text[:start], text[start:end], text[end:], action, strength=strength, settings=FEW)
    )
    new = text[: result.start] + result.replacement + text[result.end :]
    facts = action is Action.REWRITE
    kept = protected(text, result.start, result.end, facts=facts, pairs=facts)
    place = 0
    for each in kept:
        own = text[each.start : each.end]
        place = result.replacement.find(own, place)
        assert place >= 0, f"{own!r} is lost or out of order"
        place += len(own)
    if text[start:end].strip():
        assert MarkdownText(new).blocks == MarkdownText(text).blocks
        assert len(unpaired(new)) == len(unpaired(text))


@pytest.mark.parametrize("name", SURVIVES)
@pytest.mark.parametrize("strength", [0.7, 1.0])
def test_the_cases_survive_with_the_shipped_checkpoint(session, name, strength):
    text = (CASES / name).read_text("utf-8")
    for seed in range(3):
        request = EditRequest("", text, "", strength=strength, seed=seed, markup=kind_of(name), settings=FEW)
        new = session.run(request).replacement
        place = 0
        for kept in SURVIVES[name]:
            place = new.find(kept, place)
            assert place >= 0, (seed, kept, new)
            place += len(kept)


def test_a_selection_that_begins_inside_a_fence_is_code(insistent):
    text = "Before.\n\n```\none two three\nfour five\n```\n\nAfter."
    start = text.index("two")
    result = insistent(" x").run(EditRequest(text[:start], text[start : start + 9], text[start + 9 :], strength=1.0))
    assert not result.changed
    assert result.forward_passes == 0
    assert "No words" in result.note


def test_numbers_and_names_may_be_freed(insistent):
    text = "We met Anna on 12 March and paid 40 EUR."
    kept = insistent(" word").run(EditRequest("", text, "", strength=1.0, settings=FEW)).replacement
    assert all(fact in kept for fact in ("Anna", "12 March", "40 EUR"))
    free = insistent(" word").run(EditRequest("", text, "", strength=1.0, settings=FEW, free=True)).replacement
    assert not any(fact in free for fact in ("Anna", "12 March", "40 EUR"))


def test_a_new_word_is_not_glued_to_a_number_that_stays(insistent):
    text = "about $1,370, and it is 72 m2 large"
    for strength in (0.7, 1.0):
        new = insistent("word").run(EditRequest("", text, "", strength=strength, settings=FEW)).replacement
        assert "$1,370w" not in new
        assert "word72" not in new
        assert "72 m2w" not in new


def test_a_continuation_in_an_open_fence_says_so(session):
    result = session.run(EditRequest("Use this:\n\n```\nprint(1)\n", "", "", Action.CONTINUE, length=4))
    assert "in code" in result.note
    assert "in code" not in session.run(EditRequest("Use this:\n\nNow ", "", "", Action.CONTINUE, length=4)).note
