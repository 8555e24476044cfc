"""Finds out what to expect of models, on a thread, because that imports torch and may ask the network."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.models.choice import ModelChoice
from engine import Outlook, devices, outlook

Look = Callable[[ModelChoice], Outlook]


def look(choice: ModelChoice) -> Outlook:
    """What to expect of a choice; the hub is asked where its download is allowed."""
    return outlook(choice.model, choice.device, choice.quantization, ask_hub=choice.download)


class Looker(QObject):
    """Answers questions in the order in which they are done; each answer carries the number of its question."""

    found = Signal(int, object)
    """Question, Outlook."""
    devices_found = Signal(object)
    """A tuple of torch device names, the fastest first."""

    def __init__(
        self, parent: QObject, look: Look = look, find_devices: Callable[[], tuple[str, ...]] = devices
    ) -> None:
        super().__init__(parent)
        self._look, self._find_devices = look, find_devices
        self._asked = 0
        # One thread for all questions: two must not import torch at once.
        self._questions: deque[Callable[[], None]] = deque()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def ask(self, choice: ModelChoice) -> int:
        """Ask about a choice and return the number of the question: 1, 2, ..."""
        self._asked += 1
        number = self._asked
        self._put(lambda: self.found.emit(number, self._look(choice)))
        return number

    def ask_devices(self) -> None:
        """Ask which devices there are."""
        self._put(lambda: self.devices_found.emit(self._find_devices()))

    def _put(self, question: Callable[[], None]) -> None:
        with self._lock:
            self._questions.append(question)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="look at model", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        """Answer what is asked until nothing is left."""
        while True:
            with self._lock:
                if not self._questions:
                    self._thread = None
                    return
                question = self._questions.popleft()
            try:
                question()
            except RuntimeError as error:
                # Nobody is left to be told: the dialog was closed meanwhile.
                if "deleted" not in str(error):
                    raise
