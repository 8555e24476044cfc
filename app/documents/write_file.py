"""Replacing the content of a file: everything else about the file stays as it was. Knows no Qt.

A file is replaced by renaming a new one over it, so that a crash leaves the old content or the new. Where a new file
could not have the same links, owner, group or attributes, or the folder allows no rename, the file itself is
overwritten, and a copy of the old content lies on disk meanwhile. Names stay bytes: Qt would decode and encode them,
which changes a name that is not UTF-8.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

import platformdirs

_ACL = "system.posix_acl_access"
_CANNOT_RENAME = (errno.EACCES, errno.EPERM, errno.EBUSY, errno.EXDEV, errno.EROFS)
"""Reasons why a folder refuses a new file or a rename: no permission, a sticky folder, a file that is a mount point."""


class _CannotReplaceError(Exception):
    """A new file cannot take the place of the old one. `str(error)` says why, as the end of a sentence."""


def backup_folder() -> Path:
    """Where the old content lies while a file is overwritten."""
    return Path(platformdirs.user_data_dir("remelt", appauthor=False)) / "backup"


def is_writable(path: Path) -> bool:
    """Whether this process may write a file."""
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def write_file(path: Path, content: bytes) -> str:
    """Write a file, following symbolic links. Raises OSError; the old content is then unchanged.

    Returns why the file was overwritten instead of replaced, as the end of a sentence; "" where it was replaced.
    """
    target = Path(os.path.realpath(path))
    try:
        old = target.stat()
    except FileNotFoundError:
        _replace(target, content, None)
        return ""
    if not is_writable(target):
        # A folder may allow replacing a file that its owner has write-protected.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    try:
        if old.st_nlink > 1:
            raise _CannotReplaceError("it has other hard links")
        _replace(target, content, old)
    except _CannotReplaceError as error:
        _overwrite(target, content)
        return str(error)
    return ""


def _replace(target: Path, content: bytes, old: os.stat_result | None) -> None:
    """Rename a new file over the target. Raises OSError, and _CannotReplaceError where overwriting is needed."""
    # The name of the target may already be as long as names can be.
    draft = target.with_name(f".remelt-{secrets.token_hex(8)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if old is None else 0o600)
    except OSError as error:
        raise _no_rename(error, old) from None
    try:
        with os.fdopen(handle, "wb") as stream:
            if old is not None:
                _take_attributes(stream.fileno(), target, old)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.replace(draft, target)
        except OSError as error:
            raise _no_rename(error, old) from None
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    _sync_folder(target.parent)


def _no_rename(error: OSError, old: os.stat_result | None) -> Exception:
    """What to raise where the folder refuses: an existing file can still be overwritten."""
    if old is not None and error.errno in _CANNOT_RENAME:
        return _CannotReplaceError("its folder doesn’t allow replacing it")
    return error


def _take_attributes(handle: int, target: Path, old: os.stat_result) -> None:
    """Give a new file the owner, group, extended attributes, ACL and mode of the old one."""
    new = os.fstat(handle)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.fchown(handle, old.st_uid, old.st_gid)
        except OSError:
            raise _CannotReplaceError("a new file would have another owner or group") from None
    if hasattr(os, "listxattr"):
        _take_extended_attributes(handle, target)
    # After the owner, whose change clears set-user-ID, and the ACL, whose mask is the group's part of the mode.
    os.fchmod(handle, stat.S_IMODE(old.st_mode))


def _take_extended_attributes(handle: int, target: Path) -> None:
    """Copy extended attributes, of which an ACL is one; remove what the folder has given the new file."""
    theirs = {name: os.getxattr(target, name) for name in _names_of(target)}
    ours = {name: os.getxattr(handle, name) for name in _names_of(handle)}
    for name in ours.keys() - theirs.keys():
        # A security label that the system requires cannot be removed.
        with suppress(OSError):
            os.removexattr(handle, name)
    for name, value in theirs.items():
        if ours.get(name) != value:
            try:
                os.setxattr(handle, name, value)
            except OSError:
                what = "access control list" if name == _ACL else "extended attributes"
                raise _CannotReplaceError(f"a new file would lose its {what}") from None


def _names_of(file: Path | int) -> list[str]:
    """The extended attributes of a file; none where its file system has none."""
    try:
        return os.listxattr(file)
    except OSError as error:
        if error.errno in (errno.ENOTSUP, errno.ENOSYS):
            return []
        raise


def _overwrite(target: Path, content: bytes) -> None:
    """Write into the file itself. Whatever fails, the old content is written back, or left in the backup."""
    handle = os.open(target, os.O_RDWR)
    with os.fdopen(handle, "r+b", buffering=0) as stream:
        old = stream.readall()
        backup = _back_up(target.name, old)
        try:
            if len(content) > len(old) and hasattr(os, "posix_fallocate"):
                # Before anything is overwritten: a full disk is noticed here.
                os.posix_fallocate(handle, 0, len(content))
            _fill(handle, content)
        except BaseException:
            _put_back(handle, old, backup)
            raise
    backup.unlink()


def _put_back(handle: int, old: bytes, backup: Path) -> None:
    """Undo a failed overwrite. Raises OSError, which names the backup, where that fails too."""
    try:
        _fill(handle, old)
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror}. Its old content is in {backup}") from None
    backup.unlink()


def _back_up(name: str, content: bytes) -> Path:
    """Write the old content to a file of its own, readable by nobody else."""
    folder = backup_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Shortened by bytes, since a name may be as long as names can be.
    path = folder / os.fsdecode(secrets.token_hex(8).encode() + b"-" + os.fsencode(name)[-200:])
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        path.unlink()
        raise
    return path


def _fill(handle: int, content: bytes) -> None:
    """Make this the whole content of an open file."""
    os.lseek(handle, 0, os.SEEK_SET)
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]
    os.ftruncate(handle, len(content))
    os.fsync(handle)


def _sync_folder(folder: Path) -> None:
    """Let the rename survive a power failure, where the file system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
