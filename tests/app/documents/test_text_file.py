"""Files are read without loss and written atomically."""

import os
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.documents.line_ends import LineEnds
from app.documents.text_file import LARGEST, TextFile, TextFileError
from engine import ENCODINGS, TextEncoding

any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@contextmanager
def ordinary_rights() -> Iterator[None]:
    """The permissions of an ordinary user, even if the tests run as root."""
    root = os.geteuid() == 0
    if root:
        os.setegid(65534)
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
            os.setegid(0)


@given(text=any_text, bom=st.booleans())
def test_any_file_is_written_back_byte_for_byte(tmp_path_factory, text, bom):
    path = tmp_path_factory.getbasetemp() / "any.txt"
    content = ("\ufeff" * bom + text).encode()
    path.write_bytes(content)
    read, file = TextFile.read(path)
    file.save(read)
    assert path.read_bytes() == content


on_the_page = st.text(st.characters(exclude_characters="\0\r\u2029\ufdd0\ufdd1"), max_size=40)
latin = st.text(st.characters(max_codepoint=0x17F, exclude_characters="\0\r"), max_size=40)
lacks = re.compile(r"x was not saved: (.+ has no way to write|line \d+ has half a character)")


@settings(max_examples=40)
@given(text=on_the_page | latin, encoding=st.sampled_from(ENCODINGS), ends=st.sampled_from(["\n", "\r\n"]))
def test_any_text_is_saved_in_an_encoding_and_read_again_or_refused(tmp_path_factory, text, encoding, ends):
    path = tmp_path_factory.getbasetemp() / "x"
    path.write_bytes(b"old")
    text = text.removeprefix("\ufeff")
    try:
        TextFile(path, encoding, LineEnds(ends)).save(text)
    except TextFileError as error:
        line, content = str(error), path.read_bytes()
    else:
        line, content = "", path.read_bytes()
        again, found = TextFile.read(path, encoding)
        found.save(again)
        assert again == text
    assert (lacks.match(line) and content == b"old") or path.read_bytes() == content


def test_bom_and_line_ends_survive_an_edit(tmp_path):
    path = tmp_path / "windows.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n")
    text, file = TextFile.read(path)
    assert (text, file.encoding.bom, file.line_ends.usual) == ("one\ntwo\n", True, "\r\n")
    file.save(text + "three")
    assert path.read_bytes() == b"\xef\xbb\xbfone\r\ntwo\r\nthree"


def test_a_new_file_is_plain_utf8(tmp_path):
    TextFile(tmp_path / "new.md").save("é\n🙂")
    assert (tmp_path / "new.md").read_bytes() == "é\n🙂".encode()


@pytest.mark.parametrize(
    ("bad", "named"), [("\ud83d", "half a character (U+D83D)"), ("\0", "a NUL character (U+0000)")]
)
def test_what_could_not_be_read_again_is_refused_and_never_replaced(tmp_path, bad, named):
    path = tmp_path / "half.txt"
    path.write_bytes(b"old")
    line = failure(TextFile.read(path)[1], f"one\ntwo {bad} three")
    assert line == f"half.txt was not saved: line 2 has {named}. Delete it, then save again."
    assert path.read_bytes() == b"old"


def test_saving_keeps_permissions_and_follows_links(tmp_path):
    path, link = tmp_path / "real.txt", tmp_path / "link.txt"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    TextFile.read(link)[1].save("new")
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640


def refusal(path) -> str:
    with pytest.raises(TextFileError) as caught:
        TextFile.read(path)
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_what_is_not_a_text_file_is_refused_with_one_line(tmp_path):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\0\0")
    (tmp_path / "unknown.txt").write_bytes("Привет, мир! Это обычный русский текст.".encode("cp866"))
    os.mkfifo(tmp_path / "pipe")
    assert "is a folder" in refusal(tmp_path)
    assert "binary" in refusal(tmp_path / "picture.png")
    assert "encoding of this text is not known: byte 1 is" in refusal(tmp_path / "unknown.txt")
    assert "pipe" in refusal(tmp_path / "pipe")
    assert "no file" in refusal(tmp_path / "vanished.txt")
    assert "can't be read" in refusal("bad\0name")
    assert "can't be read" in refusal(tmp_path / ("n" * 300))
    assert "can't be read" in refusal(tmp_path / "picture.png" / "inside.txt")


def test_a_file_of_50_mb_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "large.txt"
    with path.open("wb") as stream:
        stream.truncate(50_000_000)
    assert "50 MB" in refusal(path)
    path.write_bytes(b"x" * LARGEST)
    assert len(TextFile.read(path)[0]) == LARGEST


def test_no_permission_to_read(tmp_path):
    path = tmp_path / "secret.txt"
    path.write_text("secret")
    path.chmod(0)
    with ordinary_rights():
        assert "permission" in refusal(path)


def test_no_permission_to_write(tmp_path):
    path = tmp_path / "fixed.txt"
    path.write_text("old")
    _, file = TextFile.read(path)
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    with ordinary_rights():
        line = failure(file, "new")
    tmp_path.chmod(0o755)
    assert "Permission denied" in line
    assert path.read_text() == "old"


def failure(file: TextFile, text: str) -> str:
    with pytest.raises(TextFileError) as caught:
        file.save(text)
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_a_full_disk_leaves_the_old_file(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("the old text")
    _, file = TextFile.read(path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        line = failure(file, "x" * 300_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "could not be saved" in line
    assert "Save your text elsewhere" in line
    assert path.read_text() == "the old text"
    assert os.listdir(tmp_path) == ["text.txt"]


def test_saving_where_nothing_can_be_written(tmp_path):
    assert "could not be saved" in failure(TextFile(tmp_path / "no folder" / "text.txt"), "text")
    assert "not a regular file" in failure(TextFile(tmp_path), "text")
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in failure(TextFile(tmp_path / "pipe"), "text")


def test_a_change_by_another_program_is_noticed(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("one")
    _, file = TextFile.read(path)
    assert not file.changed_on_disk()
    os.utime(path, (1, 1))
    assert not file.changed_on_disk()
    path.write_text("two")
    assert file.changed_on_disk()
    file = file.save("three")
    assert not file.changed_on_disk()
    path.unlink()
    assert not file.changed_on_disk()
    file.save("four")
    assert path.read_text() == "four"


def test_a_moved_file_keeps_its_kind(tmp_path):
    file = TextFile(tmp_path / "one.txt", TextEncoding("utf-16-le", bom=True), LineEnds("\r\n"), b"digest").moved(
        tmp_path / "two.txt"
    )
    assert (file.encoding.label, file.line_ends.usual, file.digest) == ("UTF-16 LE", "\r\n", b"")
