"""Every kind of mistake has its right text among the candidates, and what is protected has none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contracts.corrections import Mistake
from engine.mending import english
from engine.mending.candidates import candidates
from engine.mending.dictionary import Dictionary

WORDS = Dictionary.english()


def texts(text: str) -> dict[str, Mistake]:
    """What each candidate makes of a text."""
    found = candidates(text, 0, len(text), WORDS, lambda start, end: False)
    return {text[: item.start] + item.text + text[item.end :]: item.kind for item in found}


@pytest.mark.parametrize(
    ("wrong", "right", "kind"),
    [
        ("I have recieved it.", "I have received it.", Mistake.SPELLING),
        ("Teh cat slept.", "The cat slept.", Mistake.SPELLING),
        ("They took there coats.", "They took their coats.", Mistake.CONFUSION),
        ("It was better then that.", "It was better than that.", Mistake.CONFUSION),
        ("I would of gone.", "I would have gone.", Mistake.CONFUSION),
        ("They was late.", "They were late.", Mistake.AGREEMENT),
        ("The dog bark.", "The dog barks.", Mistake.AGREEMENT),
        ("She has went home.", "She has gone home.", Mistake.FORM),
        ("He ate a apple.", "He ate an apple.", Mistake.ARTICLE),
        ("It took an year.", "It took a year.", Mistake.ARTICLE),
        ("We saw the the sea.", "We saw the sea.", Mistake.DOUBLED),
        ("We went home in the the dark.", "We went home in the dark.", Mistake.DOUBLED),
        ("We went to the the sea.", "We went to the sea.", Mistake.DOUBLED),
        ("She lives house.", "She lives in house.", Mistake.MISSING),
        ("We discussed about it.", "We discussed it.", Mistake.EXTRA),
        ("I like it alot.", "I like it a lot.", Mistake.JOINED),
        ("It stood infront of us.", "It stood in front of us.", Mistake.JOINED),
        ("We met some times.", "We met sometimes.", Mistake.PARTED),
        ("Wait ,please.", "Wait, please.", Mistake.SPACING),
        ("Wait , please.", "Wait, please.", Mistake.SPACING),
        ("Wait,please.", "Wait, please.", Mistake.SPACING),
        ("I dont know.", "I don't know.", Mistake.APOSTROPHE),
        ("Here i am.", "Here I am.", Mistake.CASING),
        ("We saw friends of the server.", "We saw fiends of the server.", Mistake.SIMILAR),
    ],
)
def test_the_right_text_is_among_them(wrong, right, kind) -> None:
    assert texts(wrong).get(right) is kind


def test_a_word_with_hidden_characters_is_spelt_as_without_them() -> None:
    assert "I have re\u00adceived it." in texts("I have re\u00adcieved it.")
    assert "I have received it." in texts("I have reci\u00adeved it.")
    assert not any(kind is Mistake.SPELLING for kind in texts("A long let\u00adter, non\u2011stop.").values())


def test_capitals_and_apostrophes_stay_as_the_writer_has_them() -> None:
    assert "They're late." in texts("Their late.")
    assert "We know it’s late." not in texts("We know its late.")
    assert "It isn’t they’re car." not in texts("It isn’t there car.")
    assert "They wouldn’t." in texts("They woudn’t.")


def test_protected_ranges_have_no_candidate() -> None:
    text = "I recieved teh letter."
    found = candidates(text, 0, len(text), WORDS, lambda start, end: start < 10)
    assert found
    assert all(item.start >= 10 for item in found)


@pytest.mark.parametrize(
    ("word", "right"),
    [("hour", "an"), ("house", "a"), ("user", "a"), ("uncle", "an"), ("European", "a"), ("one", "a"), ("FBI", "")],
)
def test_the_article_goes_by_sound(word, right) -> None:
    assert english.article(word) == right


@given(st.text(max_size=40))
def test_candidates_lie_in_the_text_and_change_it(text) -> None:
    for item in candidates(text, 0, len(text), WORDS, lambda start, end: False):
        assert 0 <= item.start <= item.end <= len(text)
        assert text[item.start : item.end] != item.text
        assert "\n" not in item.text
