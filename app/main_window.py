"""The whole program on one page: the parts of the window, its commands, and how they are connected."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, Qt, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import QApplication, QMainWindow, QVBoxLayout, QWidget

from app.ask.tools import AskTools
from app.bridge import EngineBridge
from app.checking.checking import Checking
from app.commands import IN_SIGHT, KEYS, ON_PAGE
from app.documents.journal_keeper import JournalKeeper
from app.documents.word_count import WordCount
from app.edits import EDITS
from app.files.tools import FileTools, make_document
from app.find.tools import FindTools
from app.menus import add_settings, make_menus, menu_of, separator
from app.models.choice import ModelChoice
from app.models.models import Models
from app.offers import Offers
from app.other_windows import OtherWindows
from app.own_words import OwnWords
from app.page.moving import Moving
from app.page.page import Page
from app.page.selected_words import SelectedWords
from app.page.text_look import TextLook
from app.page.undoing import redo, undo
from app.preferences.dialog import PreferencesDialog
from app.preferences.keymap import Keymap
from app.run.controller import RunController
from app.run.other_words import OtherWords
from app.run.request import make_target
from app.run.selection_bar import STRENGTH_STEP
from app.run_state import RunState
from app.settings import Settings
from app.status_bar import StatusBar
from app.theme import Theme, ThemeSource
from app.top_bar import TopBar
from engine import Action

_CLIPBOARD = {"cut": Qt.Key.Key_X, "copy": Qt.Key.Key_C, "paste": Qt.Key.Key_V}


class MainWindow(QMainWindow):
    """The main window. It owns the document; the bridge, settings and theme are passed in and outlive it.

    journals: the folder in which unsaved text is kept in case of a crash; None to keep none.
    own_words: those the writer has added to the dictionary; None to keep them only in this window.
    choice: what the engine was made of; None for that of the settings.
    state: the folder for locks and for versions of overwritten files; None for neither.
    """

    closed = Signal()
    """The window has closed; unsaved changes were saved or discarded."""

    def __init__(
        self,
        bridge: EngineBridge,
        settings: Settings,
        theme_source: ThemeSource,
        journals: Path | None = None,
        own_words: OwnWords | None = None,
        choice: ModelChoice | None = None,
        state: Path | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self.settings = settings
        self.bridge = bridge
        self.page = Page(settings.value("text_size"))
        self._moving = Moving(self.page)
        self._text_look = TextLook(self.page, settings, self)
        self.open_document = make_document(self.page, self, settings, state)
        self.journal = JournalKeeper(journals, self.open_document) if journals else None
        self.controller = RunController(self.page, bridge, theme_source, settings, self)
        self.checking = Checking(self.page, bridge, theme_source, settings, own_words or OwnWords(parent=self), self)
        self.controller.requests.own_words = self.checking.right_words
        self._find = FindTools(self.page, settings, theme_source, self, lambda: self.controller.scratch)
        self.other_words = OtherWords(self.page, bridge, self.controller, theme_source, self)
        self._ask = AskTools(self.page, bridge, settings, KEYS, self)
        self._top_bar = TopBar()
        self._status_bar = StatusBar()
        self.files = FileTools(self.page, self.open_document, self.journal, settings, self)
        self._words = WordCount(self)
        self._others = OtherWindows(self, bridge, settings, theme_source)
        self._models = Models(bridge, settings, self, self._leave_engine, choice)
        self._lay_out()
        self.actions_by_name = self._make_commands()
        self._keymap = Keymap(self.actions_by_name, settings, self, self.controller.keys.take_keys)
        self._connect_document()
        self._connect_engine(bridge)
        self._restore()
        theme_source.theme_changed.connect(self._take_theme)
        self._take_theme(theme_source.theme)

    @property
    def document(self) -> QTextDocument:
        """The writer's own text, also while a run shows a clone of it."""
        return self.open_document.document

    def open_first(self, path: str | None) -> None:
        """Show the first text: a file, the sample at the very first start, or the file of the last session."""
        if path:
            self.open_document.open_or_begin(path)
        elif not self.settings.value("greeted"):
            self.sample()
            self.settings.set_value("greeted", True)
        else:
            self.files.open_last()

    def offer_recovery(self) -> None:
        """Ask about texts that were not saved when the program last ended."""
        self.files.offer_at_start()

    # The commands, under their names in COMMANDS.

    def new(self) -> None:
        """Start an empty page."""
        self.open_document.start_new()

    def open(self) -> None:
        """Choose a file and open it."""
        self.open_document.ask_and_open()

    def save(self) -> None:
        """Write the text to its file."""
        self.open_document.save()

    def save_as(self) -> None:
        """Write the text to another file."""
        self.open_document.save_as()

    def encoding(self) -> None:
        """Reopen or save the text in another encoding."""
        self.open_document.choose_encoding()

    def undo(self) -> None:
        """Undo the last edit; during a run or review, stop or reject it instead."""
        if self.controller.state is RunState.IDLE:
            undo(self.page)
        else:
            self.escape()

    def redo(self) -> None:
        """Redo the last undone edit."""
        redo(self.page)

    def select_all(self) -> None:
        """Select the whole text."""
        self.page.selectAll()

    def again(self) -> None:
        """Try again with the next seed."""
        self.controller.again()

    def escape(self) -> None:
        """Stop a run or reject its result."""
        self.controller.escape()

    def stronger(self) -> None:
        """Melt more of the selected words."""
        self.controller.selection_bar.change_strength(STRENGTH_STEP)

    def gentler(self) -> None:
        """Melt fewer of the selected words."""
        self.controller.selection_bar.change_strength(-STRENGTH_STEP)

    def compare(self) -> None:
        """Open a window in which both decoders fill the selection, or continue from the caret."""
        if self.controller.state is not RunState.IDLE:
            self._status_bar.show_message("Stop the run or finish its review first. Then compare both decoders.")
            return
        self.page.commit_composition()
        cursor = self.page.textCursor()
        place = cursor.selectionStart(), cursor.selectionEnd()
        self._others.compare(make_target(self.document, *place, Action.FILL, 1.0, 0).request)

    def compare_at_end(self) -> None:
        """The same from the end of the text, for the option --compare."""
        self.page.moveCursor(QTextCursor.MoveOperation.End)
        self.compare()

    def preferences(self) -> None:
        """Open the settings and the keys."""
        PreferencesDialog(self.settings, self._keymap, self).open()

    def how(self) -> None:
        """Open the page that explains text diffusion."""
        self._others.explain()

    def sample(self) -> None:
        """Show the sample text."""
        self.open_document.show_sample(files("resources").joinpath("sample.md").read_text("utf-8"))

    # How the window is put together.

    def _lay_out(self) -> None:
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self._top_bar, self.files.notice, self.page, *self._find.bars, self._ask.bar, self._status_bar):
            column.addWidget(part)
        self.setCentralWidget(centre)
        self.setMinimumSize(480, 320)
        self.page.setFocus()

    def _make_commands(self) -> dict[str, QAction]:
        """Make the actions of all commands: in the menus, as buttons, and on the page."""
        actions = make_menus(self._top_bar.menus, self, self._handler)
        add_settings(self._top_bar.menus, self.settings)
        self.files.add_menu(menu_of(self._top_bar.menus, "&File"))
        self._ask.add_menu(menu_of(self._top_bar.menus, "W&rite"), actions["other_words"])
        for name in IN_SIGHT:
            self._top_bar.add_button(actions[name])
        for name in ON_PAGE:
            self.page.addAction(actions[name] if name else separator(self.page))
        self.page.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        return actions

    def _handler(self, name: str) -> Callable[[], None]:
        """The function of a command."""
        if name in EDITS:
            return lambda: self.controller.edit(Action(name))
        if name in _CLIPBOARD:
            return lambda: self._press_on_page(_CLIPBOARD[name])
        owners = [self, self.files, self.controller.review, self.checking, self.other_words]
        owners += [self._find, self._ask, self._models, self._text_look, self._others]
        return next(getattr(owner, name) for owner in owners if callable(getattr(owner, name, None)))

    def _connect_document(self) -> None:
        document = self.open_document
        document.replaced.connect(self._take_document)
        document.name_changed.connect(self._show_name)
        document.about_to_save.connect(self.page.commit_composition)
        document.warning.connect(self._status_bar.show_file_warning)
        if self.journal is not None:
            self.journal.warning.connect(self._status_bar.show_warning)
        document.about_to_reload.connect(self.controller.set_document)
        self.page.file_dropped.connect(document.open)
        self._moving.zoom_requested.connect(self._text_look.zoom)
        self._words.counted.connect(self._status_bar.show_words)
        SelectedWords(self.page, self._words, self).counted.connect(self._status_bar.show_selected_words)
        self.settings.changed.connect(self._take_setting)
        self._take_document(self.document)
        self._ask.file_requested.connect(document.open)
        document.name_changed.connect(self._ask.read)
        document.folder = self.settings.value("folder")
        self._show_name()

    def _connect_engine(self, bridge: EngineBridge) -> None:
        status = self._status_bar
        bridge.loading.connect(status.show_loading)
        bridge.ready.connect(status.show_ready)
        bridge.load_failed.connect(status.show_failure)
        status.show_loading(0.0, "")
        parts = (self.controller, self.other_words, self._ask, self._models, self.checking, self.files, self._find)
        for part in (*parts, self.page, self.open_document):
            part.message.connect(status.show_message)
        for part in (self._ask, self.checking):
            part.warning.connect(status.show_warning)
        for part in (self.checking, self._find, self._ask):
            self.controller.state_changed.connect(part.take_state)
        self.controller.state_changed.connect(self._others.note_editor)
        self.controller.undo_offered.connect(status.show_undo_offer)
        self.controller.last_run.connect(status.show_last_run)
        self._ask.asked.connect(self.controller.ask)
        Offers(self.actions_by_name, self.page, self.controller, bridge, self)

    def _restore(self) -> None:
        """Restore the position of the window; report problems with the settings."""
        self.resize(1000, 760)
        self.restoreGeometry(QByteArray.fromHex(self.settings.value("window_geometry").encode()))
        for trouble in filter(None, (self.settings.trouble, self._keymap.trouble)):
            self._status_bar.show_warning(trouble)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask only about unsaved text."""
        self.page.commit_composition()
        if not self.open_document.may_leave():
            event.ignore()
            return
        self._find.close()
        self.settings.set_value("window_geometry", bytes(self.saveGeometry().toHex().data()).decode())
        # What follows need not be watched, and nothing is drawn for a window that is hidden.
        self.hide()
        self._leave_engine()
        self.files.close()
        if self.journal is not None:
            self.journal.close()
        event.accept()
        self.closed.emit()

    def _leave_engine(self) -> None:
        """End whatever uses the engine: it ends too, or another model takes its place."""
        self.other_words.close_list()
        self.bridge.cancel()
        self._others.close_all()
        self.controller.cancel()
        self.controller.reject()

    def changeEvent(self, event: QEvent) -> None:
        """Whoever comes back from another program may have changed the file there."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.files.notice.watch.look()

    # Reactions to changes.

    @Slot(object)
    def _take_document(self, document: QTextDocument) -> None:
        self.controller.set_document(document)
        self.page.show_document(document)
        self.page.go_to_start()
        self._words.set_document(document)
        self.checking.set_document(document)
        document.contentsChange.connect(self._status_bar.take_edit)
        self._status_bar.take_document()
        self.page.setFocus()

    @Slot()
    def _show_name(self) -> None:
        document = self.open_document
        self._top_bar.show_name(document.name, unsaved=document.unsaved)
        self.settings.set_value("folder", document.folder)
        self.setWindowTitle(f"{document.name}[*]")
        self.setWindowModified(document.unsaved)
        self._status_bar.show_file(document.file, document.document)

    @Slot(object)
    def _take_theme(self, theme: Theme) -> None:
        QApplication.setPalette(theme.palette())
        self.setStyleSheet(theme.style_sheet())
        self.page.set_theme(theme)
        self._status_bar.set_theme(theme)

    @Slot(str, object)
    def _take_setting(self, _name: str, _value: object) -> None:
        if self.settings.trouble:
            self._status_bar.show_warning(self.settings.trouble)

    def _press_on_page(self, key: Qt.Key) -> None:
        """Send Ctrl and a key to the page, which controls what may be cut and copied during a run."""
        QApplication.sendEvent(self.page, QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.ControlModifier))
