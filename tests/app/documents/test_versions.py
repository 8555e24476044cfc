"""What is overwritten is kept for a while."""

import os
import stat

import pytest

from app.documents import versions
from app.documents.text_file import TextFile
from app.documents.versions import Versions


@pytest.fixture
def notes(tmp_path):
    path = tmp_path / "notes.md"
    path.write_bytes(b"old")
    return path


def kept(versions, path) -> list[bytes]:
    return [file.read_bytes() for file in sorted(versions.folder_of(path).iterdir())]


def save(versions, path, text):
    """As a save does."""
    assert versions.keep(path) == ""
    versions.note_written(TextFile(path).save(text).digest)


def test_what_a_session_finds_is_kept_once_readable_by_nobody_else(notes, tmp_path):
    """Every save of a session made a copy: five saves, and the old text was gone."""
    session = Versions(tmp_path / "versions")
    for text in ("a", "b", "c", "d", "e", "f"):
        save(session, notes, text)
    assert kept(session, notes) == [b"old"]
    (copy,) = session.folder_of(notes).iterdir()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert copy.suffix == ".md"
    # What another program has written meanwhile is kept, too.
    notes.write_bytes(b"theirs")
    save(session, notes, "mine")
    assert kept(session, notes) == [b"old", b"theirs"]


def test_the_last_five_of_a_file_are_kept_and_none_twice(notes, tmp_path):
    for number in range(7):
        notes.write_bytes(b"%d" % number)
        for _ in range(2):
            session = Versions(tmp_path / "versions")
            assert session.keep(notes) == ""
    assert kept(session, notes) == [b"2", b"3", b"4", b"5", b"6"]


def test_the_oldest_of_all_files_go_where_they_grow_too_large(notes, tmp_path, monkeypatch):
    """The folder grew without an end."""
    monkeypatch.setattr(versions, "ALTOGETHER", 25)
    session = Versions(tmp_path / "versions")
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(name.encode() * 10)
        session.keep(tmp_path / name)
    assert [kept(session, tmp_path / name) for name in "abc"] == [[], [b"b" * 10], [b"c" * 10]]
    # One that is too large alone is kept all the same.
    notes.write_bytes(b"n" * 30)
    session.keep(notes)
    assert kept(session, notes) == [b"n" * 30]


def test_files_of_one_name_and_links_to_a_file(notes, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "notes.md").write_bytes(b"another")
    (tmp_path / "link.md").symlink_to(notes)
    session = Versions(tmp_path / "versions")
    for path in (notes, tmp_path / "folder" / "notes.md", tmp_path / "link.md"):
        session.keep(path)
    assert kept(session, notes) == kept(session, tmp_path / "link.md") == [b"old"]
    assert kept(session, tmp_path / "folder" / "notes.md") == [b"another"]


@pytest.mark.parametrize("name", [b"caf\xe9.md", b"a" * 255])
def test_a_name_that_is_no_utf8_or_as_long_as_names_can_be(tmp_path, name):
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(b"old")
    session = Versions(tmp_path / "versions")
    assert session.keep(path) == ""
    assert kept(session, path) == [b"old"]


def test_nothing_to_keep_and_nowhere_to_keep_it(notes, tmp_path):
    session = Versions(tmp_path / "versions")
    assert session.keep(tmp_path / "new.md") == ""
    (tmp_path / "empty.md").write_bytes(b"")
    assert session.keep(tmp_path / "empty.md") == ""
    assert not (tmp_path / "versions").exists()
    assert Versions(None).keep(notes) == ""
    (tmp_path / "blocked").write_bytes(b"")
    assert Versions(tmp_path / "blocked").keep(notes) != ""
