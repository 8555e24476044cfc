"""A run from the key press to the accepted change: idle, running, review, idle.

The writer's document is not touched before a change is accepted. Meanwhile the page shows a scratch document; what the
writer types outside the range goes to both.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QTextDocument

from app.bridge import EngineBridge
from app.documents.scratch import Scratch
from app.edits import Asked, Wish, doing
from app.page.page import Page
from app.run.engine_feed import EngineFeed
from app.run.keys import RunKeys
from app.run.open_run import OpenRun, Range
from app.run.request import Target, place_for
from app.run.request_maker import RequestMaker
from app.run.results import Results
from app.run.review import counted
from app.run.review_commands import ReviewCommands
from app.run.selection_bar import SelectionBar
from app.run.view import RunView
from app.run_state import RunState
from app.settings import Settings
from app.theme import ThemeSource
from engine import Action, EditResult, Frame

_UNCHANGED = " Your text is unchanged."


class RunController(QObject):
    """One run at a time on one page.

    state: what the editor is doing. real_document: the writer's text, which is what to save at any time.
    review: the commands of a review. selection_bar: the bar beside the selection.
    """

    state_changed = Signal(object)
    """The new RunState."""
    message = Signal(str)
    """One line for the writer."""
    undo_offered = Signal(str)
    """One line that says what Ctrl+Z would undo."""
    last_run = Signal(object)
    """The EditResult of a run that ended by itself."""

    def __init__(
        self, page: Page, bridge: EngineBridge, themes: ThemeSource, settings: Settings, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.state = RunState.IDLE
        self.real_document: QTextDocument = page.document()
        self.requests = RequestMaker(settings)
        self.selection_bar = SelectionBar(page, themes, settings, bridge)
        self._page, self._bridge = page, bridge
        self._feed = EngineFeed(bridge, self)
        self._open: OpenRun | None = None
        self._view = RunView(page, themes, settings, self)
        self.review = ReviewCommands(page, self._view, self)
        self.keys = RunKeys(page, self, self.review, self.selection_bar, self)
        self._settling = QTimer(self, singleShot=True)
        self._settling.timeout.connect(self._begin_review)
        self._connect()

    def _connect(self) -> None:
        """Listen to everything that reports to the controller."""
        self._feed.range_known.connect(self._take_range)
        self._feed.group_began.connect(self._take_group)
        self._feed.frame_came.connect(self._take_frame)
        self._feed.finished.connect(self._take_result)
        self._feed.failed.connect(self._take_failure)
        self._feed.cancelled.connect(lambda: self._give_up("The run was stopped."))
        self._view.stage.ticked.connect(self._feed.look_for_frame)
        self._view.bar.stop_requested.connect(self.cancel)
        self._view.bar.accept_requested.connect(self.accept)
        self._view.bar.reject_requested.connect(self.reject)
        self._view.bar.again_requested.connect(self.again)
        for part in (self.keys, self.selection_bar, self.review):
            part.message.connect(self.message)
        self.selection_bar.edit_requested.connect(self.edit)

    @property
    def scratch(self) -> Scratch | None:
        """What the page shows during a run and its review."""
        return self._open.scratch if self._open is not None else None

    # What keys, menus and bars ask for.

    def set_document(self, document: QTextDocument) -> None:
        """Another document was opened: a run on the old one ends, and the page shows the new one."""
        self._leave()
        self.real_document = document
        if self._page.document() is not document:
            self._page.show_document(document)

    @Slot(object)
    def edit(self, action: Action) -> None:
        """Start an action on the selection or at the caret. In a review, a rewrite accepts the result."""
        refusal = self._bridge.refusal(action)
        if self.state is RunState.REVIEW and action is Action.REWRITE:
            if not self.review.is_fresh:
                self.accept()
        elif refusal:
            self.message.emit(refusal)
        else:
            self._start_at_caret(action)

    @Slot(object)
    def ask(self, asked: Asked) -> None:
        """Follow an instruction, for the selection or the sentence at the caret; in a review, for its result."""
        run, review = self._open, self.review.shown
        if refusal := self._bridge.ask_refusal:
            self.message.emit(refusal)
        elif run and review and not asked.after and run.selection_beside(self._page.textCursor()) is None:
            self._refine(run, review.result, asked)
        else:
            self._start_at_caret(asked)

    @Slot()
    def again(self) -> None:
        """Repeat the request with the next seed, or melt only the selected words of the result; results are kept."""
        run = self._open
        if run is None:
            self.message.emit("Nothing to retry. Select words and press Ctrl+Return.")
            return
        cursor, review = self._page.textCursor(), self.review.shown
        if review and (chosen := review.chosen(cursor.selectionStart(), cursor.selectionEnd())):
            self._melt_again(run, review.result, *chosen)
            return
        if run.refined is not None:
            self._refine(run, *run.refined)
            return
        place, selection = run.range, run.original_selection
        self._leave(selection=selection)
        self._start(run.wish, place, selection, run.results)

    @Slot()
    def cancel(self) -> None:
        """Stop a run and leave the text unchanged; where there are earlier results, go back to the last one."""
        if self._open is not None and self.state is RunState.RUNNING:
            self._give_up("Stopped.", selection=self._open.original_selection)

    @Slot()
    def reject(self) -> None:
        """Reject the result and keep the old words."""
        if self._open is not None and self.state is RunState.REVIEW:
            self._leave(selection=self._open.original_selection)
            self.message.emit("Rejected." + _UNCHANGED)

    def escape(self) -> None:
        """Stop a run, or else reject the result in review."""
        (self.cancel if self.state is RunState.RUNNING else self.reject)()

    @Slot()
    def accept(self) -> None:
        """Put the reviewed words into the document, as one undo step."""
        review = self.review.shown
        if review is None:
            return
        if self.review.holds_back:
            self.review.show_anyway()
            return
        if review.taken == 0:
            self.reject()
            return
        self._leave(replacement=review.result)
        self.undo_offered.emit(f"Accepted {counted(review.taken)}. Press Ctrl+Z to undo.")

    def yield_to_writer(self) -> None:
        """The writer is about to edit words of the run: the real document comes back, selected as the clone was."""
        self._leave()
        self.message.emit("The run stopped because you edited its words.")

    # The run.

    def _start_at_caret(self, wish: Wish) -> None:
        """Start with what is selected on the page. A new run replaces the old one."""
        self._page.commit_composition()
        cursor = self._page.textCursor()
        run = self._open
        if run is None:
            wish, place = place_for(cursor, wish)
            selection = (cursor.anchor(), cursor.position())
        else:
            beside = run.selection_beside(cursor)
            if beside is not None:
                place = selection = beside
            elif self.state is RunState.RUNNING and wish == run.wish:
                # A second press of the same key is a slip.
                return
            else:
                place, selection = run.range, run.original_selection
            self._leave()
        if place is None:
            self.message.emit("There is no sentence here. Place the caret in one, or select words.")
        else:
            self._start(wish, place, selection)

    def _start(self, wish: Wish, place: Range, selection: Range, results: Results | None = None) -> None:
        """Ask the engine for something on a range and put the scratch document on the page.

        selection: anchor and position to restore if the text stays unchanged. results: earlier ones for the same words.
        """
        target = self.requests.whole(self.real_document, place, wish)
        scratch = Scratch(self.real_document, target.start, target.end, self)
        # Queued, because Qt is still busy with the edit it reports.
        scratch.touched.connect(self._end_touched, Qt.ConnectionType.QueuedConnection)
        scratch.overtaken.connect(self._end_touched)
        self._feed.submit(target.request)
        self._open = OpenRun(wish, target, selection, scratch, results=results)
        self._set_state(RunState.RUNNING)
        waiting = "" if self._bridge.checkpoint else " · waiting for the model"
        # A fix pins all correct words, and an underline would mark them as wrong.
        self._view.open(scratch, doing(wish) + waiting, mark_pinned=wish is not Action.FIX)
        self.message.emit(f"{doing(wish)}… Press Esc to stop.")

    def _melt_again(self, run: OpenRun, words: str, first: int, last: int) -> None:
        """Ask for other words at first..last (code points) of the reviewed `words`; the rest of them stays."""
        if refusal := self._bridge.refusal(Action.REWRITE):
            self.message.emit(refusal)
            return
        target = self.requests.part(self.real_document, run.range, words, first, last)
        self._start_on_result(run, words, target, f"{run.doing} these words… Press Esc to stop.")

    def _refine(self, run: OpenRun, words: str, asked: Asked) -> None:
        """Ask for something more about the reviewed `words`; what the writer had stays the original."""
        run.refined = words, asked
        target = self.requests.refinement(self.real_document, run.range, words, asked)
        self._start_on_result(run, words, target, "Changing this result… Press Esc to stop.")

    def _start_on_result(self, run: OpenRun, words: str, target: Target, line: str) -> None:
        """Ask for something on words of a result, which stay on the page. line: the message."""
        run.restart(target)
        self.review.close()
        self._feed.submit(target.request)
        self._set_state(RunState.RUNNING)
        self._view.reopen(words, run.doing)
        self.message.emit(line)

    @Slot(object)
    def _take_frame(self, frame: Frame) -> None:
        run = self._current
        self._view.show_frame(run.target.frame_of_all(frame), run.doing)

    @Slot(int, int)
    def _take_range(self, start: int, end: int) -> None:
        """The engine reports which words it will replace: whole words, perhaps more than were selected."""
        run = self._current
        if run.target.result is not None:
            if not run.target.holds(start, end):
                self._give_up("Select fewer words: these can't be rewritten on their own.")
            return
        if run.widen(start, end):
            if run.scratch.real_text() == run.target.request.text[start:end]:
                self._view.widen()
            else:
                self._end_touched()

    @Slot(int, int)
    def _take_group(self, group: int, groups: int) -> None:
        self._view.show_group(group, groups, self._current.doing)

    @Slot(str)
    def _take_failure(self, reason: str) -> None:
        self._give_up(reason, "")

    @Slot(object)
    def _take_result(self, result: EditResult) -> None:
        """The run has ended by itself; let its last frame settle."""
        self._current.result = result
        self.last_run.emit(result)
        self._settling.start(self._view.settle())

    @Slot()
    def _begin_review(self) -> None:
        """Show what changed; where nothing did, say so and go back."""
        run = self._current
        result, original = run.result, run.scratch.real_text()
        if result is None:
            return
        as_asked = run.results.original if run.results and run.target.result else result.original
        if as_asked != original:
            self._end_touched()
        elif not result.changed or (original and not result.replacement and result.action is not Action.FIX):
            # Only a mistake, such as a repeated word, is corrected by removing it.
            self._give_up(*(result.note, "") if result.note else ("The engine found no other wording.", _UNCHANGED))
        else:
            run.results = run.results or Results(original)
            is_new = run.results.add(run.target.kept(result))
            self._show_result(run, run.results, "" if is_new else "The new result is the same as an earlier one.")

    def _show_result(self, run: OpenRun, results: Results, line: str) -> None:
        """Review the current result. line: see ReviewCommands.open."""
        self._feed.forget()
        self._set_state(RunState.REVIEW)
        self.review.open(run.scratch, results, line)

    def _give_up(self, reason: str, unchanged: str = _UNCHANGED, selection: Range | None = None) -> None:
        """A run has no result: go back to earlier results, or leave. unchanged: added to the reason when leaving."""
        run = self._current
        if run.results is None:
            self._leave(selection=selection)
            self.message.emit(reason + unchanged)
        elif run.scratch.real_text() != run.results.original:
            self._end_touched()
        else:
            self._feed.cancel()
            self._settling.stop()
            self._show_result(run, run.results, f"{reason} Showing the previous result.")

    @Slot()
    def _end_touched(self) -> None:
        """The words of the run have changed: nothing of its result may be applied."""
        if self._open is not None:
            self._leave()
            self.message.emit("The run stopped because you changed its words. Your edits are kept.")

    def _leave(self, *, replacement: str | None = None, selection: Range | None = None) -> None:
        """End a run or a review; see RunView.close for the arguments.

        A selection may be restored only when the writer asked for the end: any other end may come between two letters,
        and the second one would replace the selection.
        """
        run = self._open
        if run is None:
            return
        self._feed.cancel()
        self._settling.stop()
        self._open = None
        self.review.close()
        self._view.close(self.real_document, replacement, selection)
        run.scratch.close()
        self._set_state(RunState.IDLE)

    @property
    def _current(self) -> OpenRun:
        """The run in progress or in review; only asked for while there is one."""
        assert self._open is not None
        return self._open

    def _set_state(self, state: RunState) -> None:
        self.state = state
        self.selection_bar.wanted = state is RunState.IDLE
        self.selection_bar.follow()
        self.state_changed.emit(state)
