"""A run from the key press to the accepted change: idle, running, review, idle.

The writer's document is not touched before a change is accepted. Meanwhile the page shows a scratch document; what the
writer types outside the range goes to both.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QTextDocument

from app.bridge import EngineBridge
from app.documents.scratch import Scratch, len_utf16, slice_of
from app.edits import ANY_LENGTH, EDITS
from app.page.page import Page
from app.run.keys import RunKeys
from app.run.request import Target, make_part, make_target, range_for
from app.run.results import Results
from app.run.review import Review, counted
from app.run.selection_bar import SelectionBar
from app.run.view import RunView
from app.run_state import RunState
from app.settings import Settings
from app.theme import ThemeSource
from engine import Action, EditResult, Length

FRESH = 400
"""Milliseconds for which a result must have been on the screen before a key press can accept it."""

_NO_OTHERS = "The engine found no other words."
_IN_REVIEW = "Click one to keep your words; Ctrl+R tries selected ones again."
_AS_BEFORE = " Your words are as they were."

Range = tuple[int, int]


class RunController(QObject):
    """One run at a time on one page.

    state: what goes on now. real_document: the writer's text, which is what to save at any time.
    scratch: what the page shows during a run and its review. selection_bar: the bar beside selected words.
    """

    state_changed = Signal(object)
    """The new RunState."""
    message = Signal(str)
    """One line for the writer."""
    last_run = Signal(object)
    """The EditResult of a run that ended by itself."""

    def __init__(
        self,
        page: Page,
        bridge: EngineBridge,
        themes: ThemeSource,
        settings: Settings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.state = RunState.IDLE
        self.real_document: QTextDocument = page.document()
        self.scratch: Scratch | None = None
        self.selection_bar = SelectionBar(page, themes, settings)
        self._page, self._bridge, self._settings = page, bridge, settings
        self._run = 0
        self._seed = 0
        self._action = Action.REWRITE
        self._target: Target | None = None
        self._selection: Range = (0, 0)
        self._result: EditResult | None = None
        self._review: Review | None = None
        self._results: Results | None = None
        self._reviewed_for = QElapsedTimer()
        self._view = RunView(page, themes, settings, self)
        self._keys = RunKeys(page, self)
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.timeout.connect(self._begin_review)
        self._connect()

    def _connect(self) -> None:
        """Everything that reports to the controller."""
        self._bridge.ready.connect(self._offer_actions)
        self._bridge.load_failed.connect(self._offer_actions)
        self._bridge.run_started.connect(self._take_range)
        self._bridge.run_progress.connect(self._take_group)
        self._bridge.run_finished.connect(self._take_result)
        self._bridge.run_failed.connect(self._take_failure)
        self._bridge.run_cancelled.connect(self._take_cancellation)
        self._view.stage.ticked.connect(self._look_for_frame)
        self._view.bar.stop_requested.connect(self.cancel)
        self._view.bar.accept_requested.connect(self.accept)
        self._view.bar.reject_requested.connect(self.reject)
        self._view.bar.again_requested.connect(self.again)
        self._view.bar.result_requested.connect(self.move_to_result)
        self.selection_bar.edit_requested.connect(self.edit)
        self._offer_actions()

    # What keys, menus and bars ask for.

    def set_document(self, document: QTextDocument) -> None:
        """Another document was opened: a run on the old one ends, and the page shows the new one."""
        self._leave()
        self.real_document = document
        if self._page.document() is not document:
            self._page.show_document(document)

    @Slot(object)
    def edit(self, action: Action) -> None:
        """Start an action on the selection or at the caret. In a review, rewrite accepts it, once it could be read."""
        refusal = self._bridge.refusal(action)
        if self.state is RunState.REVIEW and action is Action.REWRITE:
            if self._reviewed_for.elapsed() >= FRESH:
                self.accept()
        elif refusal:
            self.message.emit(refusal)
        else:
            self._start_at_caret(action)

    @Slot()
    def again(self) -> None:
        """Run the same request with the next seed, or melt the words again that are selected in the review.

        The results that there are stay.
        """
        if self.scratch is None:
            self.message.emit("There is nothing to try again. Select words and press Ctrl+Return.")
            return
        cursor = self._page.textCursor()
        chosen = self._review and self._review.chosen(cursor.selectionStart(), cursor.selectionEnd())
        if chosen:
            self._melt_again(*chosen)
            return
        place, selection, results = self._range(), self._original_selection(), self._results
        self._leave(selection=selection)
        self._results = results
        self._start(self._action, place, selection)

    @Slot()
    def cancel(self) -> None:
        """Stop a run and keep the words as they are; where there are results of it, go back to the last one."""
        if self.state is RunState.RUNNING:
            self._give_up("Stopped.", selection=self._original_selection())

    @Slot()
    def reject(self) -> None:
        """Keep the old words."""
        if self.state is RunState.REVIEW:
            self._leave(selection=self._original_selection())
            self.message.emit("Rejected. Your words are as they were.")

    def escape(self) -> None:
        """Stop a run, or else reject what is in review: one step back."""
        (self.cancel if self.state is RunState.RUNNING else self.reject)()

    @Slot()
    def accept(self) -> None:
        """Put the reviewed words into the document, as one step that one undo takes back."""
        if self.state is not RunState.REVIEW:
            return
        if self._review.taken == 0:
            self.reject()
            return
        taken = counted(self._review.taken)
        self._leave(replacement=self._review.result)
        self.message.emit(f"Accepted {taken}. Ctrl+Z brings the old words back.")

    def change_strength(self, by: float) -> None:
        """Make the next rewrite stronger or gentler; `by` is a share, such as 0.1."""
        strength = round(min(1.0, max(0.0, self._settings.value("strength") + by)), 2)
        self._settings.set_value("strength", strength)
        self.message.emit(f"Strength {round(100 * strength)} %")

    @Slot(int)
    def move_to_result(self, by: int) -> None:
        """In a review: show the result that came next (1) or before (-1)."""
        if self._review is None:
            self.message.emit("There are no results to choose from. Select words and press Ctrl+Return.")
        elif self._results.move(by):
            self._show_result()
        else:
            self.message.emit(
                "There is no result behind it; Ctrl+R makes one." if by > 0 else "It is the first result."
            )

    def move_to_change(self, by: int) -> None:
        """In a review: go to the next (1) or the previous (-1) change."""
        if self._review is not None:
            self._review.move(by)
            self._view.refresh_review()
            place = self._review.start_of(self._review.current)
            self._view.select(place, place)
            self._page.ensureCursorVisible()

    def toggle_change(self) -> None:
        """In a review: put the old words of the current change back, or take the new ones after all."""
        if self._review is None:
            return
        if self._review.current is None:
            self.message.emit("Press F7 to go to a change first.")
            return
        self._review.toggle(self._review.current)
        self._view.refresh_review()

    def toggle_change_at(self, position: int) -> int | None:
        """The same for the change at a position of the page; returns its number, None where there is none."""
        number = self._review.change_at(position) if self._review is not None else None
        if number is not None:
            self.toggle_change_number(number)
        return number

    def toggle_change_number(self, number: int) -> None:
        """The same for the change of a number."""
        self._review.toggle(number)
        self._view.refresh_review()

    def yield_to_writer(self) -> None:
        """The writer is going to edit words of the run: the real document comes back, selected as the clone was."""
        self._leave()
        self.message.emit("The run has ended, because you are writing in its words.")

    def text_between(self, first: int, last: int) -> str:
        """What a selection of the page means as text: no noise, and of a review only what would be accepted."""
        if self._review is not None:
            return self._review.text_between(first, last)
        start = self.scratch.to_real(first, outwards_left=True)
        return slice_of(self.real_document, start, self.scratch.to_real(last, outwards_left=False))

    # The run.

    def _start_at_caret(self, action: Action) -> None:
        """Start with what is selected on the page. A new run replaces the old one."""
        self._page.commit_composition()
        cursor = self._page.textCursor()
        if self.scratch is None:
            place = range_for(cursor, action)
            selection = (cursor.anchor(), cursor.position())
        else:
            first, last = cursor.selectionStart(), cursor.selectionEnd()
            if cursor.hasSelection() and not self.scratch.overlaps(first, last):
                start = self.scratch.to_real(first, outwards_left=True)
                place = selection = start, self.scratch.to_real(last, outwards_left=False)
            elif self.state is RunState.RUNNING and action is self._action:
                # A second press of the same key is a slip, not a wish.
                return
            else:
                place, selection = self._range(), self._original_selection()
            self._leave()
        if place is None:
            self.message.emit("There is no sentence here. Put the caret into one, or select words.")
        else:
            self._start(action, place, selection)

    def _start(self, action: Action, place: Range, selection: Range) -> None:
        """Ask the engine for `action` on a range and put the scratch document on the page.

        selection: anchor and position to come back to if the words stay as they are.
        """
        strength, length = self._settings.value("strength"), self._settings.value("length")
        self._action, self._selection = action, selection
        wanted = None if length == ANY_LENGTH else Length(length)
        self._target = make_target(self.real_document, *place, action, strength, self._seed, wanted)
        self._seed += 1
        self.scratch = Scratch(self.real_document, self._target.start, self._target.end, self)
        # Not while Qt is still busy with the edit that it reports.
        self.scratch.touched.connect(self._end_touched, Qt.ConnectionType.QueuedConnection)
        self.scratch.overtaken.connect(self._end_touched)
        self._run = self._bridge.submit(self._target.request)
        self._set_state(RunState.RUNNING)
        waiting = "" if self._bridge.checkpoint else " · waiting for the engine"
        # In a fix all right words are pinned, and a line under a word would say that it is wrong.
        self._view.open(self.scratch, EDITS[action].doing + waiting, mark_pinned=action is not Action.FIX)
        self.message.emit(f"{EDITS[action].doing}. Esc stops it.")

    def _melt_again(self, first: int, last: int) -> None:
        """Ask for other words at first..last (code points) of the result in review; the rest of it stays."""
        refusal = self._bridge.refusal(Action.REWRITE)
        if refusal:
            self.message.emit(refusal)
            return
        words, self._selection = self._review.result, self._original_selection()
        self._target = make_part(self.real_document, *self._range(), words, first, last, self._seed)
        self._seed += 1
        self._review = None
        self._run = self._bridge.submit(self._target.request)
        self._set_state(RunState.RUNNING)
        self._view.reopen(words, EDITS[Action.REWRITE].doing)
        self.message.emit(f"{EDITS[Action.REWRITE].doing} these words. Esc stops it.")

    @Slot()
    def _look_for_frame(self) -> None:
        """Fetch the newest frame; one of an older run is dropped."""
        frame = self._bridge.take_frame()
        if frame is None or not self._concerns(frame.run):
            return
        # The mailbox is faster than the queue in which the engine's events wait.
        self._take_range(frame.run, frame.start, frame.end)
        if self._concerns(frame.run):
            self._view.show_frame(self._target.frame_of_all(frame), EDITS[self._target.request.action].doing)

    @Slot(int, int, int)
    def _take_range(self, run: int, start: int, end: int) -> None:
        """The engine says which words it will replace; they are whole words, perhaps more than were selected."""
        if not self._concerns(run):
            return
        if self._target.result is not None:
            if not self._target.holds(start, end):
                self._give_up("These words are one with those beside them. Select fewer.")
            return
        text = self._target.request.text
        first, last = len_utf16(text[:start]), len_utf16(text[:end])
        before, behind = self._target.start - first, last - self._target.end
        if before or behind:
            self._target = replace(self._target, start=first, end=last)
            self.scratch.extend(before, behind)
            if self.scratch.real_text() == text[start:end]:
                self._view.widen()
            else:
                self._end_touched()

    @Slot(int, int, int)
    def _take_group(self, run: int, group: int, groups: int) -> None:
        """A group begins; one in which nothing turns out wrong has no frames that would say so."""
        self._look_for_frame()
        if self._concerns(run):
            self._view.show_group(group, groups, EDITS[self._target.request.action].doing)

    @Slot(int, object)
    def _take_result(self, run: int, result: EditResult) -> None:
        """The run has ended by itself; let its last frame settle."""
        if not self._concerns(run):
            return
        self._look_for_frame()
        self._result = result
        self.last_run.emit(result)
        self._settling.start(self._view.settle())

    @Slot(int, str)
    def _take_failure(self, run: int, reason: str) -> None:
        """The engine could not finish."""
        if self._concerns(run):
            self._give_up(reason, "")

    @Slot(int)
    def _take_cancellation(self, run: int) -> None:
        """The engine gave the run up, not the writer, whose own cancelling has ended it here already."""
        if self._concerns(run):
            self._give_up("The run was stopped.")

    @Slot()
    def _begin_review(self) -> None:
        """Show what changed; where nothing did, say so and go back."""
        result, original = self._result, self.scratch.real_text()
        as_asked = result.original if self._target.result is None else self._results.original
        if as_asked != original:
            self._end_touched()
        elif not result.changed or (original and not result.replacement and result.action is not Action.FIX):
            # Only a mistake, such as a word written twice, is mended by nothing in its place.
            self._give_up(*(result.note, "") if result.note else (_NO_OTHERS, " Yours stay as they are."))
        else:
            self._results = self._results or Results(original)
            is_new = self._results.add(self._target.words_of_all(result), result.note)
            self._show_result("" if is_new else "The same words came out again.")

    def _show_result(self, line: str = "") -> None:
        """Review the result that is to be looked at. line: what is said instead of how many changes it has."""
        results = self._results
        self._review = Review(self.scratch, results.original, results.current.replacement, results.current.declined)
        self._set_state(RunState.REVIEW)
        self._view.open_review(self._review, results.shown + 1, len(results))
        self._reviewed_for.start()
        which = f"Result {results.shown + 1} of {len(results)}: " if len(results) > 1 else ""
        many = which + counted(len(self._review.changes))
        self.message.emit(
            line or results.current.note or f"{many}. Click one to keep your words; Ctrl+R tries selected ones again."
        )

    def _give_up(self, reason: str, as_before: str = _AS_BEFORE, selection: Range | None = None) -> None:
        """A run has no result: go back to those of the runs before it, or leave. as_before: said of the latter."""
        if self._results is None:
            self._leave(selection=selection)
            self.message.emit(reason + as_before)
        elif self.scratch.real_text() != self._results.original:
            self._end_touched()
        else:
            self._bridge.cancel()
            self._run = 0
            self._settling.stop()
            self._show_result(f"{reason} This is the result from before.")

    @Slot()
    def _end_touched(self) -> None:
        """The words of the run are not the same any more: nothing of it may be applied."""
        if self.scratch is not None:
            self._leave()
            self.message.emit("You changed the words of this run, so it has ended. Your text is as you wrote it.")

    def _leave(self, *, replacement: str | None = None, selection: Range | None = None) -> None:
        """End a run or a review; see RunView.close for the arguments.

        Only an ending that the writer asked for may bring a selection back: any other may come between two letters,
        and the second would replace what is selected.
        """
        if self.scratch is None:
            return
        if self.state is RunState.RUNNING:
            self._bridge.cancel()
        self._run = 0
        self._settling.stop()
        scratch, self.scratch = self.scratch, None
        self._result = self._review = self._results = self._target = None
        self._view.close(self.real_document, replacement, selection)
        scratch.close()
        self._set_state(RunState.IDLE)

    # Small things.

    def _concerns(self, run: int) -> bool:
        """Whether something is about the run that goes on now."""
        return run == self._run and self.state is RunState.RUNNING

    def _range(self) -> Range:
        """The range of the run in the real document."""
        return self.scratch.start, self.scratch.real_end

    def _original_selection(self) -> Range:
        """Anchor and position that were selected when the run was asked for, where they are now."""
        moved = self.scratch.start - self._target.start
        return self._selection[0] + moved, self._selection[1] + moved

    def _set_state(self, state: RunState) -> None:
        self.state = state
        self.selection_bar.wanted = state is RunState.IDLE
        self.selection_bar.follow()
        self.state_changed.emit(state)

    @Slot()
    def _offer_actions(self) -> None:
        """Grey on the bar what the engine cannot do."""
        self.selection_bar.offer(self._bridge.refusal)
