"""Files in other encodings: opened, edited and saved without a byte changed that the writer did not change."""

import threading

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QListWidget, QPlainTextEdit, QProgressDialog, QPushButton
from window_driver import CONTROL, KEY, answer, choose_file, press, said, text

from app.documents.text_file import TextFile

GERMAN = "Das Café „öffnet“ um 8 – na klar.\r\nGröße: 5 €.\r\n"
CZECH = "Dnes je krásné počasí a půjdu na procházku.\r\nTěším se, že potkám přátele.\n"
JAPANESE = "これは日本語の文章です。\r\n今日は天気がいい。\r\n"
RUSSIAN = "Привет, мир! Это обычный русский текст.\r\n"
FILES = [
    ("utf-8", b"", GERMAN, ""),
    ("utf-8", b"\xef\xbb\xbf", GERMAN, "UTF-8 with BOM"),
    ("utf-16-le", b"\xff\xfe", JAPANESE, "UTF-16 LE"),
    ("utf-16-be", b"\xfe\xff", JAPANESE, "UTF-16 BE"),
    ("utf-16-le", b"", GERMAN, "UTF-16 LE without BOM"),
    ("utf-16-be", b"", "Plain\r\n一 line\n", "UTF-16 BE without BOM"),
    ("utf-32-le", b"\xff\xfe\0\0", JAPANESE, "UTF-32 LE"),
    ("cp1252", b"", GERMAN, "Windows-1252 (guessed)"),
    ("iso8859_15", b"", "Größe: 5 €, sagt Ödön.\r\n", "ISO 8859-15 (guessed)"),
    ("cp1250", b"", CZECH, "Windows-1250 (guessed)"),
    ("iso8859_2", b"", CZECH, "ISO 8859-2 (guessed)"),
    ("cp1251", b"", RUSSIAN, "Windows-1251 (guessed)"),
    ("koi8_r", b"", RUSSIAN, "KOI8-R (guessed)"),
    ("cp1254", b"", "Bugün hava çok güzel, değil mi? Şimdi dışarı çıkıyoruz.\n", "Windows-1254 (guessed)"),
    ("cp932", b"", JAPANESE, "Shift JIS (guessed)"),
    ("euc_jp", b"", JAPANESE, "EUC-JP (guessed)"),
    ("gb18030", b"", "这是一个中文文本，今天天气很好。\n", "GB 18030 (guessed)"),
]


@pytest.mark.parametrize(("codec", "mark", "content", "label"), FILES, ids=lambda value: ascii(value)[:12])
def test_a_word_typed_into_a_file_is_all_that_changes(make_window, tmp_path, codec, mark, content, label):
    path = tmp_path / "letter.txt"
    path.write_bytes(mark + content.encode(codec))
    window = make_window(path)
    assert text(window) == content.replace("\r\n", "\n")
    assert said(window, "encoding") == label
    press(window, KEY.Key_S, CONTROL)
    assert path.read_bytes() == mark + content.encode(codec)
    press(window, KEY.Key_Down)
    QTest.keyClicks(window.page, "word ")
    press(window, KEY.Key_S, CONTROL)
    first, rest = content.split("\n", 1)
    assert path.read_bytes() == mark + f"{first}\nword {rest}".encode(codec)
    assert said(window, "encoding") == label


@pytest.fixture
def letter(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_bytes(GERMAN.encode("cp1252"))
    return path


@pytest.fixture
def unwritable(make_window, letter):
    """A window with characters on the page that the encoding of its file lacks."""
    window = make_window(letter)
    window.page.insertPlainText("→ 漢→ ")
    return window


def test_characters_that_cannot_be_written_are_named_and_cancel_changes_nothing(qtbot, unwritable, letter):
    asked = []

    def look():
        asked.append(QApplication.activeModalWidget().informativeText())
        QTest.keyClick(QApplication.activeModalWidget(), KEY.Key_Escape)

    QTimer.singleShot(0, look)
    press(unwritable, KEY.Key_S, CONTROL)
    assert asked == ["That encoding has no way to write “→” (2×) and “漢” (1×). UTF-8 keeps every character."]
    assert letter.read_bytes() == GERMAN.encode("cp1252")
    assert text(unwritable).startswith("→ 漢→ Das Café")
    assert unwritable.isWindowModified()
    assert said(unwritable, "encoding") == "Windows-1252 (guessed)"


def test_they_are_kept_by_saving_as_utf_8(qtbot, unwritable, letter):
    asked = answer(qtbot, "utf_8")
    press(unwritable, KEY.Key_S, CONTROL)
    assert asked == ["“letter.txt” can’t be saved in Windows-1252."]
    assert letter.read_bytes() == ("→ 漢→ " + GERMAN).encode()
    assert said(unwritable) == "Saved letter.txt in UTF-8."
    assert said(unwritable, "encoding") == ""
    assert not unwritable.isWindowModified()


def test_closing_stays_where_the_question_is_cancelled(qtbot, unwritable, letter):
    def save_and_cancel():
        answer(qtbot, None)
        QTest.keyClick(QApplication.activeModalWidget().findChild(QPushButton, "save"), KEY.Key_Space)

    QTimer.singleShot(0, save_and_cancel)
    with qtbot.assertNotEmitted(unwritable.closed):
        press(unwritable, KEY.Key_Q, CONTROL)
    assert letter.read_bytes() == GERMAN.encode("cp1252")
    assert text(unwritable).startswith("→ 漢→ ")


def test_half_a_character_on_the_page_is_refused_and_not_dropped(window, notes):
    before = notes.read_bytes()
    QTextCursor(window.document).insertText("a\ud83d")
    press(window, KEY.Key_S, CONTROL)
    assert said(window) == "notes.md was not saved: line 1 has half a character (U+D83D). Delete it, then save again."
    assert notes.read_bytes() == before
    assert text(window).startswith("a\ud83dOne line.")


def test_pasted_nul_characters_are_said(window):
    QApplication.clipboard().setText("two\0 words")
    press(window, KEY.Key_V, CONTROL)
    assert text(window).startswith("two words")
    assert said(window).startswith("NUL characters were left out")


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\0\0", b"one\0two", "One\ud83d".encode("utf-16-le", "surrogatepass") + b"\0\0"]
)
def test_binary_data_is_refused_in_one_line(window, tmp_path, data):
    (tmp_path / "data.bin").write_bytes(data)
    window.open_document.open(str(tmp_path / "data.bin"))
    assert said(window).startswith("data.bin can't be opened. This is binary data, not text: byte ")
    assert text(window) == "One line.\nAnother line.\n"


def choose_encoding(name, press_button):
    """Select an encoding in the next dialog and press a button; returns what the dialog has shown."""
    seen = []

    def choose():
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            QTimer.singleShot(5, choose)
            return
        QTest.keyClicks(dialog.findChild(QListWidget), name)
        seen.append(dialog.findChild(QLabel, "explanation").text())
        seen.append(dialog.findChild(QPlainTextEdit, "preview").toPlainText())
        QTest.keyClick(dialog.findChild(QPushButton, press_button), KEY.Key_Space)

    QTimer.singleShot(0, choose)
    return seen


def test_a_wrong_guess_is_put_right_by_reopening(make_window, tmp_path):
    path = tmp_path / "letter.txt"
    path.write_bytes(RUSSIAN.encode("iso8859_5"))
    window = make_window(path)
    assert said(window, "encoding") == "Windows-1251 (guessed)"
    assert "Привет" not in text(window)
    seen = choose_encoding("ISO 8859-5", "reopen")
    window.actions_by_name["encoding"].trigger()
    assert "which is a guess" in seen[0]
    assert seen[1] == RUSSIAN.strip()
    assert text(window) == RUSSIAN.replace("\r\n", "\n")
    assert said(window, "encoding") == "ISO 8859-5"
    QTest.keyClicks(window.page, "x")
    press(window, KEY.Key_S, CONTROL)
    assert path.read_bytes() == ("x" + RUSSIAN).encode("iso8859_5")


def test_reopening_asks_about_unsaved_changes_first(qtbot, make_window, letter):
    window = make_window(letter)
    QTest.keyClicks(window.page, "New ")
    choose_encoding("Mac", "reopen")
    QTimer.singleShot(20, lambda: answer(qtbot, None))
    window.actions_by_name["encoding"].trigger()
    assert text(window).startswith("New Das Café")
    assert said(window, "encoding") == "Windows-1252 (guessed)"


def test_reopening_in_an_encoding_that_does_not_fit_changes_nothing(make_window, letter):
    window = make_window(letter)
    choose_encoding("UTF-8", "reopen")
    window.actions_by_name["encoding"].trigger()
    assert said(window).startswith("letter.txt can't be opened. This is damaged UTF-8 text: byte ")
    assert text(window) == GERMAN.replace("\r\n", "\n")


def test_a_text_is_saved_in_another_encoding(window, notes):
    choose_encoding("UTF-16 B", "save")
    window.actions_by_name["encoding"].trigger()
    assert notes.read_bytes() == "\ufeffOne line.\r\nAnother line.\r\n".encode("utf-16-be")
    assert said(window, "encoding") == "UTF-16 BE"


def test_a_new_text_gets_its_encoding_with_its_name(make_window, settings, tmp_path, monkeypatch):
    settings.set_value("greeted", True)
    window = make_window()
    QTest.keyClicks(window.page, "Gr")
    window.page.insertPlainText("öße")
    choose_file(monkeypatch, tmp_path / "new.txt")
    choose_encoding("Windows-1252", "save")
    window.actions_by_name["encoding"].trigger()
    assert (tmp_path / "new.txt").read_bytes() == "Größe".encode("cp1252")


@pytest.fixture
def unknown(tmp_path):
    path = tmp_path / "dos.txt"
    path.write_bytes(RUSSIAN.encode("cp866"))
    return path


def test_an_unknown_encoding_is_asked_for(window, unknown):
    seen = choose_encoding("DOS (866)", "reopen")
    window.open_document.open(str(unknown))
    assert seen[0] == "The encoding of “dos.txt” is not known. Choose one in which it reads well."
    assert text(window) == RUSSIAN.replace("\r\n", "\n")
    press(window, KEY.Key_S, CONTROL)
    assert unknown.read_bytes() == RUSSIAN.encode("cp866")


def test_at_the_start_it_is_asked_for_once_the_window_is_there(qtbot, window, unknown):
    window.open_first(str(unknown))
    seen = choose_encoding("DOS (866)", "reopen")
    assert text(window) == "One line.\nAnother line.\n"
    qtbot.waitUntil(lambda: text(window).startswith("Привет"))
    assert seen


def test_a_cancelled_choice_opens_nothing(window, unknown):
    QTimer.singleShot(0, lambda: QTest.keyClick(QApplication.activeModalWidget(), KEY.Key_Escape))
    window.open_document.open(str(unknown))
    assert text(window) == "One line.\nAnother line.\n"
    assert "The encoding of this text is not known" in said(window)


@pytest.fixture
def slow(monkeypatch):
    """Reading takes until it is released; returns the threads that have read."""
    release, threads, read = threading.Event(), [], TextFile.read

    def wait_and_read(*arguments):
        threads.append(threading.current_thread())
        release.wait(5)
        return read(*arguments)

    monkeypatch.setattr("app.documents.opening._MANY_BYTES", 10)
    monkeypatch.setattr("app.documents.opening._PATIENCE", 0.0)
    monkeypatch.setattr(TextFile, "read", wait_and_read)
    yield release, threads
    release.set()


def test_a_large_file_is_read_beside_the_window(window, letter, slow):
    release, threads = slow
    QTimer.singleShot(50, release.set)
    window.open_document.open(str(letter))
    assert text(window) == GERMAN.replace("\r\n", "\n")
    assert threads[0] is not threading.main_thread()


def test_reading_a_large_file_can_be_cancelled(window, letter, slow):
    def cancel():
        QTest.keyClick(window.findChild(QProgressDialog, "opening"), KEY.Key_Escape)

    QTimer.singleShot(100, cancel)
    window.open_document.open(str(letter))
    assert text(window) == "One line.\nAnother line.\n"
    assert said(window, "document_name") == "notes.md"
