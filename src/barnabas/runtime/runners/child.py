# SPDX-License-Identifier: Apache-2.0
"""The life of a runner process, from its first line to its exit status.

A runner has two threads of ours. The main thread calls user code and nothing else does. The control
thread (:class:`Control`) reads what the worker says, so a runner hears of a stop while user code is
busy. The forkserver calls :func:`main` in a fresh fork; for a plugin with an interpreter of its own
this module is run as ``python -m barnabas.runtime.runners.child SOCKET LAST_WORDS WORKER``.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Final

import barnabas
from barnabas.errors import ConnectError, ProtocolError
from barnabas.runtime.runners import last_words, lifeline
from barnabas.runtime.runners.channel import Channel
from barnabas.runtime.runners.messages import (
    Hello,
    RunTask,
    SetLoggerLevel,
    Setup,
    StartConnector,
    ToRunner,
)
from barnabas.telemetry import levels, logs

__all__ = ["Control", "main", "set_logger_level"]

_log = logging.getLogger(__name__)

_LONELY_SECONDS: Final = 5.0
"""How long a runner whose worker is gone may take to stop."""


class Control:
    """The control thread: passes the worker's messages to a host.

    Args:
        channel: Connection to the worker.
        handle: Called on the control thread for each message; must not block and not raise.
        on_gone: Called on the control thread when the worker is gone; the process is killed some
            seconds later.
    """

    def __init__(
        self,
        channel: Channel,
        handle: Callable[[ToRunner], None],
        on_gone: Callable[[], None],
    ) -> None:
        self._channel = channel
        self._handle = handle
        self._on_gone = on_gone
        self._thread = threading.Thread(target=self._run, name="control", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def _run(self) -> None:
        try:
            while (message := self._channel.receive()) is not None:
                if isinstance(message, SetLoggerLevel):
                    set_logger_level(message.name, message.level)
                else:
                    self._handle(message)
        except ProtocolError:
            _log.exception("The runner cannot understand its worker and ends")
        end_soon()
        self._on_gone()


def end_soon() -> None:
    """Give the main thread a little time to stop, then end the process whatever it does."""
    timer = threading.Timer(_LONELY_SECONDS, os.kill, (os.getpid(), signal.SIGKILL))
    timer.daemon = True
    timer.start()


def main(sock_descriptor: int, last_words_descriptor: int, worker: int) -> int:
    """Be a runner.

    Args:
        sock_descriptor: Socket to the worker.
        last_words_descriptor: File for stacks.
        worker: Process id of the worker.

    Returns:
        Exit status: 0 when the worker asked it to end.
    """
    lifeline.die_with_parent(worker)
    lifeline.leave_terminal()
    os.set_inheritable(sock_descriptor, False)
    os.set_inheritable(last_words_descriptor, False)
    last_words.write_last_words_to(last_words_descriptor)
    with socket.socket(fileno=sock_descriptor) as sock:
        channel = Channel(sock)
        channel.send(Hello(os.getpid(), barnabas.__version__))
        setup = channel.receive()
        first = channel.receive()
        if not isinstance(setup, Setup) or first is None:
            return 1
        _prepare(setup)
        try:
            return _run_host(channel, setup, first)
        finally:
            with contextlib.suppress(OSError, ValueError):
                logging.shutdown()
                sys.stdout.flush()
                sys.stderr.flush()


def _prepare(setup: Setup) -> None:
    sys.path[:0] = setup.sys_path
    importlib.invalidate_caches()
    configure_logging(setup)
    if not setup.what.startswith("task "):
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)  # standard input belongs to tasks
        os.close(null)


def _run_host(channel: Channel, setup: Setup, first: ToRunner) -> int:
    if isinstance(first, RunTask):
        from barnabas.runtime.runners.task_host import TaskHost

        return TaskHost(channel, setup, first).run()
    if isinstance(first, StartConnector):
        from barnabas.runtime.runners.connector_host import ConnectorHost

        return ConnectorHost(channel, setup, first).run()
    from barnabas.runtime.runners.inspection import InspectionHost

    return InspectionHost(channel, setup, first).run()


def configure_logging(setup: Setup) -> None:
    """Send log lines to standard error, with the runner's context."""
    logs.configure()
    if setup.log_context is not None:
        logs.bind_context(*setup.log_context)
    for name, level in setup.logger_levels.items():
        set_logger_level(name, level)


def set_logger_level(name: str, level: str) -> None:
    """Set the level of a logger; ``root`` is the root logger. Unknown levels change nothing."""
    number = levels.parse_level(level)
    if number is not None:
        logging.getLogger(None if name == "root" else name).setLevel(number)


if __name__ == "__main__":
    _status = 1
    try:
        _status = main(*(int(argument) for argument in sys.argv[1:4]))
    except ConnectError as _error:
        sys.stderr.write(f"{_error.message}\n")
    except BaseException:  # noqa: BLE001 - said before os._exit
        traceback.print_exc()
    os._exit(_status)
