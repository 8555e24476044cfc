"""Results that a reader would refuse at a glance: none may reach a review, and no writer's own text may be refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.judging.faults import Kind, faults
from engine.mending.dictionary import Dictionary

KNOWS = Dictionary.english().knows


def kinds(before: str, own: str, new: str, after: str, **more: bool) -> set[Kind]:
    return {fault.kind for fault in faults(before, own, new, after, KNOWS, **more)}


@pytest.mark.parametrize(
    ("before", "own", "new", "after", "kind"),
    [
        ("She went home", ", tired and late", ",, tired", ".", Kind.MARKS),
        ("She went home ", "late", "late.", ".", Kind.MARKS),
        ("It rained. ", "Then it stopped.", ". If it stopped.", " We left.", Kind.START),
        ("It rained. ", "Then it stopped.", ", and it stopped.", " We left.", Kind.START),
        ("It rained. ", "Then it stopped.", "then it stopped.", " We left.", Kind.START),
        ("It rained", " and stopped", ". and stopped", ".", Kind.START),
        ("He wanted ", "a house", "to to go", ".", Kind.TWICE),
        ("He wanted to ", "see it", "to see", ".", Kind.TWICE),
        ("The ", "garden", "wush", " was green.", Kind.UNKNOWN),
        ("She looked at ", "her", "her.The dog", " barked.", Kind.GLUED),
        ("She looked at her.", "", "The dog", " barked.", Kind.GLUED),
        ("He saw ", "a dog", "the The dog", ".", Kind.CAPITAL),
        ("He ate ", "a pear", "a apple", ".", Kind.ARTICLE),
        ("He ate an ", "apple", "pear", ".", Kind.ARTICLE),
        ("We left", "", " , and ran", ".", Kind.SPACED),
        ("One day ", "he ran", "he ran to the sea and he ran to the sea and he ran to the sea", ".", Kind.LOOP),
        ("She saw ", "a boat", "a red boat on the", " red boat on the sea.", Kind.LOOP),
        ("It is clear that ", "it is late", "it's's late", ".", Kind.UNKNOWN),
        ("They ", "met", "re-ed", " the power.", Kind.UNKNOWN),
        ("The gar", "", "den", "er left.", Kind.GLUED),
        ("One day ", "he left us", ", .", ".", Kind.EMPTY),
        ("", "“Come,” she said", "“,” she said", ".", Kind.HOLLOW),
        ("See [", "the page](http://a.b/c) again", "...](http://a.b/c) again", ".", Kind.HOLLOW),
        ("We left (", "it was late) and slept", ") and slept", ".", Kind.HOLLOW),
    ],
)
def test_a_fault_that_a_reader_sees_is_found(before, own, new, after, kind):
    assert kind in kinds(before, own, new, after)


@pytest.mark.parametrize(
    ("before", "own", "new", "after"),
    [
        ("We met Dr. ", "Who", "Who", " there."),
        ("We met ", "them", "Mr. Green", " there."),
        ("She said that ", "it", "that", " was fine."),
        ("They had ", "left", "had", " enough."),
        ("It works, e.g. ", "there", "here", "."),
        ("He waited ... ", "and left", "and went away", "."),
        ("- ", "apples", "pears", "\n- plums"),
        ("“", "Come in", "Go away", "!” she said."),
        ("It is ", "a house", "an hour", " away."),
        ("It is ", "a house", "a university", " town."),
        ("Wait", "?!", "?!", " No."),
        ("He said ", "“…” and left", "“…” and went", " (…)."),
        ("The Ministry of Energy and the Ministry of Mines became the ", "Office", "Ministry of", " Works."),
        ("Its ", "source", "re-entry", " was late."),
    ],
)
def test_what_a_writer_may_write_is_no_fault(before, own, new, after):
    assert not kinds(before, own, new, after)


def test_what_the_text_had_before_is_not_held_against_a_result():
    assert not kinds("The qwertz of ", "teh cat", "teh dog", " slept.")
    assert not kinds("The the ", "cat", "dog", " slept.")


def test_a_new_name_is_a_fault_in_a_rewrite_and_none_in_a_fill():
    assert kinds("He met ", "her", "Xanthoria", " there.") == {Kind.UNKNOWN}
    assert not kinds("He met ", "her", "Xanthoria", " there.", names=True)


@given(st.text(), st.text(), st.text())
def test_a_text_left_as_it_was_has_no_faults(before, own, after):
    assert not kinds(before, own, own, after)


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_judged(before, own, new, after):
    assert isinstance(faults(before, own, new, after, KNOWS), tuple)
