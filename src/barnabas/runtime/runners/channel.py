# SPDX-License-Identifier: Apache-2.0
"""The runner's end of the socket to its worker.

One thread receives (:meth:`Channel.receive`), any thread sends or asks. Questions are answered
through futures, which the receiving thread completes.
"""

from __future__ import annotations

import concurrent.futures
import itertools
import socket
import struct
import threading
from collections.abc import Callable
from typing import Final, TypeVar

from barnabas import errors
from barnabas.errors import ConnectError, DeadlineError
from barnabas.runtime.runners import messages
from barnabas.runtime.runners.messages import (
    Done,
    Failure,
    Message,
    OffsetsAnswer,
    TopicLimitsAnswer,
    ToRunner,
)

__all__ = ["Channel", "error_of", "failure_of"]

Answer = Done | OffsetsAnswer | TopicLimitsAnswer
T = TypeVar("T")

_SEND_DEADLINE_S: Final = 60
_CHUNK_BYTES: Final = 1 << 16


class Channel:
    """Sends and receives messages over a blocking socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        # A worker that takes no bytes for a minute is lost to us; do not hang with it.
        deadline = struct.pack("ll", _SEND_DEADLINE_S, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, deadline)
        self._frames = messages.FrameReader()
        self._received: list[bytes] = []
        self._send_lock = threading.Lock()
        self._ids = itertools.count(1)
        self._waiting: dict[int, concurrent.futures.Future[Answer]] = {}
        self._waiting_lock = threading.Lock()
        self._closed = False

    def receive(self) -> ToRunner | None:
        """Wait for the next message; None when the worker is gone. One thread only.

        Answers to questions go to those who asked and are not returned.

        Raises:
            ProtocolError: The worker sent something else.
        """
        while True:
            message = self._next()
            if isinstance(message, Answer | Failure):
                self._complete(message)
                continue
            if message is None:
                self._abandon()
            return message

    def send(self, message: Message) -> None:
        """Send a message; may be called from any thread, also after the worker is gone.

        Raises:
            ConnectError: The worker takes no more messages.
        """
        frame = messages.encode(message)
        try:
            with self._send_lock:
                self._sock.sendall(frame)
        except OSError as error:
            text = f"The worker of this runner is gone ({error})."
            raise ConnectError(text) from error

    def ask(self, make: Callable[[int], Message]) -> concurrent.futures.Future[Answer]:
        """Send a question; the future holds the answer or what :class:`Failure` said.

        Args:
            make: Makes the message from the id it is to carry.
        """
        future: concurrent.futures.Future[Answer] = concurrent.futures.Future()
        number = next(self._ids)
        with self._waiting_lock:
            if self._closed:
                future.set_exception(_gone())
                return future
            self._waiting[number] = future
        try:
            self.send(make(number))
        except ConnectError as error:
            with self._waiting_lock:
                self._waiting.pop(number, None)
            if not future.done():
                future.set_exception(error)
        return future

    def _next(self) -> ToRunner | None:
        while not self._received:
            try:
                data = self._sock.recv(_CHUNK_BYTES)
            except OSError:
                data = b""
            if not data:
                return None
            self._received = self._frames.feed(data)
        return messages.decode_to_runner(self._received.pop(0))

    def _complete(self, answer: Answer | Failure) -> None:
        with self._waiting_lock:
            future = self._waiting.pop(answer.id, None)
        if future is None:
            return
        if isinstance(answer, Failure):
            future.set_exception(error_of(answer))
        else:
            future.set_result(answer)

    def _abandon(self) -> None:
        with self._waiting_lock:
            self._closed = True
            waiting = list(self._waiting.values())
            self._waiting.clear()
        for future in waiting:
            future.set_exception(_gone())


def _gone() -> ConnectError:
    return ConnectError("The worker of this runner is gone; nothing can be asked any more.")


def result_within(future: concurrent.futures.Future[T], seconds: float, what: str) -> T:
    """Wait for an answer at most this long.

    Raises:
        DeadlineError: It did not come; ``what`` says which.
    """
    try:
        return future.result(seconds)
    except TimeoutError as error:
        if future.done():
            raise
        text = (
            f"The worker did not answer within {seconds:g} s: {what}. Look into the worker's log "
            "for why it is slow."
        )
        raise DeadlineError(text) from error


def failure_of(number: int, error: BaseException, trace: str | None = None) -> Failure:
    """Make the answer that carries an error to the other side.

    Errors that are not Barnabas's own arrive as ConnectError; they say the first line of the trace.
    """
    if isinstance(error, ConnectError):
        kinds = (kind.__name__ for kind in type(error).__mro__ if hasattr(errors, kind.__name__))
        return Failure(number, next(kinds, "ConnectError"), error.message, trace)
    text = trace.partition("\n")[0] if trace else f"{type(error).__name__}: {error}"
    return Failure(number, "ConnectError", text, trace)


def error_of(failure: Failure) -> ConnectError:
    """Make the error again that :func:`failure_of` took."""
    kind = getattr(errors, failure.kind, ConnectError)
    if not (isinstance(kind, type) and issubclass(kind, ConnectError)):
        kind = ConnectError
    error = kind(failure.message)
    error.is_logged = failure.is_logged
    return error
