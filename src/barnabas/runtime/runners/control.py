# SPDX-License-Identifier: Apache-2.0
"""The control thread of a runner: hears the worker while the main thread runs user code."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import Final

from barnabas.errors import ProtocolError
from barnabas.runtime.runners.channel import Channel
from barnabas.runtime.runners.messages import SetLoggerLevel, ToRunner
from barnabas.telemetry import levels, loggers

__all__ = ["Control", "end_soon", "set_logger_level"]

_log = logging.getLogger(__name__)

_LONELY_SECONDS: Final = 5.0
"""How long a runner whose worker is gone may take to stop."""


class Control:
    """The control thread: passes the worker's messages to a host.

    Args:
        channel: Connection to the worker.
        handle: Called on the control thread for each message; must not block and not raise.
        on_gone: Called on the control thread when the worker is gone.
        end: Called before that; has the process killed some seconds later.
    """

    def __init__(
        self,
        channel: Channel,
        handle: Callable[[ToRunner], None],
        on_gone: Callable[[], None],
        end: Callable[[], None] | None = None,
    ) -> None:
        self._channel = channel
        self._handle = handle
        self._on_gone = on_gone
        self._end = end or end_soon
        self._thread = threading.Thread(target=self._run, name="control", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def join(self) -> None:
        """Wait until the worker is gone; for a process that outlives it."""
        self._thread.join()

    def _run(self) -> None:
        try:
            while (message := self._channel.receive()) is not None:
                if isinstance(message, SetLoggerLevel):
                    set_logger_level(message.name, message.level)
                else:
                    self._handle(message)
        except ProtocolError:
            _log.exception("The runner cannot understand its worker and ends")
        self._end()
        self._on_gone()


def end_soon() -> None:
    """Give the main thread a little time to stop, then end the process whatever it does."""
    timer = threading.Timer(_LONELY_SECONDS, os.kill, (os.getpid(), signal.SIGKILL))
    timer.daemon = True
    timer.start()


def set_logger_level(name: str, level: str) -> None:
    """Set the level of a logger and of those below it, by Python's name or by Java's.

    Unknown levels change nothing; ``root`` is the root logger.
    """
    number = levels.parse_level(level)
    is_root = name == loggers.ROOT
    if number is None or (is_root and number == logging.getLogger().level):
        return  # setting one costs all loggers their caches
    loggers.LoggerRegistry(lambda: 0).set(name, number)
