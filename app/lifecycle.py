"""The life of the program, and the only module with coroutines. Everything else in the window uses signals."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Coroutine
from typing import Any

# Before qasync, which takes the first Qt binding it finds.
from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from app.bridge import EngineBridge
from app.main_window import MainWindow

_PATIENCE = 0.3
"""Seconds for all engines together to end by themselves. One in the middle of a long step ends with the process."""


class Lifecycle(QObject):
    """Shows the window, starts the engine once the window is visible, and ends both.

    The engine waits because loading it imports torch: seconds in which a window not yet painted would stay blank.

    compare: show both decoders side by side as soon as the window is there.
    """

    recovery_offered = Signal()
    """The window is there, and the writer has been asked about text that was not saved."""

    def __init__(
        self, application: QApplication, window: MainWindow, bridge: EngineBridge, *, compare: bool = False
    ) -> None:
        super().__init__()
        application.setQuitOnLastWindowClosed(False)
        self._loop = QEventLoop(application)
        self._window = window
        self._bridge = bridge
        self._compare = compare
        self._painted = asyncio.Event()
        self._closed = asyncio.Event()
        # asyncio itself keeps only weak references to tasks.
        self._tasks: set[asyncio.Task[None]] = set()
        window.page.viewport().installEventFilter(self)
        window.closed.connect(self._note_closed)

    def run(self) -> int:
        """Run until the window is closed; returns the exit status of the program."""
        with self._loop:
            self._loop.set_exception_handler(_pass_on)
            for number in (signal.SIGINT, signal.SIGTERM):
                self._loop.add_signal_handler(number, self._window.close)
            self._loop.run_until_complete(self._live())
        return 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice the first paint of the page."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            self._painted.set()
        return False

    async def _live(self) -> None:
        self._window.show()
        if self._compare:
            self._window.compare_at_end()
        starting = self._start_task(self._start_engine())
        await self._closed.wait()
        starting.cancel()
        # A race may have an engine of its own. A thread that computes while Python exits can crash it.
        bridges = (self._bridge, *self._window.findChildren(EngineBridge))
        for bridge in bridges:
            bridge.close(0.0)
        until = time.monotonic() + _PATIENCE
        for bridge in bridges:
            bridge.close(max(0.0, until - time.monotonic()))

    async def _start_engine(self) -> None:
        await self._painted.wait()
        self._bridge.start()
        # After this coroutine: a question has an event loop of its own.
        QTimer.singleShot(0, self._offer_recovery)

    @Slot()
    def _offer_recovery(self) -> None:
        self._window.offer_recovery()
        self.recovery_offered.emit()

    def _start_task(self, coroutine: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Run a coroutine concurrently."""
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    @Slot()
    def _note_closed(self) -> None:
        self._closed.set()


def _pass_on(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Treat an exception in a coroutine like any other."""
    error = context.get("exception")
    if isinstance(error, BaseException):
        sys.excepthook(type(error), error, error.__traceback__)
