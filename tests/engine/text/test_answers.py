"""What is cut around an answer, and what is part of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text.answers import ASKED_FOR, cleaned, with_words, without_repeat

OWN = "come to the house"
TEXT = "Please come to our house."


@pytest.mark.parametrize(
    "answer",
    [
        TEXT,
        f"  {TEXT}\n\n",
        f"{ASKED_FOR}\n{TEXT}",
        f"{ASKED_FOR} {TEXT}",
        f"Sure! {ASKED_FOR}\n\n{TEXT}",
        f"I made it friendlier.\n\n**{ASKED_FOR}**\n{TEXT}",
        f"Sure, here is a friendlier version:\n\n{TEXT}",
        f"Certainly! Here's the rewritten passage:\n\n“{TEXT}”",
        f"Here is the new passage:\n\n```markdown\n{TEXT}\n```",
        f"~~~\n{TEXT}\n~~~",
        f"**New passage:**\n{TEXT}",
        f"Passage: {TEXT}",
        f"Hier ist die neue Fassung:\n{TEXT}",
        f"Voici le texte :\n{TEXT}",
        f'"{TEXT}"',
        f"«{TEXT}»",
        f"„{TEXT}“",
        f"---\n{TEXT}\n---",
        f"{TEXT}\n\nLet me know if you would like another one!",
        f"{TEXT}\n\n---\n\nI hope this helps.",
        f"{TEXT}<end_of_turn>\n<start_of_turn>user\nThanks!",
        f"model\n{TEXT}<eos>",
        f"<start_of_turn>model\n{TEXT}<|im_end|>",
        f"<|channel>thought\n<channel|>{TEXT}<turn|>",
        f"<marked>{TEXT}</passage>",
    ],
)
def test_what_stands_around_an_answer_is_cut(answer):
    assert cleaned(answer, OWN, {"<marked>"}) == TEXT


@pytest.mark.parametrize(
    ("own", "answer"),
    [
        ("“Come in,” she said.", "“Do come in,” Anna said, “and sit.”"),
        ("“Come in.”", "“Do come in.”"),
        (OWN, "“Come,” she said, and he said “No.”"),
        ("Here is the list:\n- one", "Here is a list:\n- one"),
        ("Sure, I will.\nCome.", "Sure, I shall.\nDo come."),
        ("```\nx = 1\n```", "```\nx = 2\n```"),
        ("<b>Come.</b>", "<b>Do come.</b>"),
        ("The mark <end_of_turn> ends a turn.", "A turn is ended by <end_of_turn> there."),
        ("Come.\n\nLet me know if you can.", "Do come.\n\nLet me know if you can."),
        ("---\ntitle: A\n---", "---\ntitle: B\n---"),
        (OWN, "Here is the house, and here is the key."),
        (OWN, "The house is open: come in."),
        ("Das ist die Liste:\n- Brot", "This is the list:\n- Bread"),
        ("Klar, ich komme.\nBis bald.", "Sure, I will come.\nSee you."),
        (OWN, "It's late; don't come, it's dark"),
        ("Passage: come", "Passage: do come"),
        (OWN, "a < b and b > c"),
    ],
)
def test_what_belongs_to_the_text_stays(own, answer):
    """Would catch a rule that eats quotations, lists, code or marks that the writer wrote."""
    assert cleaned(answer, own) == answer


def test_after_the_sentence_that_was_asked_for_all_is_text():
    text = "Here is what I need:\n- bread"
    assert cleaned(f"{ASKED_FOR}\n{text}", OWN) == text


@given(st.text("ab “”\"'`<>|:-\n", max_size=60))
def test_a_text_is_cut_once_and_for_all(text):
    once = cleaned(text, OWN)
    assert once in text
    assert cleaned(once, OWN) == once


def test_words_are_put_back_in_the_letters_they_are_written_in():
    assert with_words("the old house by The Sea", ["Old House", "the Sea"]) == ("the Old House by the Sea", "")
    assert with_words("by the sea, the house", ["the house", "the sea"]) == ("by the sea, the house", "the sea")
    assert with_words("anything", []) == ("anything", "")


def test_a_continuation_that_begins_with_what_it_continues_says_it_once():
    before = "It was late. Nobody came to the house."
    assert without_repeat("Nobody came to the house. They slept.", before) == " They slept."
    assert without_repeat(before + " They slept.", before) == " They slept."
    assert without_repeat("They slept.", before) == "They slept."
