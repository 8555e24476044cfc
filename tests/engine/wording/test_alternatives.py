"""Other words for a place: what can stand there, and nothing that cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.contracts.errors import RequestError
from engine.contracts.words import WordsRequest, WordsResult
from engine.mending.dictionary import Dictionary
from engine.mending.english import article
from engine.runs.session import Session
from engine.runs.watch import RunCancelledError
from engine.wording.function_words import classes, is_function_word
from engine.wording.thesaurus import Nearness, Thesaurus

PLACES = (
    ("She ", "walked", " slowly to the old house at the end of the road."),
    ("The ", "children", " were playing in the garden behind the school."),
    ("It is an ", "important", " question, and we should answer it soon."),
    ("They built a ", "big", " house on the hill above the river."),
    ("The meeting ", "took place", " in the town hall on Monday evening."),
    ("He ran very ", "quickly", " through the rain to catch the train."),
    ("The doctor asked him to ", "stop", " smoking at once."),
)


@pytest.fixture(scope="module")
def find(session):
    """Finds other words, each place once."""
    known: dict[WordsRequest, WordsResult] = {}

    def ask(before: str, words: str, after: str, **changes) -> WordsResult:
        request = WordsRequest(before, words, after, **changes)
        if request not in known:
            known[request] = session.words(request)
        return known[request]

    return ask


def texts(result: WordsResult) -> list[str]:
    return [word.text for word in result.words]


@pytest.mark.parametrize("place", PLACES)
def test_each_is_another_word_of_the_dictionary_in_the_same_form(find, place) -> None:
    thesaurus, dictionary = Thesaurus.english(), Dictionary.english()
    found = find(*place)
    own = place[1]
    assert found.original == own
    assert found.start == len(place[0])
    assert 3 <= len(found.words) <= 8
    for word in texts(found):
        assert all(map(dictionary.is_common, word.split()))
        assert not thesaurus.are_one(own, word)
        assert thesaurus.nearness(own, word) is not Nearness.OPPOSITE
        assert " " in word or (thesaurus.tags(own) & thesaurus.tags(word) and not is_function_word(word))
        assert article(word) in ("an", "") or not place[0].endswith(" an ")
    assert not any(thesaurus.are_one(one, other) for one in texts(found) for other in texts(found) if one != other)


@pytest.mark.parametrize(
    ("place", "word"),
    [(0, "went"), (1, "kids"), (2, "essential"), (3, "large"), (4, "occurred"), (5, "rapidly"), (6, "give up")],
)
def test_a_word_that_means_the_same_and_fits_is_there(find, place, word) -> None:
    assert word in texts(find(*PLACES[place]))


def test_probabilities_are_shares(find) -> None:
    chances = [word.probability for word in find(*PLACES[0]).words]
    assert all(0 <= chance <= 1 for chance in chances)
    assert sum(chances) <= 1


def test_capitals_are_those_of_the_word(find) -> None:
    result = find("We left. ", "Children", " were playing in the garden.")
    assert texts(result)
    assert all(word[0].isupper() and word[1:].islower() for word in texts(result))


def test_function_words_are_exchanged_for_their_own_kind_only(find) -> None:
    words = texts(find("", "Although", " it was late, they decided to walk home."))
    assert {"Though", "While"} & set(words)
    assert all(classes(text.lower().split()[-1]) for text in words)
    assert set(texts(find("We met ", "in order to", " discuss the plans."))) <= {"to", "so as to"}


@pytest.mark.parametrize("at", [4, 6, 10])
def test_an_empty_place_means_the_word_around_it(find, at) -> None:
    text = "She walked slowly to the old house."
    result = find(text[:at], "", text[at:])
    assert (result.start, result.end, result.original) == (4, 10, "walked")
    assert texts(result) == texts(find("She ", "walked", " slowly to the old house."))


def test_a_part_of_a_word_with_spaces_around_is_the_whole_word(find) -> None:
    text = "She walked slowly to the old house."
    result = find(text[:3], text[3:7], text[7:])
    assert result.original == "walked"


@pytest.mark.parametrize(
    ("before", "words", "after", "note"),
    [
        ("Run `", "walked", "` now.", "This is markup or code"),
        ("```\nthe ", "walked", " dog\n```\n", "This is markup or code"),
        ("See [it](https://", "walked", ".org/a).", "This is markup or code"),
        ("They came in ", "1984", " by train.", "Numbers and names"),
        ("We met ", "Margaret", " at the station.", "Numbers and names"),
        ("We met. ", "  ", " Then we left.", "There is no word here."),
        ("", "", "", "There is no word here."),
        ("We ", "met at the old", " station.", "Select one to three words"),
        ("We ", "met\nat", " the station.", "Select one to three words"),
        ("We saw ", "seven", " birds.", "No other words found here."),
    ],
)
def test_where_there_can_be_none_a_line_says_why(find, before, words, after, note) -> None:
    result = find(before, words, after)
    assert not result.words
    assert result.note.startswith(note)
    assert "\n" not in result.note


def test_code_of_another_kind_of_text_is_known_by_its_rules(find) -> None:
    assert "markup" in find("\\begin{", "center", "} here \\end{center}", markup="tex").note


def test_it_can_be_given_up_between_passes(session) -> None:
    with pytest.raises(RunCancelledError):
        session.words(WordsRequest(*PLACES[0]), cancelled=lambda: True)


def test_a_checkpoint_without_english_says_so(session) -> None:
    other = Session(replace(session.checkpoint, languages=("de",)), session.denoiser, session.vocabulary)
    with pytest.raises(RequestError, match="no English"):
        other.words(WordsRequest(*PLACES[0]))


def test_the_hidden_word_is_found_by_what_stands_on_both_sides(session) -> None:
    likely = session.alternatives.likely("She opened the ", " with her key and went in.", 8)
    assert "door" in likely
    assert "tea" in session.alternatives.likely("He drank a cup of ", " before he went to work.", 8)


def test_a_word_of_two_kinds_has_words_of_both(find) -> None:
    """As a verb, "like" is no preposition."""
    assert {"love", "enjoy", "prefer"} & set(texts(find("I ", "like", " the way you write.")))
