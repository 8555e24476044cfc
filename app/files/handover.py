"""A second start of the program hands its file to the window that is open already.

One line of JSON goes each way. The one who asks says until when it waits: a window that was busy for longer leaves the
file alone, since the other start has opened it by then.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QObject, QTimer, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

PATIENCE = 1.0
"""Seconds that a second start waits for the first window."""
_LONGEST = 65_536
"""Bytes of a request; a longer one is none."""
_TAKEN = b"taken\n"
_BUSY = b"busy\n"


def address(state: Path, settings: Path) -> str:
    """Where the window of a user with these settings answers. state: the folder of the socket."""
    return str(state / f"window-{hashlib.sha256(os.fsencode(settings.absolute())).hexdigest()[:8]}")


def hand_over(where: str, path: str, patience: float = PATIENCE) -> bool:
    """Have the open window open a file, or only come to the front. False where none has agreed to it in time.

    path: absolute; "" for none.
    """
    left = QDeadlineTimer(int(1000 * patience))
    socket = QLocalSocket()
    socket.connectToServer(where)
    try:
        if not socket.waitForConnected(left.remainingTime()):
            return False
        socket.write(json.dumps({"file": path, "until": time.time() + patience}).encode("ascii") + b"\n")
        while not socket.canReadLine():
            if not socket.waitForReadyRead(left.remainingTime()):
                return False
        return socket.readLine().data() == _TAKEN
    finally:
        socket.abort()


class Reception(QObject):
    """Answers other starts of the program; only the first window does.

    is_busy: whether the window can't take a file now, such as while it asks something.
    """

    requested = Signal(object)
    """Come to the front, and open this file: a str, which Qt's own would change where it is not UTF-8; "" for none."""

    def __init__(self, where: str, is_busy: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_busy = is_busy
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._receive)
        # If this fails, there is nothing to listen at, and every start opens a window of its own.
        with suppress(OSError):
            os.makedirs(os.path.dirname(where), mode=0o700, exist_ok=True)
        # Listening would take the place of another window.
        if not _is_answered(where):
            # Left behind by a crash.
            QLocalServer.removeServer(where)
            self._server.listen(where)

    @property
    def is_open(self) -> bool:
        """Whether this window is the one that answers."""
        return self._server.isListening()

    def close(self) -> None:
        """Answer no more."""
        self._server.close()

    @Slot()
    def _receive(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            _Visit(socket, self)


class _Visit(QObject):
    """One start of the program that asks."""

    def __init__(self, socket: QLocalSocket, reception: Reception) -> None:
        super().__init__(socket)
        self._socket, self._reception = socket, reception
        socket.readyRead.connect(self._answer)
        socket.disconnected.connect(socket.deleteLater)
        self._answer()

    @Slot()
    def _answer(self) -> None:
        socket = self._socket
        if not socket.canReadLine():
            if socket.bytesAvailable() > _LONGEST:
                socket.abort()
            return
        try:
            request = json.loads(bytes(socket.readLine(_LONGEST).data()))
            path, until = str(request["file"]), float(request["until"])
        except (ValueError, TypeError, KeyError):
            socket.abort()
            return
        taken = time.time() < until and not self._reception.is_busy()
        socket.write(_TAKEN if taken else _BUSY)
        socket.flush()
        if taken:
            # After this slot: opening a file may ask a question, which has an event loop of its own.
            QTimer.singleShot(0, self._reception, lambda: self._reception.requested.emit(path))


def _is_answered(where: str) -> bool:
    """Whether a window listens there."""
    socket = QLocalSocket()
    socket.connectToServer(where)
    connected = socket.waitForConnected(int(1000 * PATIENCE))
    refused = socket.error() in (
        QLocalSocket.LocalSocketError.ConnectionRefusedError,
        QLocalSocket.LocalSocketError.ServerNotFoundError,
    )
    socket.abort()
    return connected or not refused
