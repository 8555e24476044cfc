"""Saving changes the content of a file and nothing else."""

import errno
import os
import stat
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import Mock

import pytest

from app.documents.text_file import TextFile, TextFileError
from app.documents.write_file import backup_folder, write_file

NOBODY = 65534


@pytest.fixture(autouse=True)
def backups(tmp_path, monkeypatch) -> Path:
    """Keep the backups of these tests in the test's own folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return backup_folder()


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder in which another user can read and write, unlike the test's own."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        yield Path(folder)


@contextmanager
def ordinary_rights() -> Iterator[None]:
    """The permissions of an ordinary user, even if the tests run as root."""
    root = os.geteuid() == 0
    if root:
        os.setegid(NOBODY)
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
            os.setegid(0)


def acl(*entries: tuple[int, int, int]) -> bytes:
    """An ACL as Linux keeps it: version 2, then tag, permissions and ID of each entry, all little-endian."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def test_a_name_that_is_no_utf8_stays_the_same_file(tmp_path):
    path = os.fsencode(tmp_path) + b"/caf\xe9.md"
    Path(os.fsdecode(path)).write_text("old")
    text, file = TextFile.read(os.fsdecode(path))
    file.save(text + " and new")
    assert os.listdir(os.fsencode(tmp_path)) == [b"caf\xe9.md"]
    assert Path(os.fsdecode(path)).read_text() == "old and new"
    assert file.name == "caf\ufffd.md"


def test_a_replaced_file_keeps_mode_group_and_attributes(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("old")
    os.chown(path, -1, NOBODY if os.geteuid() == 0 else os.getgroups()[-1])
    os.setxattr(path, "user.remelt", b"kept")
    path.chmod(0o2764)
    before = path.stat()
    assert write_file(path, b"new") == ""
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert os.getxattr(path, "user.remelt") == b"kept"
    assert after.st_ino != before.st_ino


def test_a_replaced_file_keeps_its_acl_and_takes_none_from_the_folder(tmp_path):
    none = 0xFFFFFFFF
    listed = acl((1, 6, none), (2, 4, 1234), (4, 4, none), (16, 6, none), (32, 0, none))
    path, plain = tmp_path / "listed.txt", tmp_path / "plain.txt"
    for file in (path, plain):
        file.write_text("old")
    os.setxattr(path, "system.posix_acl_access", listed)
    os.setxattr(
        tmp_path, "system.posix_acl_default", acl((1, 7, none), (2, 7, 99), (4, 7, none), (16, 7, none), (32, 7, none))
    )
    write_file(path, b"new")
    write_file(plain, b"new")
    assert os.getxattr(path, "system.posix_acl_access") == listed
    assert "system.posix_acl_access" not in os.listxattr(plain)


def test_a_file_with_other_hard_links_is_overwritten(tmp_path, backups):
    path, other = tmp_path / "one.txt", tmp_path / "two.txt"
    path.write_text("a longer old text")
    os.link(path, other)
    _, file = TextFile.read(path)
    file = file.save("new")
    assert other.read_text() == "new"
    assert path.stat().st_nlink == 2
    assert file.overwritten == "it has other hard links"
    assert os.listdir(backups) == []
    assert file.moved(tmp_path / "three.txt").save("new").overwritten == ""


def test_a_file_whose_attributes_a_new_one_cannot_have_is_overwritten(tmp_path, monkeypatch):
    path = tmp_path / "text.txt"
    path.write_text("old")
    os.setxattr(path, "user.remelt", b"kept")
    monkeypatch.setattr(os, "setxattr", Mock(side_effect=PermissionError(errno.EPERM, "Operation not permitted")))
    assert write_file(path, b"new") == "a new file would lose its extended attributes"
    assert path.read_text() == "new"
    assert os.getxattr(path, "user.remelt") == b"kept"
    assert sorted(os.listdir(tmp_path)) == ["data", "text.txt"]


def test_a_file_of_another_owner_keeps_the_owner(public, monkeypatch):
    path = public / "text.txt"
    path.write_text("old")
    path.chmod(0o666)
    monkeypatch.setenv("XDG_DATA_HOME", str(public / "data"))
    owner = path.stat().st_uid
    with ordinary_rights():
        write_file(path, b"new")
    assert (path.read_text(), path.stat().st_uid) == ("new", owner)


@pytest.mark.parametrize("mode", [0o555, 0o1777])
def test_a_folder_that_allows_no_rename(public, monkeypatch, mode):
    inner = public / "inner"
    inner.mkdir()
    path = inner / "text.txt"
    path.write_text("old")
    path.chmod(0o666)
    inner.chmod(mode)
    monkeypatch.setenv("XDG_DATA_HOME", str(public / "data"))
    with ordinary_rights():
        assert write_file(path, b"new")
    assert path.read_text() == "new"
    assert os.listdir(inner) == ["text.txt"]


def test_a_file_that_is_a_mount_point_is_overwritten(tmp_path, monkeypatch):
    path = tmp_path / "text.txt"
    path.write_text("old")
    monkeypatch.setattr(os, "replace", Mock(side_effect=OSError(errno.EBUSY, "Device or resource busy")))
    assert write_file(path, b"new") == "its folder doesn’t allow replacing it"
    assert path.read_text() == "new"
    assert sorted(os.listdir(tmp_path)) == ["data", "text.txt"]


def test_a_write_protected_file_is_not_replaced(public):
    path = public / "text.txt"
    path.write_text("old")
    path.chmod(0o444)
    with ordinary_rights():
        _, file = TextFile.read(path)
        assert file.read_only
        with pytest.raises(TextFileError, match="Permission denied"):
            file.save("new")
    assert path.read_text() == "old"


def test_a_failed_overwrite_puts_the_old_content_back(tmp_path, backups, monkeypatch):
    path = tmp_path / "one.txt"
    path.write_text("the old text")
    os.link(path, tmp_path / "two.txt")
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", Mock(side_effect=[None, OSError(errno.EIO, "Input/output error"), None]))
    with pytest.raises(OSError, match="Input/output error"):
        write_file(path, b"new")
    assert path.read_text() == "the old text"
    assert os.listdir(backups) == []
    failures = [None, OSError(errno.EIO, "Input/output error"), OSError(errno.EIO, "Input/output error")]
    monkeypatch.setattr(os, "fsync", Mock(side_effect=failures))
    with pytest.raises(OSError, match="Its old content is in"):
        write_file(path, b"new")
    monkeypatch.setattr(os, "fsync", sync)
    (backup,) = backups.iterdir()
    assert backup.read_text() == "the old text"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_a_full_disk_is_noticed_before_an_overwrite(tmp_path, monkeypatch):
    path = tmp_path / "one.txt"
    path.write_text("old")
    os.link(path, tmp_path / "two.txt")
    monkeypatch.setattr(os, "posix_fallocate", Mock(side_effect=OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        write_file(path, b"a longer new text")
    assert path.read_text() == "old"


def test_a_new_file_follows_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        write_file(tmp_path / "new.txt", b"new")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "new.txt").stat().st_mode) == 0o640


def test_a_name_as_long_as_names_can_be(tmp_path):
    path = tmp_path / ("é" * 127)
    write_file(path, b"one")
    os.link(path, tmp_path / "other")
    write_file(path, b"two")
    assert (tmp_path / "other").read_bytes() == b"two"
