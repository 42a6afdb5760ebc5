# SPDX-License-Identifier: Apache-2.0
"""The life of a runner process, from its first line to its exit status.

A task's runner has two threads of ours. The main thread calls user code and nothing else does. The
control thread (:mod:`~barnabas.runtime.runners.control`) reads what the worker says, so a runner
hears of a stop while user code is busy. In a runner of connectors each of them has a thread, too.
Where the worker is a member of a group there is one more thread
(:mod:`~barnabas.runtime.runners.lease_watch`).

The forkserver calls :func:`main` in a fresh fork; for a plugin with an interpreter of its own this
module is run as
``python -m barnabas.runtime.runners.child SOCKET LAST_WORDS LEASE WORKER``.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
import traceback
from typing import NamedTuple

import barnabas
from barnabas.errors import ConnectError
from barnabas.runtime.runners import control, last_words, lifeline
from barnabas.runtime.runners.channel import Channel
from barnabas.runtime.runners.connector_host import ConnectorHost, ConnectorOrder
from barnabas.runtime.runners.inspection import InspectionHost
from barnabas.runtime.runners.lease import Lease
from barnabas.runtime.runners.lease_watch import LeaseWatch
from barnabas.runtime.runners.messages import (
    Hello,
    RunTask,
    SetLoggerLevel,
    Setup,
    ToRunner,
)
from barnabas.runtime.runners.task_host import TaskHost
from barnabas.telemetry import logs, printed

__all__ = ["Given", "main"]


class Given(NamedTuple):
    """What a runner has of its worker."""

    sock: int
    """Descriptor of the socket to the worker."""
    last_words: int
    """Descriptor of the file for stacks."""
    worker: int
    """Process id of the worker."""
    lease: Lease
    """Until when the runner may run."""


def main(given: Given) -> int:
    """Be a runner.

    Returns:
        Exit status: 0 when the worker asked it to end.
    """
    lifeline.die_with_parent(given.worker)
    lifeline.leave_terminal()
    os.set_inheritable(given.sock, False)
    os.set_inheritable(given.last_words, False)
    last_words.write_last_words_to(given.last_words)
    with socket.socket(fileno=given.sock) as sock:
        channel = Channel(sock)
        channel.send(Hello(os.getpid(), barnabas.__version__))
        setup = channel.receive()
        if not isinstance(setup, Setup):
            return 1
        _prepare(setup)
        first = channel.receive()
        while isinstance(first, SetLoggerLevel):
            control.set_logger_level(first.name, first.level)
            first = channel.receive()
        if first is None:
            return 1
        try:
            return _run_host(channel, setup, first, LeaseWatch(given.lease, given.last_words))
        finally:
            with contextlib.suppress(OSError, ValueError):
                printed.finish()
                logging.shutdown()
                sys.stdout.flush()
                sys.stderr.flush()


def _prepare(setup: Setup) -> None:
    sys.path[:0] = setup.sys_path
    for folder in setup.sys_path:
        sys.path_importer_cache.pop(folder, None)  # it may have been made since
    _bind_logging(setup)
    printed.capture()
    if not setup.what.startswith("task "):
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)  # standard input belongs to tasks
        os.close(null)


def _run_host(channel: Channel, setup: Setup, first: ToRunner, watch: LeaseWatch) -> int:
    if isinstance(first, RunTask):
        return TaskHost(channel, setup, first, watch).run()
    if isinstance(first, ConnectorOrder):
        return ConnectorHost(channel, setup, first, watch).run()
    return InspectionHost(channel, setup, first).run()


def _bind_logging(setup: Setup) -> None:
    """Give log lines the runner's context and loggers the worker's levels."""
    if setup.log_context is not None:
        logs.own_process(*setup.log_context)
    for name, level in setup.logger_levels.items():
        control.set_logger_level(name, level)


if __name__ == "__main__":
    _status = 1
    lifeline.be_deaf_to_polite_signals()
    logs.configure()
    try:
        _sock, _words, _lease, _worker = map(int, sys.argv[1:5])
        _status = main(Given(_sock, _words, _worker, Lease.inherited(_lease)))
    except ConnectError as _error:
        sys.stderr.write(f"{_error.message}\n")
    except BaseException:  # noqa: BLE001 - said before os._exit
        traceback.print_exc()
    os._exit(_status)
