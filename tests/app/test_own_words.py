"""A writer's own words: kept in a file that may also be edited by hand, and never lost."""

import os

import pytest

from app.own_words import OwnWords


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "words.txt"


def test_words_are_added_and_removed_one_on_each_line(qtbot, path):
    words = OwnWords(path)
    assert words.words == frozenset()
    with qtbot.waitSignal(words.changed):
        assert words.add("Orsolya")
    assert words.add("naïveté")
    assert words.add("Orsolya")
    assert path.read_text("utf-8") == "Orsolya\nnaïveté\n"
    assert OwnWords(path).words == {"Orsolya", "naïveté"}
    assert words.remove("Orsolya")
    assert words.remove("Orsolya")
    assert path.read_text("utf-8") == "naïveté\n"


def test_a_change_by_hand_or_of_another_window_is_seen_and_kept(qapp, path):
    words, other = OwnWords(path), OwnWords(path)
    words.add("one")
    other.add("two")
    assert words.words == {"one", "two"}
    path.write_text("one\r\n\n  three  \n")
    os.utime(path, ns=(1, 1))
    assert words.words == {"one", "three"}
    words.add("four")
    assert OwnWords(path).words == {"one", "three", "four"}


def test_a_file_that_is_no_text_is_left_alone_and_reported(qapp, path):
    path.parent.mkdir()
    path.write_bytes(b"\xff\xfe\x00")
    words = OwnWords(path)
    assert words.words == frozenset()
    assert not words.add("one")
    assert words.trouble == f"Your own words in {path} can't be read: it is not UTF-8 text."
    assert path.read_bytes() == b"\xff\xfe\x00"
    path.write_text("two\n")
    assert words.add("one")
    assert words.trouble == ""


def test_a_folder_that_cannot_be_made_is_reported(qapp, tmp_path):
    (tmp_path / "data").write_text("a file")
    words = OwnWords(tmp_path / "data" / "words.txt")
    assert not words.add("one")
    assert "can't be" in words.trouble
    assert words.words == frozenset()


def test_without_a_file_they_last_as_long_as_the_window(qapp):
    words = OwnWords()
    assert words.add("one")
    assert words.words == {"one"}
