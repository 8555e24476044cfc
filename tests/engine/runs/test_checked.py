"""Checked runs: what is not worth showing is replaced by something better, or held back with the reason."""

from __future__ import annotations

import re

import pytest

from engine import Action, EditRequest, RequestError, SamplerSettings

QUICK = SamplerSettings(steps=2)
PAD = 0
GERMAN = "Der Hund lief über die Straße und bellte laut, weil ihn niemand nach Hause rief."


def test_a_result_with_a_fault_is_held_back_and_says_why(insistent):
    session = insistent(" the")
    request = EditRequest("He saw ", "a dog and a cat", " there.", strength=1.0)
    assert not session.run(request).doubt
    result = session.run(
        EditRequest("He saw ", "a dog and a cat", " there.", strength=1.0, checked=True, settings=QUICK)
    )
    assert result.changed
    assert result.doubt.startswith("Nothing better was found: the new text has a word that stands twice (the")


@pytest.fixture
def birds(insistent, vocabulary):
    """A model that puts one word where one word was, and leaves the spare slot empty."""
    return insistent([*vocabulary.encode(" birds"), PAD])


def test_a_result_without_faults_passes(birds):
    result = birds.run(EditRequest("He saw ", "cats", " there.", strength=1.0, checked=True, settings=QUICK))
    assert "birds" in result.replacement
    assert not result.doubt


def test_faulty_variants_are_left_out(insistent):
    session = insistent(" the")
    result = session.run(
        EditRequest("He saw ", "a dog", " there.", strength=1.0, checked=True, settings=QUICK, variants=3)
    )
    # None of them is sound here, so all are kept for whoever wants to see them all the same.
    assert result.doubt
    assert result.variants


def test_in_a_long_selection_only_the_parts_without_faults_change(insistent):
    sentence = "One of the people who lived there came by and told us about it. "
    text = sentence * 8
    result = insistent(" the").run(EditRequest("", text, "", strength=1.0, checked=True, settings=QUICK))
    assert result.replacement == text
    assert not result.doubt
    assert result.note == "Nothing better was found, so your text stays as it was."


def test_the_parts_that_stay_are_counted_once_however_many_results_are_asked_for(birds):
    alone = "He went out and saw the cats there in the cold wind that day by the sea. "
    together = "He went out and saw all cats and dogs and sheep there in the cold wind that day. "
    text = alone * 5 + together * 5
    free = [text.index("cats there"), text.index("cats and"), len(text)]
    pins = ((0, free[0] - 1), (free[0] + 4, free[1] - 1), (free[1] + 23, free[2] - 1))
    request = EditRequest("", text, "", strength=1.0, checked=True, settings=QUICK, variants=3, pins=pins)
    stay, parts = re.match(r"(\d+) of (\d+) parts stay", birds.run(request).note).groups()
    assert int(stay) < int(parts)


@pytest.mark.parametrize("action", [Action.REWRITE, Action.FILL, Action.CONTINUE, Action.FIX])
def test_text_in_another_language_is_refused_before_the_run(insistent, action):
    session = insistent(" the", tasks=("fill", "continue", "fix"))
    started = []
    with pytest.raises(RequestError, match="This looks like German, and the checkpoint embedded was not trained on it"):
        session.run(
            EditRequest("", GERMAN, "", action, checked=True), on_start=lambda start, end: started.append(start)
        )
    assert not started


@pytest.mark.parametrize("text", ["犬は通りを渡って大きな声で吠えた。", "Собака громко лаяла.", "ركض الكلب عبر الشارع"])
def test_text_in_another_script_is_refused_however_short(insistent, text):
    with pytest.raises(RequestError, match="This looks like"):
        insistent(" the").run(EditRequest("", text, "", strength=1.0, checked=True, settings=QUICK))


def test_a_foreign_word_or_an_emoji_in_a_sentence_is_no_other_language(birds):
    for words in ("Schadenfreude", "a café in Málaga 🦊"):
        birds.run(EditRequest("He told us about ", words, " again and again that day.", checked=True, settings=QUICK))


def test_parts_in_another_language_stay_as_they_were(session):
    english = (
        "One of the people who lived there came by and told us all about it. Nobody had known how far they would have "
        "to walk, or what waited for them at the other end of the valley. We listened until the fire was out.\n\n"
    )
    text = english + (GERMAN + " ") * 3 + "\n\n" + english
    result = session.run(EditRequest("", text, "", strength=0.3, checked=True, settings=SamplerSettings(steps=2)))
    assert result.changed
    assert GERMAN in result.replacement
