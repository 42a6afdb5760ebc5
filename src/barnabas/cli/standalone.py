# SPDX-License-Identifier: Apache-2.0
"""``barnabas standalone``: a worker of its own, with the connectors given as files.

Exit codes are Java's: 1 for a wrong command line, 2 when the worker cannot start, 3 when a
connector of the command line cannot be created. A worker that is asked to stop (SIGTERM, SIGINT,
SIGHUP) ends with 0.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from barnabas.errors import ConnectError

if TYPE_CHECKING:
    from barnabas.rest.bodies import CreateConnector
    from barnabas.runtime.settings.worker import StandaloneConfig

__all__ = ["standalone"]

_log = logging.getLogger(__name__)

_CONNECTOR_FAILED = 3


def standalone(
    worker_properties: Annotated[
        Path, typer.Argument(metavar="WORKER.properties", help="The worker's settings.")
    ],
    connector_files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[CONNECTOR.properties|.json]...", help="Connectors to create at the start."
        ),
    ] = None,
    *,
    log_format: Annotated[
        str | None,
        typer.Option(help="plain or json; else what BARNABAS_LOG_FORMAT says, else plain."),
    ] = None,
    log_level: Annotated[
        str | None,
        typer.Option(help="TRACE DEBUG INFO WARN or ERROR; else BARNABAS_LOG_LEVEL, else INFO."),
    ] = None,
) -> None:
    """Run a worker of its own.

    Offsets are kept in the file offset.storage.file.filename, connectors in memory. Any setting can
    be overridden by an environment variable: CONNECT_BOOTSTRAP_SERVERS sets bootstrap.servers.
    """
    _configure_logs(log_format, log_level or os.environ.get("BARNABAS_LOG_LEVEL", "INFO"))
    from barnabas.runtime.settings.files import load_worker
    from barnabas.runtime.settings.worker import StandaloneConfig

    loaded = load_worker(worker_properties, StandaloneConfig, os.environ)
    for warning in loaded.warnings:
        _log.warning("%s", warning)
    connectors = _read_connectors(connector_files or [])
    import uvloop

    code = uvloop.run(_run(loaded.config, connectors))
    raise typer.Exit(code)


def _configure_logs(log_format: str | None, log_level: str) -> None:
    from barnabas.telemetry import levels, logs

    level = levels.parse_level(log_level)
    if level is None:
        message = f"The log level {log_level!r} is not known; use TRACE DEBUG INFO WARN or ERROR"
        raise typer.BadParameter(message)
    chosen = log_format or os.environ.get(logs.FORMAT_VARIABLE) or logs.FORMATS[0]
    if chosen not in logs.FORMATS:
        message = f"The log format {chosen!r} is not known; use {' or '.join(logs.FORMATS)}"
        raise typer.BadParameter(message)
    logs.configure(chosen, level)


def _read_connectors(paths: Sequence[Path]) -> list[CreateConnector]:
    from barnabas.cli.connector_files import read_connector_file

    try:
        return [read_connector_file(path) for path in paths]
    except ConnectError as error:
        print(f"barnabas: {error.message}", file=sys.stderr)
        raise typer.Exit(_CONNECTOR_FAILED) from error


async def _run(config: StandaloneConfig, connectors: Sequence[CreateConnector]) -> int:
    """Run a worker until it is asked to stop; returns the exit code."""
    from barnabas.cli.standalone_worker import StandaloneWorker

    stopping = _stop_signal()
    worker = StandaloneWorker(config, os.environ)
    await worker.start()
    creating = asyncio.create_task(worker.create(connectors))
    asked = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({creating, asked}, return_when=asyncio.FIRST_COMPLETED)
        if creating.done() and not creating.cancelled() and (error := creating.exception()):
            if not isinstance(error, ConnectError):
                raise error
            _log.error("Stopping after connector error. %s", error.message)
            return _CONNECTOR_FAILED
        await asked
        _log.info("Stopping")
    finally:
        creating.cancel()
        asked.cancel()
        await worker.stop()
        _log.info("Stopped")
    return 0


def _stop_signal() -> asyncio.Event:
    """Make an event that SIGTERM, SIGINT and SIGHUP set; a second signal ends the process at once.

    A worker under ``nohup`` outlives its terminal: there SIGHUP stays ignored.

    Runners end with their worker, so that is safe, only not graceful.
    """
    loop, asked = asyncio.get_running_loop(), asyncio.Event()

    def on_signal(number: int) -> None:
        if asked.is_set():
            os._exit(128 + number)
        asked.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, on_signal, number)
    return asked
