"""New words have the quotation marks and apostrophes of the text around them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text.balance import unpaired
from engine.text.quotes import QuoteStyle

NEW = "He said \"don't go\", and 'twas late. (“Why?”)"


def style(text: str, kind: str = "txt") -> QuoteStyle:
    return QuoteStyle.of(text, len(text), len(text), kind)


@pytest.mark.parametrize(
    ("around", "wanted"),
    [
        ("“Yes,” she said. It’s late.", "He said “don’t go”, and ’twas late. (“Why?”)"),
        ('"Yes," she said. It\'s late.', 'He said "don\'t go", and \'twas late. ("Why?")'),
        ("„Ja“, sagte sie.", "He said „don’t go“, and ’twas late. („Why?“)"),
        ("»Ja«, sagte sie.", "He said »don’t go«, and ’twas late. (»Why?«)"),
        ("«Oui», dit-elle.", "He said «don’t go», and ’twas late. («Why?»)"),
        (
            "«\u00a0Oui\u00a0», dit-elle.",
            "He said «\u00a0don’t go\u00a0», and ’twas late. («\u00a0Why?\u00a0»)",
        ),
        # One of the two tells the other.
        ("It’s late.", "He said “don’t go”, and ’twas late. (“Why?”)"),
        ("It's late.", 'He said "don\'t go", and \'twas late. ("Why?")'),
        # Nothing to go by.
        ("Late.", NEW),
        # The more frequent of two.
        ("It’s late, isn’t it? Don't.", "He said “don’t go”, and ’twas late. (“Why?”)"),
    ],
)
def test_new_words_are_quoted_as_the_text_around_them_is(around: str, wanted: str) -> None:
    dressed = style(around).dressed(NEW)
    assert dressed == wanted
    assert not unpaired(dressed)


def test_code_says_nothing_about_the_style_of_prose() -> None:
    text = 'It’s late.\n\n```\nprint(\'it\'\'s\', "x")\nf("a", "b")\n```\n\nAnd `"c"` it isn’t.\n'
    assert style(text, "md") == style("It’s late.")


def test_a_single_mark_opens_before_a_word_and_closes_after_one() -> None:
    curly = style("It’s late.")
    assert curly.dressed("'yes' and the '90s, the dogs' home") == "‘yes’ and the ’90s, the dogs’ home"
    assert curly.dressed("'", before="n", after="t") == "’"
    assert curly.dressed('"', before=" ", after="yes") == "“"
    assert curly.dressed('"', before=".") == "”"


@given(around=st.text(st.sampled_from("a '\"’“”„«»\u00a0.\n"), max_size=30), new=st.text(st.sampled_from("a '\"’“”.(")))
def test_only_marks_change(around: str, new: str) -> None:
    found = style(around)
    marks = str.maketrans("", "", "'\"’‘“”„«»\u00a0 ")
    assert found.dressed(new).translate(marks) == new.translate(marks)
    if found == QuoteStyle():
        assert found.dressed(new) == new
