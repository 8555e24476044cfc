"""The parts around the open file put together for a window."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.disk_notice import DiskNotice
from app.documents.file_lock import FileLocks
from app.documents.folds import FOLDED
from app.documents.journal_keeper import JournalKeeper
from app.documents.open_document import OpenDocument
from app.documents.text_file import TextFile, shown
from app.documents.versions import Versions
from app.files.drops import Drops
from app.files.recent import Recent, RecentFiles
from app.files.recent_menu import RecentMenu
from app.files.start import start_to_restore
from app.page.long_lines import LongLines
from app.page.page import Page
from app.recovery import Recovery
from app.settings import Settings

if TYPE_CHECKING:
    from app.files.handover import Reception


def make_document(page: Page, window: QWidget, settings: Settings, state: Path | None) -> OpenDocument:
    """The open document of a window. state: the folder for locks and versions; None for neither."""
    versions = state / "versions" if state and settings.value("versions") else None
    return OpenDocument(page.font(), window, FileLocks(state and state / "locks"), Versions(versions))


class FileTools(QObject):
    """One for each window. Its commands have the names of those in the menus.

    notice: to be put above the page; hidden until another program changes the file.
    """

    message = Signal(str)
    """One line for the writer."""

    def __init__(
        self, page: Page, opened: OpenDocument, journal: JournalKeeper | None, settings: Settings, window: QWidget
    ) -> None:
        """journal: None where none is kept."""
        super().__init__(window)
        self._page, self._opened, self._journal, self._window = page, opened, journal, window
        self._settings = settings
        self._recents = RecentFiles(settings)
        self._document, self._file = opened.document, opened.file
        self._is_for_recovery = False
        self._reception: Reception | None = None
        self.notice = DiskNotice(opened)
        self._recovery = Recovery(window, page, journal, start_to_restore)
        self._menu = RecentMenu(self._recents, window)
        self._recovery.message.connect(self.message)
        self._menu.chosen.connect(self._open_recent)
        Drops(window).dropped.connect(opened.open)
        opened.leaving.connect(self._note_place)
        opened.name_changed.connect(self._follow)
        LongLines(page, self).first_folded.connect(self._tell_folded)

    def add_menu(self, file_menu: QMenu) -> None:
        """Put the recent files after Open."""
        actions = file_menu.actions()
        place = next(number for number, action in enumerate(actions) if action.objectName() == "open")
        file_menu.insertMenu(actions[place + 1], self._menu)

    def restore_unsaved(self) -> None:
        """Ask about texts of earlier sessions."""
        self._recovery.restore_unsaved()

    def revert(self) -> None:
        """Go back to what is in the file."""
        self._opened.revert()

    def open_last(self) -> None:
        """Open the file of the last session, unless a text waits to be restored or another window has the file."""
        recents = self._recents.all
        if not self._settings.value("reopen_last") or not recents:
            return
        path = recents[0].path
        waiting = self._journal is not None and self._journal.recoverable()
        if not waiting and os.path.isfile(path) and self._opened.locks.is_free(Path(path)):
            self._opened.open_or_begin(path)

    def open_recovered(self, journal: Path) -> None:
        """Restore the text of a journal without a question: this window was started for it."""
        self._is_for_recovery = True
        self._recovery.restore_from(journal)

    def offer_at_start(self) -> None:
        """Ask about texts that were not saved when the program last ended."""
        if not self._is_for_recovery:
            self._recovery.offer_at_start(self._opened.file)

    def answer_at(self, where: str) -> None:
        """Answer other starts of the program there, unless another window does. See `handover`."""
        # It needs a system library that may be missing.
        from app.files.handover import Reception

        self._reception = Reception(where, self._is_busy, self)
        self._reception.requested.connect(self._take_request)

    def close(self) -> None:
        """The window has closed."""
        if self._reception is not None:
            self._reception.close()
        self._note_place()
        self._opened.close()

    @Slot()
    def _tell_folded(self) -> None:
        # The status bar shows it beside what else is unusual about the file.
        self._opened.name_changed.emit()
        self.message.emit(f"{self._opened.name} {FOLDED}")

    @Slot(object)
    def _take_request(self, path: str) -> None:
        """Come to the front for another start of the program, and open its file. path: "" for none."""
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()
        # Where the system lets no program come to the front by itself.
        QApplication.alert(self._window)
        file = self._opened.file
        if path and (file is None or os.path.realpath(path) != os.path.realpath(file.path)):
            self._opened.open_or_begin(path)

    def _is_busy(self) -> bool:
        return self._opened.is_opening or QApplication.activeModalWidget() is not None

    @Slot(object)
    def _open_recent(self, path: str) -> None:
        if os.path.exists(path):
            self._opened.open(path)
        else:
            self._recents.remove(path)
            self.message.emit(f"There is no file {shown(path)} any more. It is off the list now.")

    @Slot()
    def _note_place(self) -> None:
        """Remember where the writer is."""
        if self._file is not None and self._file.digest:
            self._recents.change(self._place(self._file))

    @Slot()
    def _follow(self) -> None:
        """Another file is open, or this one was saved; a file that was open before is shown where it was left."""
        file, is_new = self._opened.file, self._opened.document is not self._document
        if file is self._file and not is_new:
            return
        self._document, self._file = self._opened.document, file
        if file is None or not file.digest:
            return
        known = self._recents.find(str(file.path))
        if is_new and known:
            self._go_to(known)
        self._recents.add(self._place(file))

    def _place(self, file: TextFile) -> Recent:
        top = self._page.firstVisibleBlock()
        line = self._page.verticalScrollBar().value() - top.firstLineNumber()
        return Recent(str(file.path), self._page.textCursor().position(), max(0, top.blockNumber()), max(0, line))

    def _go_to(self, place: Recent) -> None:
        """Show a place, as far as the text still reaches."""
        cursor = self._page.textCursor()
        cursor.setPosition(min(max(0, place.caret), self._document.characterCount() - 1))
        self._page.setTextCursor(cursor)
        self._scroll(self._document, place)
        if not self._window.isVisible():
            # The page gets its width, and the lines their breaks, only when the window is shown.
            QTimer.singleShot(0, self, partial(self._scroll, self._document, place))

    def _scroll(self, document: QTextDocument, place: Recent) -> None:
        if document is self._page.document():
            self._page.scroll_to(document.findBlockByNumber(place.paragraph), place.line)
