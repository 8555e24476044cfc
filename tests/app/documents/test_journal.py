"""Unsaved text survives a crash."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journal_files import kept, wait_for, written
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QWidget

from app.documents import journal
from app.documents.journal import Journal, JournalError, UnitText, read
from app.documents.journal_keeper import JournalKeeper
from app.documents.open_document import OpenDocument
from app.documents.text_document import plain_text

EXAMPLES = settings.default.max_examples
"""Of the hypothesis profile; a test whose examples are costly takes a share of them."""

WORDS = st.text(alphabet="aé \n\t\u2029\u00a0שلא👩‍🏽\ufeff\ud83d", max_size=6)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    """Write at once instead of after half a second."""
    monkeypatch.setattr(journal, "WITHIN", 0.0)


# The file.


EDITS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5), WORDS), max_size=8)


@given(WORDS, EDITS, st.data())
@settings(max_examples=EXAMPLES // 2)
def test_a_journal_that_is_cut_or_broken_gives_a_text_that_was_once_there(tmp_path_factory, text, edits, data):
    path = tmp_path_factory.mktemp("journal") / "one.journal"
    texts = written(path, text, edits)
    assert read(path).text == texts[-1]
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    # Only what stands before the edits is needed; the end of its last line may be cut off, but not changed.
    needed = len(b"".join(whole.splitlines(keepends=True)[: 2 if text else 1]))
    cut, changed = whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
    for broken, first_spared in ((cut, needed - 1), (changed, needed)):
        path.write_bytes(broken)
        if at < first_spared:
            with pytest.raises(JournalError, match=r"^[^\n]+$"):
                read(path)
        else:
            assert read(path).text in texts


def test_a_long_text_comes_in_pieces_that_do_not_part_a_pair(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "_PIECE", 3)
    text = "aa👩bb👩👩c"
    assert written(tmp_path / "one.journal", text, [(2, 2, "👩‍🏽")])[-1] == read(tmp_path / "one.journal").text


def test_many_edits_become_one_text_when_nobody_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "_IDLE", 0.01)
    monkeypatch.setattr(journal, "_LONG", 100)
    path = tmp_path / "one.journal"
    writer = Journal(path, pytest.fail)
    writer.begin({"title": "Sample", "file": None}, "")
    for number in range(50):
        writer.edit(number, 0, "x")
    wait_for(lambda: path.exists() and 0 < path.stat().st_size < 200 and read(path).text == "x" * 50)
    assert read(path).place == 50
    writer.edit(20, 0, "!")
    writer.close()
    assert read(path).text == "x" * 20 + "!" + "x" * 30
    assert read(path).place == 21
    assert [file.name for file in tmp_path.iterdir()] == ["one.journal"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_journal_of_another_version_is_left_alone(tmp_path):
    path = tmp_path / "one.journal"
    written(path, "text", [])
    head, rest = path.read_bytes().split(b"\n", 1)
    value = json.loads(head[9:]) | {"version": 99}
    path.write_bytes(journal._line(value) + rest)
    with pytest.raises(JournalError, match="another version"):
        read(path)


# What is followed.


@pytest.fixture
def opened(qtbot, qapp):
    window = QWidget()
    qtbot.addWidget(window)
    return OpenDocument(qapp.font(), window)


@pytest.fixture
def keeper(opened, tmp_path):
    keeper = JournalKeeper(tmp_path / "journals", opened)
    keeper.warnings = []
    keeper.warning.connect(keeper.warnings.append)
    yield keeper
    keeper.close()


DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 60), st.integers(0, 6), WORDS),
        st.tuples(st.sampled_from(["undo", "redo", "save", "all"])),
    ),
    max_size=10,
)


def do(opened, deed, *how):
    document = opened.document
    if deed == "undo":
        document.undo()
    elif deed == "redo":
        document.redo()
    elif deed == "save":
        document.setModified(False)
    else:
        cursor = QTextCursor(document)
        if deed == "all":
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.removeSelectedText()
            return
        at, removed, words = how
        end = document.characterCount() - 1
        cursor.setPosition(min(at, end))
        cursor.setPosition(min(at + removed, end), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(words)


@given(DEEDS)
@settings(max_examples=EXAMPLES // 2, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_done_what_is_unsaved_is_on_the_disk(keeper, opened, tmp_path, deeds):
    folder = tmp_path / "journals"
    for deed in deeds:
        do(opened, *deed)
    document = opened.document
    # As a list of units: half a surrogate pair is lost where a whole text comes from Qt.
    units = "".join(map(document.characterAt, range(document.characterCount() - 1))).replace("\u2029", "\n")
    expected = [str(UnitText(units))] if opened.unsaved else []
    wait_for(lambda: kept(folder) == expected)
    assert keeper.warnings == []


def test_another_document_begins_anew(keeper, opened, tmp_path):
    folder = tmp_path / "journals"
    do(opened, "write", 0, 0, "one")
    wait_for(lambda: kept(folder) == ["one"])
    (tmp_path / "notes.md").write_bytes("\ufefftwo\r\nlines\r\n".encode())
    opened.document.setModified(False)
    opened.open(str(tmp_path / "notes.md"))
    wait_for(lambda: kept(folder) == [])
    do(opened, "write", 0, 0, "> ")
    wait_for(lambda: kept(folder) == ["> two\nlines\n"])


def test_a_folder_that_cannot_be_written_is_told_once_and_writing_goes_on(keeper, opened, tmp_path):
    (tmp_path / "journals").write_text("in the way")
    for letter in "abc":
        do(opened, "write", 0, 0, letter)
    wait_for(lambda: keeper.warnings)
    keeper.close()
    QCoreApplication.processEvents()
    assert len(keeper.warnings) == 1
    assert keeper.warnings[0].startswith("Unsaved text is not protected against a crash: ")
    assert plain_text(opened.document) == "cba"


def test_a_journal_belongs_to_the_window_that_lives(keeper, opened, tmp_path, qtbot, qapp):
    do(opened, "write", 0, 0, "mine")
    wait_for(lambda: kept(tmp_path / "journals") == ["mine"])
    assert keeper.recoverable() == []
    window = QWidget()
    qtbot.addWidget(window)
    other = JournalKeeper(tmp_path / "journals", OpenDocument(qapp.font(), window))
    assert other.recoverable() == []
    assert kept(tmp_path / "journals") == ["mine"]
