# SPDX-License-Identifier: Apache-2.0
"""A wire between programs and a server that can be cut without either end noticing."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

__all__ = ["Wire"]

_LOOK_S = 0.1


class Wire:
    """A loopback port that leads to another one; a context manager.

    Args:
        port: Where it listens.
        target: The port of the server.
    """

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self._target = target
        self._is_cut = threading.Event()
        self._is_over = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._server = socket.create_server(("127.0.0.1", self.port))
        self._server.settimeout(_LOOK_S)
        self._run(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._close_all()
        for thread in self._threads:
            thread.join(10)
        self._server.close()

    def cut(self) -> None:
        """Swallow everything from now on, in both directions; connections stay open."""
        self._is_cut.set()

    def mend(self) -> None:
        """Carry again; what was open is closed, as parts of what it carried are lost."""
        self._close_all()
        self._is_cut.clear()

    def _run(self, call: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=call, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._is_over.is_set():
            with contextlib.suppress(TimeoutError):  # nobody came
                near, _ = self._server.accept()
                self._lead(near)

    def _lead(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            near.close()
            return
        with self._lock:
            self._open |= {near, far}
        self._run(self._carry, near, far)
        self._run(self._carry, far, near)

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not self._is_cut.is_set():
                    target.sendall(data)
        for end in (source, target):
            self._close(end)

    def _close_all(self) -> None:
        with self._lock:
            ends = list(self._open)
        for end in ends:
            self._close(end)

    def _close(self, end: socket.socket) -> None:
        with self._lock:
            self._open.discard(end)
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
