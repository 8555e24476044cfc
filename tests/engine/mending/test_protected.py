"""What no mending may touch: code, links, numbers, capitals, names, and words that are meant."""

import pytest

from engine.mending.dictionary import Dictionary
from engine.mending.protected import Protected, starts_sentence

WORDS = Dictionary.english()


def is_protected(text: str, word: str) -> bool:
    start = text.index(word)
    return Protected.of(text, WORDS)(start, start + len(word))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Run `teh_thing` now.", "teh_thing"),
        ("See https://exmaple.org/teh for it.", "exmaple"),
        ("See [teh](http://exmaple.org) for it.", "exmaple"),
        ("It has 1.5 GB.", "1.5"),
        ("The NTAO said so.", "NTAO"),
        ("We met Smyth there.", "Smyth"),
        ("We met Smy\u00adth there.", "Smy\u00adth"),
        ("We met Bill there.", "Bill"),
        ("Call getUserNmae here.", "getUserNmae"),
        ("The file foo.txtt is here.", "foo.txtt"),
        ("A zorb is a zorb is a zorb.", "zorb"),
        ("He said привет to us.", "привет"),
    ],
)
def test_it_is_protected(text, word) -> None:
    assert is_protected(text, word)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("I saw teh cat.", "teh"),
        ("Teh cat slept.", "Teh"),
        ("He left. Teh cat slept.", "Teh"),
        ("- Teh cat slept.", "Teh"),
        ("The the the the cat.", "the the"),
        ("A \u00ad teh cat.", "teh"),
    ],
)
def test_it_is_not(text, word) -> None:
    assert not is_protected(text, word)


def test_words_may_be_put_in_beside_what_is_protected() -> None:
    stays = Protected([(4, 8)])
    assert stays(4, 4) is False
    assert stays(8, 8) is False
    assert stays(5, 5) is True
    assert stays(2, 5) is True
    assert stays(0, 4) is False


def test_ranges_of_the_caller_count_too() -> None:
    assert Protected.of("I saw teh cat.", WORDS, [(6, 9)])(6, 9)


@pytest.mark.parametrize(("at", "starts"), [(0, True), (6, True), (2, False), (20, False)])
def test_where_sentences_start(at, starts) -> None:
    assert starts_sentence("Stop. Then he went on walking", at) is starts
