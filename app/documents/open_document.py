"""The open document and its file: new, open, save, and the questions asked before anything is lost."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, QTimer, Signal, Slot
from PySide6.QtGui import QFont, QTextDocument
from PySide6.QtWidgets import QFileDialog, QWidget

from app.documents.encoding_dialog import EncodingDialog
from app.documents.file_lock import FileLocks
from app.documents.folds import FOLDED, has_folds
from app.documents.opening import head_of, make_document, read_file
from app.documents.own_ends import own_ends, set_own_ends
from app.documents.text_document import new_document, plain_text, replace_text
from app.documents.text_file import (
    MissingFileError,
    TextFile,
    TextFileError,
    UnknownFileEncodingError,
    UnwritableError,
    path_shown_as,
    shown,
)
from app.documents.versions import Versions
from app.questions import (
    ConflictAnswer,
    EncodingAnswer,
    UnsavedAnswer,
    ask_about_characters,
    ask_about_conflict,
    ask_about_revert,
    ask_about_shared,
    ask_about_unsaved,
)
from engine import TextEncoding

_KINDS = "Text files (*.txt *.md *.markdown *.text);;All files (*)"
_UNTITLED = "Untitled"
_ELSEWHERE = "open in another Remelt window. Close it there, or save under another name with Ctrl+Shift+S."


class OpenDocument(QObject):
    """One document at a time: the writer's own text. Runs are shown on clones and do not touch it until accepted.

    document: the text. file: None until it is saved. title: its name until then.
    folder: where a file was last opened or saved; "" where none was. locks: of the files that are open here.
    is_opening: whether a file is being read, which passes events on.
    """

    leaving = Signal()
    """Another document is about to be open; the page still shows this one."""
    replaced = Signal(object)
    """Another QTextDocument is open."""
    name_changed = Signal()
    """The name or the presence of unsaved changes has changed."""
    about_to_save = Signal()
    """The text is about to be read for saving."""
    about_to_reload = Signal(object)
    """The text of this QTextDocument is about to become that of its file."""
    message = Signal(str)
    warning = Signal(str)

    def __init__(
        self, font: QFont, window: QWidget, locks: FileLocks | None = None, versions: Versions | None = None
    ) -> None:
        """locks, versions: None to lock nothing, and to keep no version of what is overwritten."""
        super().__init__(window)
        self._window = window
        self.document: QTextDocument = new_document("", font, self)
        self.file: TextFile | None = None
        self.title = _UNTITLED
        self.folder = ""
        self.is_opening = False
        self.locks = locks or FileLocks(None)
        self._versions = versions or Versions(None)
        self.document.modificationChanged.connect(self._note_modified)
        self.name_changed.connect(self._note_name)

    @property
    def name(self) -> str:
        """The name of the document."""
        return self.file.name if self.file else self.title

    @property
    def unsaved(self) -> bool:
        """Whether there are unsaved changes."""
        return self.document.isModified()

    def start_new(self) -> None:
        """Start an empty page, once the writer has agreed to leave this text."""
        if self.may_leave():
            self._replace("", None)

    def show_sample(self, text: str) -> None:
        """Show a sample text, once the writer has agreed to leave this text. It belongs to no file."""
        if self.may_leave():
            self._replace(text, None, "Sample")

    def ask_and_open(self) -> None:
        """Let the writer choose a file, and open it."""
        folder = str(self.file.path.parent) if self.file else self._usual_folder()
        path, _ = QFileDialog.getOpenFileName(self._window, "Open file", folder, _KINDS)
        if path:
            self.open(path_shown_as(path))

    @Slot(object)
    def open(self, path: str, encoding: TextEncoding | None = None) -> None:
        """Open a file, once the writer has agreed to leave this text; if it cannot be opened, nothing changes.

        encoding: in which to read it; None to find out, and to ask where that is not possible.
        """
        try:
            read = self._read(path, encoding)
        except UnknownFileEncodingError as error:
            choice = (
                EncodingDialog.ask(self._window, shown(Path(path).name), head_of(path), None) if not encoding else None
            )
            if choice is None:
                self.warning.emit(str(error))
            else:
                self.open(path, choice.encoding)
        except TextFileError as error:
            self.warning.emit(str(error))
        else:
            if read is not None and self._may_share(read[1]) and self.may_leave():
                self._show(*read)

    def open_or_begin(self, path: str) -> None:
        """Open a file as `open` does; if it does not exist but could, start an empty page under its name."""
        try:
            read = self._read(path)
        except MissingFileError as error:
            if not os.path.isdir(Path(path).absolute().parent):
                self.warning.emit(str(error))
                return
            if self.may_leave() and self._replace("", TextFile(Path(path).absolute())):
                self.message.emit(f"{self.name} is a new file. It is created when you save.")
        except UnknownFileEncodingError:
            # A question needs a window behind it, which is not there yet at the start.
            QTimer.singleShot(0, self, lambda: self.open(path))
        except TextFileError as error:
            self.warning.emit(str(error))
        else:
            if read is not None and not self.locks.is_free(read[1].path):
                QTimer.singleShot(0, self, lambda: self.open(path))
            elif read is not None and self.may_leave():
                self._show(*read)

    def restore(self, text: str, file: TextFile | None, title: str) -> bool:
        """Restore an unsaved text, once the writer has agreed to leave this one."""
        if not self.may_leave() or not self._replace(text, file, title):
            return False
        self.document.setModified(True)
        return True

    def choose_encoding(self) -> None:
        """Let the writer read the file in another encoding, or save the text in one."""
        head = head_of(self.file.path) if self.file else b""
        current = self.file.encoding if self.file else TextEncoding()
        choice = EncodingDialog.ask(self._window, self.name, head, current)
        if choice is None:
            return
        if choice.reopen and self.file:
            self.open(str(self.file.path), choice.encoding)
        else:
            self.save(choice.encoding)

    def save(self, encoding: TextEncoding | None = None) -> bool:
        """Write the text to its file, asking for a name where it has none. True when it is saved.

        encoding: in which to write it; None for that of the file.
        """
        if self.file is None:
            return self.save_as(encoding)
        if self.file.changed_on_disk():
            answer = ask_about_conflict(self._window, self.name, created=not self.file.digest)
            if answer is not ConflictAnswer.OVERWRITE:
                return answer is ConflictAnswer.SAVE_AS and self.save_as(encoding)
        return self._write(self.file, encoding)

    def save_as(self, encoding: TextEncoding | None = None) -> bool:
        """Ask for a name and write the text there. True when it is saved."""
        start = shown(self.file.path) if self.file else os.path.join(self._usual_folder(), f"{self.title}.md")
        path, _ = QFileDialog.getSaveFileName(self._window, "Save as", start, _KINDS)
        if self.file and path == start:
            path = str(self.file.path)
        return bool(path) and self._write((self.file or TextFile(Path())).moved(path), encoding)

    def may_leave(self) -> bool:
        """Whether this text may be closed; asks if it has unsaved changes."""
        if not self.unsaved:
            return True
        answer = ask_about_unsaved(self._window, self.name)
        return answer is UnsavedAnswer.DISCARD or (answer is UnsavedAnswer.SAVE and self.save())

    def revert(self) -> None:
        """Go back to what is in the file, once the writer has agreed. One Ctrl+Z restores the text."""
        if self.file is None or not self.file.digest:
            self.message.emit("This text was never saved. There is nothing to revert to.")
        else:
            self._take_from_disk("Reverted", ask=True)

    @Slot()
    def reload(self) -> None:
        """Show what another program has written to the file. One Ctrl+Z restores the writer's own text."""
        if self.file is not None:
            self._take_from_disk("Reloaded", ask=False)

    @Slot()
    def keep_mine(self) -> None:
        """Keep this text, although another program has changed the file: saving it overwrites the file."""
        if self.file is not None:
            self.file = self.file.as_on_disk()
            self.document.setModified(True)
            self.name_changed.emit()

    def _usual_folder(self) -> str:
        """Where a text without a file belongs: beside the last one, or else among the writer's documents."""
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        return next((folder for folder in (self.folder, documents) if os.path.isdir(folder)), "")

    def close(self) -> None:
        """The window has closed: let others have the file."""
        self.locks.keep_only(None)

    def _read(self, path: str, encoding: TextEncoding | None = None) -> tuple[str, TextFile] | None:
        """Read a file, as `read_file` does."""
        self.is_opening = True
        try:
            return read_file(path, self._window, encoding)
        finally:
            self.is_opening = False

    def _take_from_disk(self, done: str, *, ask: bool) -> None:
        """Make the text that of its file. done: what to say then. ask: also where Ctrl+Z restores unsaved changes."""
        before = self.file
        assert before is not None
        try:
            read = self._read(str(before.path), before.encoding)
        except TextFileError as error:
            self.warning.emit(str(error))
            return
        # Reading passes events on: another file may be open by now.
        if read is None or self.file is not before:
            return
        text, file = read
        # The ends of its lines can't be set as an edit.
        undoable = not file.line_ends.mixed and own_ends(self.document) is None
        if self.unsaved and (ask or not undoable) and not ask_about_revert(self._window, self.name, undoable=undoable):
            return
        self.about_to_reload.emit(self.document)
        if not undoable:
            if self._replace(text, file):
                self.message.emit(f"{done} {self.name}.")
            return
        replace_text(self.document, text)
        self.file = file
        self.document.setModified(False)
        self.name_changed.emit()
        self.message.emit(f"{done} {self.name}. Press Ctrl+Z for the text before.")

    def _may_share(self, file: TextFile) -> bool:
        """Whether to open a file here; asks if another window has it open."""
        return self.locks.is_free(file.path) or ask_about_shared(self._window, file.name)

    def _write(self, file: TextFile, encoding: TextEncoding | None = None) -> bool:
        """Write the text to a file, which is then the open one, unless another window has it open."""
        if encoding is not None:
            file = file.written_in(encoding)
        self.about_to_save.emit()
        if not self.locks.take(file.path):
            self.warning.emit(f"{file.name} was not saved: it is {_ELSEWHERE}")
            return False
        try:
            return self._write_locked(file, encoding)
        finally:
            self.locks.keep_only(self.file and self.file.path)

    def _write_locked(self, file: TextFile, encoding: TextEncoding | None) -> bool:
        not_kept = self._versions.keep(file.path)
        try:
            self.file = file.save(plain_text(self.document), own_ends(self.document))
        except UnwritableError as error:
            answer = ask_about_characters(self._window, file.name, file.encoding.label, error.characters)
            return answer is EncodingAnswer.UTF_8 and self._write(file, TextEncoding())
        except TextFileError as error:
            self.warning.emit(str(error))
            return False
        self._versions.note_written(self.file.digest)
        self.document.setModified(False)
        self.name_changed.emit()
        why = f" Its old content was overwritten, since {self.file.overwritten}." if self.file.overwritten else ""
        why += f" No copy of its old content could be kept ({not_kept})." if not_kept else ""
        how = f" in {encoding.label}" if encoding else ""
        self.message.emit(f"Saved {self.name}{how}.{why}")
        return True

    def _show(self, text: str, file: TextFile) -> None:
        """Make a file the open one, and say what would otherwise be a surprise when typing or saving."""
        if not self._replace(text, file):
            return
        if not self.locks.take(file.path):
            self.message.emit(f"{file.name} is {_ELSEWHERE}")
        elif file.read_only:
            self.message.emit(f"{file.name} is read-only. Save it under another name with Ctrl+Shift+S.")
        elif has_folds(self.document):
            self.message.emit(f"{file.name} {FOLDED}")

    def _replace(self, text: str, file: TextFile | None, title: str = _UNTITLED) -> bool:
        """Make another document the open one. False, with nothing changed, where the writer has cancelled it."""
        old = self.document
        self.is_opening = True
        document = make_document(text, old.defaultFont(), self, self._window, file.name if file else title)
        self.is_opening = False
        if document is None:
            return False
        if file is not None and file.line_ends.mixed:
            lines = text.split("\n")[:-1]
            set_own_ends(document, file.line_ends.filled(lines, file.line_ends.found(lines)))
        self.leaving.emit()
        self.document = document
        self.document.modificationChanged.connect(self._note_modified)
        self.file, self.title = file, title
        if file is not None:
            self.locks.take(file.path)
        self.locks.keep_only(file and file.path)
        self.replaced.emit(self.document)
        self.name_changed.emit()
        old.deleteLater()
        return True

    @Slot()
    def _note_name(self) -> None:
        """Let the document know its name, whose ending tells what kind of text it is; remember its folder."""
        if self.file is not None:
            self.folder = shown(self.file.path.parent)
        self.document.setMetaInformation(QTextDocument.MetaInformation.DocumentTitle, self.name)

    @Slot(bool)
    def _note_modified(self, _modified: bool) -> None:
        self.name_changed.emit()
