"""What the commands of the window offer now: which are possible, what they are called, and why one is not."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QGuiApplication

from app.bridge import EngineBridge
from app.edits import EDITS
from app.page.page import Page
from app.run.controller import RunController
from app.run_state import RunState


class Offers(QObject):
    """Keeps the actions of a window true to its page, its run and its engine."""

    def __init__(
        self,
        actions: Mapping[str, QAction],
        page: Page,
        controller: RunController,
        bridge: EngineBridge,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._actions, self._page, self._controller, self._bridge = actions, page, controller, bridge
        bridge.ready.connect(self._offer_edits)
        bridge.load_failed.connect(self._offer_edits)
        bridge.replaced.connect(self._offer_edits)
        controller.state_changed.connect(self._take_state)
        for changed in (page.undoAvailable, page.redoAvailable, page.copyAvailable, page.document_shown):
            changed.connect(self._offer_clipboard_and_undo)
        QGuiApplication.clipboard().dataChanged.connect(self._offer_clipboard_and_undo)
        self._take_state(controller.state)
        self._offer_edits()

    @Slot()
    def _offer_edits(self) -> None:
        """Disable what the engine cannot do, and show why."""
        for action, edit in EDITS.items():
            command = self._actions[action.value]
            refusal = self._bridge.refusal(action)
            command.setEnabled(not refusal)
            command.setToolTip(refusal or (f"{edit.tip} ({edit.keys})" if edit.keys else edit.tip))

    @Slot(object)
    def _take_state(self, state: RunState) -> None:
        """Label the commands with what they do now."""
        reviewing = state is RunState.REVIEW
        self._actions["rewrite"].setText("&Accept" if reviewing else "&Rewrite")
        self._actions["escape"].setText("Re&ject" if reviewing else "&Stop")
        for name in ("escape", "again"):
            self._actions[name].setEnabled(state is not RunState.IDLE)
        for name in ("next_change", "previous_change", "toggle_change", "next_result", "previous_result"):
            self._actions[name].setEnabled(reviewing)
        self._offer_clipboard_and_undo()

    @Slot()
    def _offer_clipboard_and_undo(self) -> None:
        """Disable what would do nothing. During a run and its review, undoing ends it."""
        document, selected = self._page.document(), self._page.textCursor().hasSelection()
        idle = self._controller.state is RunState.IDLE
        for name, possible in (
            ("undo", document.isUndoAvailable() or not idle),
            ("redo", document.isRedoAvailable() and idle),
            ("cut", selected),
            ("copy", selected),
            ("paste", self._page.canPaste()),
        ):
            self._actions[name].setEnabled(possible)
