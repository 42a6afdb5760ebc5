# SPDX-License-Identifier: Apache-2.0
"""What the worker commands have in common as processes: log options and signals."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import Callable, Iterator
from typing import Annotated

import typer

__all__ = ["LogFormat", "LogLevel", "configure_logs", "starting", "stop_signal"]

LogFormat = Annotated[
    str | None,
    typer.Option(help="plain or json; else what BARNABAS_LOG_FORMAT says, else plain."),
]
LogLevel = Annotated[
    str | None,
    typer.Option(help="TRACE DEBUG INFO WARN or ERROR; else BARNABAS_LOG_LEVEL, else INFO."),
]


def configure_logs(log_format: str | None, log_level: str | None) -> None:
    """Begin to log as the command line says, else the environment.

    Raises:
        typer.BadParameter: The format or the level is not known.
    """
    from barnabas.telemetry import levels, logs

    wanted = log_level or os.environ.get("BARNABAS_LOG_LEVEL", "INFO")
    level = levels.parse_level(wanted)
    if level is None:
        message = f"The log level {wanted!r} is not known; use TRACE DEBUG INFO WARN or ERROR"
        raise typer.BadParameter(message)
    chosen = log_format or os.environ.get(logs.FORMAT_VARIABLE) or logs.FORMATS[0]
    if chosen not in logs.FORMATS:
        message = f"The log format {chosen!r} is not known; use {' or '.join(logs.FORMATS)}"
        raise typer.BadParameter(message)
    logs.configure(chosen, level)


@contextlib.contextmanager
def starting() -> Iterator[Callable[[], None]]:
    """Look for no garbage until the worker has started, and never among what it started with.

    A hundred thousand objects come with the modules and stay. To look through them takes some 60 ms
    in which no request is answered, more than once in a start and now and then later.

    Yields:
        What to call when the worker has started.
    """
    gc.disable()

    def started() -> None:
        gc.freeze()
        gc.enable()

    try:
        yield started
    finally:
        gc.enable()


def stop_signal() -> asyncio.Event:
    """Make an event that SIGTERM, SIGINT and SIGHUP set; a second signal ends the process at once.

    A worker under ``nohup`` outlives its terminal: there SIGHUP stays ignored.

    Runners end with their worker, so that is safe, only not graceful.
    """
    loop, asked = asyncio.get_running_loop(), asyncio.Event()
    came: list[int] = []  # the event may also be set by others, when the worker ends by itself

    def on_signal(number: int) -> None:
        if came:
            os._exit(128 + number)
        came.append(number)
        asked.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, on_signal, number)
    return asked
