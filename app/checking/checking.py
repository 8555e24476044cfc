"""Check as I write, put together: what is underlined, what a writer can do about it, and the commands."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QTextBlock, QTextDocument

from app.bridge import EngineBridge
from app.checking.checker import Checker
from app.checking.mark import Mark
from app.checking.menu import CorrectionsMenu
from app.checking.mistake_keys import MistakeKeys
from app.checking.words_dialog import WordsDialog
from app.documents.text_document import replace_range, slice_of
from app.own_words import OwnWords
from app.page.page import Page
from app.run_state import RunState
from app.settings import Settings
from app.theme import Theme, ThemeSource

SETTING = "check_as_i_write"
LEAST_LINE = 11
"""Pixels: no line is lower, whatever the size of the text."""
_OFF = "Mistakes are not being marked. Choose Write > Check as I write."


class Checking(QObject):
    """Marks mistakes on a page, and mends them as the writer chooses.

    own_words: those that the writer has added to the dictionary.
    """

    message = Signal(str)
    """One line for the writer."""
    warning = Signal(str)
    """One line that the writer must not miss."""

    def __init__(
        self,
        page: Page,
        bridge: EngineBridge,
        themes: ThemeSource,
        settings: Settings,
        own_words: OwnWords,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._page, self._settings, self.own_words = page, settings, own_words
        self._checker = Checker(page, bridge, own_words, self)
        self._document: QTextDocument | None = None
        self._failed = False
        self._hidden: Mark | None = None
        MistakeKeys(page, self, self)
        page.underlines.find = self._spans
        self._checker.found.connect(self._repaint)
        self._checker.failed.connect(self._take_failure)
        page.cursorPositionChanged.connect(self._take_caret)
        settings.changed.connect(self._take_setting)
        themes.theme_changed.connect(self._take_theme)
        self._take_theme(themes.theme)

    def set_document(self, document: QTextDocument) -> None:
        """Another document is open."""
        self._document = document
        self._start()

    @Slot(object)
    def take_state(self, state: RunState) -> None:
        """A run has started or ended."""
        self._checker.take_state(state)

    def right_words(self) -> frozenset[str]:
        """Words that Fix leaves alone: the writer's own, and those ignored in this document."""
        return self.own_words.words | self._checker.ignored_words

    @property
    def is_busy(self) -> bool:
        """Whether some paragraphs have not been checked yet."""
        return self._checker.is_busy

    # The commands of the menu.

    def next_mistake(self) -> None:
        """Go to the next underline."""
        self._go(1)

    def previous_mistake(self) -> None:
        """Go to the previous underline."""
        self._go(-1)

    def show_corrections(self) -> None:
        """Offer corrections of the underlined words at the caret."""
        found = self.mark_at(self._page.textCursor().position())
        if found is not None:
            self.offer(*found)
        elif self._checker.is_on:
            self.message.emit("No mistake is marked at the caret. Press Ctrl+; to go to the next one.")
        else:
            self.message.emit(_OFF)

    def edit_own_words(self) -> None:
        """Show the writer's own words, to remove some."""
        before = self.own_words.words
        if self.own_words.trouble:
            self.warning.emit(self.own_words.trouble)
            return
        dialog = WordsDialog(self.own_words, self._page.window())
        dialog.exec()
        dialog.deleteLater()
        for word in before - self.own_words.words:
            self._checker.look_again_for(word)
        if self.own_words.trouble:
            self.warning.emit(self.own_words.trouble)

    # What keys and clicks ask for.

    def mark_at(self, position: int) -> tuple[int, Mark] | None:
        """The underlined words at a position of the page, and where their paragraph starts."""
        block = self._page.document().findBlock(position)
        place = position - block.position()
        marks = (mark for mark in self._shown(block) if mark.start <= place <= mark.end)
        return next(((block.position(), mark) for mark in marks), None)

    def offer(self, start: int, mark: Mark, more: Sequence[QAction] = ()) -> None:
        """Show the menu of a mistake. start: of its paragraph. more: see CorrectionsMenu."""
        rects = self._page.range_rects(start + mark.start, start + mark.end)
        if not rects:
            self._page.ensureCursorVisible()
            rects = self._page.range_rects(start + mark.start, start + mark.end)
        menu = CorrectionsMenu(mark, more, self._page)
        menu.chosen.connect(lambda text: self._correct(start, mark, text))
        menu.ignored.connect(lambda: self._ignore(mark))
        menu.added.connect(lambda: self._add(mark))
        below = rects[-1].bottomLeft().toPoint() if rects else self._page.cursorRect().bottomLeft()
        menu.popup(self._page.viewport().mapToGlobal(below))

    def _correct(self, start: int, mark: Mark, text: str) -> None:
        document = self._document
        first, last = start + mark.first, start + mark.last
        if document is None or slice_of(document, first, last) != mark.written:
            self.message.emit("The text has changed. Nothing was corrected.")
            return
        cursor = self._page.textCursor()
        cursor.setPosition(replace_range(document, first, last, text))
        self._page.setTextCursor(cursor)
        self.message.emit("Corrected. Press Ctrl+Z to undo.")

    def _ignore(self, mark: Mark) -> None:
        self._checker.ignore(mark)
        self.message.emit(f"Ignored “{mark.written.strip()}” in this document.")

    def _add(self, mark: Mark) -> None:
        word = mark.written.strip().removesuffix("'s").removesuffix("’s")
        if self.own_words.add(word):
            self._checker.look_again_for(word)
            self.message.emit(f"Added “{word}” to your dictionary. Write > Added words… removes it.")
        else:
            self.warning.emit(self.own_words.trouble)

    def _go(self, by: int) -> None:
        """Go to the next (1) or the previous (-1) underline, from the last one on to the first."""
        if not self._checker.is_on or self._page.document() is not self._document:
            self.message.emit(_OFF if not self._checker.is_on else "Finish the review first.")
            return
        places = [(start + mark.start, mark) for start, mark in self._checker.marks.places()]
        if not places:
            busy = self._checker.is_busy
            self.message.emit("No mistakes found yet; the check is going on." if busy else "No more mistakes.")
            return
        caret = self._page.textCursor().selectionStart()
        beyond = [each for each in places if (each[0] > caret if by > 0 else each[0] < caret)]
        place, mark = (beyond or places)[0 if by > 0 else -1]
        cursor = self._page.textCursor()
        cursor.setPosition(place)
        self._page.setTextCursor(cursor)
        self._page.ensureCursorVisible()
        wrapped = "" if beyond else "From the start: " if by > 0 else "From the end: "
        written = mark.written.strip() or " ".join(each.strip()[-12:] for each in mark.around)
        self.message.emit(f"{wrapped}“{written}”, {mark.correction.reason}. Alt+Return shows corrections.")

    # What is painted.

    def _shown(self, block: QTextBlock) -> list[Mark]:
        """The marks of a paragraph but for the word that is being typed."""
        typed = self._checker.marks.typed_at
        marks = self._checker.marks.of(block)
        if not marks or typed != self._page.textCursor().position():
            return list(marks)
        place = typed - block.position()
        return [mark for mark in marks if not mark.start <= place <= mark.end]

    def _spans(self, block: QTextBlock) -> list[tuple[int, int]]:
        if self._page.is_composing and block == self._page.textCursor().block():
            return []
        return [(mark.start, mark.end) for mark in self._shown(block)]

    @Slot(int)
    def _repaint(self, number: int) -> None:
        """Paint the page again if a paragraph may be on it; -1 for any."""
        page = self._page
        if number < 0 or 0 <= number - page.firstVisibleBlock().blockNumber() <= page.height() // LEAST_LINE:
            page.viewport().update()

    @Slot()
    def _take_caret(self) -> None:
        """The caret may have left a word that was hidden while it was typed."""
        typed = self._checker.marks.typed_at
        document = self._document
        if self._hidden is not None and document is not None and self._page.textCursor().position() != typed:
            self._hidden = None
            self._repaint(-1)
        elif self._checker.is_on and typed >= 0 and document is not None:
            block = document.findBlock(typed)
            place = typed - block.position()
            self._hidden = next((m for m in self._checker.marks.of(block) if m.start <= place <= m.end), None)

    # What changes.

    def _start(self) -> None:
        if self._document is not None and self._settings.value(SETTING) and not self._failed:
            self._checker.start(self._document)
        else:
            self._checker.stop()

    @Slot(str, object)
    def _take_setting(self, name: str, _value: object) -> None:
        if name == SETTING:
            self._failed = False
            self._start()

    @Slot(str)
    def _take_failure(self, reason: str) -> None:
        self._failed = True
        self.warning.emit(f"Mistakes are no longer marked. {reason}")

    @Slot(object)
    def _take_theme(self, theme: Theme) -> None:
        self._page.underlines.color = theme.mistake
        self._page.viewport().update()
