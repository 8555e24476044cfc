"""Keep a journal of the open document while it is unsaved, and find the journals of crashed sessions."""

from __future__ import annotations

import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLockFile, QObject, Signal, Slot
from PySide6.QtGui import QTextDocument

from app.documents.journal import DRAFT, ENDING, Journal, JournalError, Recovered, read
from app.documents.line_ends import LineEnds
from app.documents.open_document import OpenDocument
from app.documents.text_document import marked_slice, marked_text
from app.documents.text_file import TextFile, TextFileError
from engine import TextEncoding

_PATIENCE = 5.0
"""Seconds to wait for the disk after an error."""


class JournalKeeper(QObject):
    """Follows the open document. Each window has one journal, locked for as long as it exists.

    folder: of the journals of all windows.
    """

    warning = Signal(str)
    """One line for the writer."""

    def __init__(self, folder: Path, opened: OpenDocument) -> None:
        super().__init__(opened)
        self._folder = folder
        self._opened = opened
        self._document = opened.document
        self._length = self._place = 0
        self._keeping = False
        self._lock: QLockFile | None = None
        self._journal: Journal | None = None
        opened.replaced.connect(self._follow)
        self._watch(opened.document)

    def recoverable(self) -> list[Recovered]:
        """The texts of journals that belong to no open window, newest first. Unreadable ones stay where they are."""
        found = []
        for path in self._folder.glob(f"*{ENDING}"):
            lock = _lock_of(path)
            if not lock.tryLock(0):
                continue
            try:
                # An unfinished draft of a new journal; the old journal is complete.
                self._remove(path.with_suffix(DRAFT))
                recovered = read(path)
            except JournalError as error:
                self.warning.emit(str(error))
                continue
            finally:
                lock.unlock()
            if _is_saved(recovered):
                self._remove(path)
            else:
                found.append(recovered)
        return sorted(found, key=lambda recovered: recovered.written, reverse=True)

    def restore(self, recovered: Recovered) -> bool:
        """Open such a text; its journal is removed once the open document has its own. False if it was not opened."""
        restored = self._opened.restore(recovered.text, file_of(recovered), recovered.about["title"])
        # Set by now: the restored text is unsaved.
        if restored and self._journal is not None:
            self._journal.drop(recovered.path)
        return restored

    def discard(self, recovered: Recovered) -> None:
        """Remove a journal."""
        self._remove(recovered.path)

    def secure(self) -> bool:
        """Write the whole text now, after an error that may have kept an edit from the journal.

        Whether all that is unsaved is on disk.
        """
        if not self._document.isModified():
            return True
        self._keeping = True
        self._length = self._document.characterCount() - 1
        self._place = min(self._place, self._length)
        journal = self._own_journal()
        journal.begin(_about(self._opened), marked_text(self._document), self._place)
        return journal.secure(_PATIENCE)

    def close(self) -> None:
        """Stop keeping the text: the writer has decided what to do with unsaved changes and is leaving."""
        self._leave()
        if self._journal is not None:
            self._journal.close()
            self._journal = None
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def name_of(self, recovered: Recovered) -> str:
        """The name of such a text."""
        file = file_of(recovered)
        return file.name if file else recovered.about["title"]

    @Slot(object)
    def _follow(self, document: QTextDocument) -> None:
        """Another document is open; the previous one was saved or discarded."""
        self._leave()
        self._document.contentsChange.disconnect(self._take_edit)
        self._document.modificationChanged.disconnect(self._take_modified)
        self._watch(document)

    def _watch(self, document: QTextDocument) -> None:
        self._document = document
        self._length, self._place = document.characterCount() - 1, 0
        document.contentsChange.connect(self._take_edit)
        document.modificationChanged.connect(self._take_modified)

    @Slot(int, int, int)
    def _take_edit(self, position: int, removed: int, added: int) -> None:
        before, self._length = self._length, self._document.characterCount() - 1
        self._place = min(position + added, self._length)
        if self._journal is None or not self._keeping:
            return
        # Qt may count the end of the document as if it could be edited.
        removed = min(removed, before - position)
        added = self._length - before + removed
        if removed or added:
            self._journal.edit(position, removed, marked_slice(self._document, position, position + added))

    @Slot(bool)
    def _take_modified(self, modified: bool) -> None:
        """Start or stop keeping the text. Qt reports the edit itself first."""
        if not modified:
            self._leave()
        elif not self._keeping:
            self._keeping = True
            self._own_journal().begin(_about(self._opened), marked_text(self._document), self._place)

    def _remove(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            self.warning.emit(f"{path} can't be removed: {error.strerror}.")

    def _own_journal(self) -> Journal:
        """The journal of this window, made and locked when it is first needed."""
        if self._journal is None:
            path = self._folder / f"{uuid.uuid4().hex}{ENDING}"
            self._journal = Journal(path, self.warning.emit)
            self._lock = _lock_of(path)
            # If this fails, writing fails too and reports why.
            with suppress(OSError):
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.tryLock(0)
        return self._journal

    def _leave(self) -> None:
        if self._journal is not None and self._keeping:
            self._keeping = False
            self._journal.drop()


def _lock_of(path: Path) -> QLockFile:
    """The lock of a journal. It holds for as long as its process runs."""
    lock = QLockFile(str(path.with_suffix(".lock")))
    lock.setStaleLockTime(0)
    return lock


def _about(opened: OpenDocument) -> dict[str, Any]:
    """What is needed to reopen a text as it was."""
    file = opened.file
    return {
        "title": opened.title,
        "file": file
        and {
            "path": str(file.path),
            "codec": file.encoding.codec,
            "bom": file.encoding.bom,
            "guessed": file.encoding.guessed,
            "usual": file.line_ends.usual,
            "mixed": file.line_ends.mixed,
            "digest": file.digest.hex(),
        },
    }


def file_of(recovered: Recovered) -> TextFile | None:
    """The file a text belongs to."""
    kept = recovered.about["file"]
    if kept is None:
        return None
    line_ends = LineEnds(kept["usual"], tuple((line, end) for line, end in kept["mixed"]))
    # Earlier versions wrote nothing but UTF-8.
    encoding = TextEncoding(kept.get("codec", "utf-8"), kept["bom"], kept.get("guessed", False))
    return TextFile(Path(kept["path"]), encoding, line_ends, bytes.fromhex(kept["digest"]))


def _is_saved(recovered: Recovered) -> bool:
    """Whether its file has the same text: it was saved, but the journal could not be removed."""
    file = file_of(recovered)
    try:
        return file is not None and TextFile.read(file.path, file.encoding)[0] == recovered.text
    except TextFileError:
        return False
