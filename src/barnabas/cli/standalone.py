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
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from barnabas.cli.process import LogFormat, LogLevel, configure_logs, starting, stop_signal
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
    log_format: LogFormat = None,
    log_level: LogLevel = None,
) -> None:
    """Run a worker of its own.

    Offsets are kept in the file offset.storage.file.filename, connectors in memory. Any setting can
    be overridden by an environment variable: CONNECT_BOOTSTRAP_SERVERS sets bootstrap.servers.
    """
    configure_logs(log_format, log_level)
    with starting() as started:
        from barnabas.runtime.settings.files import load_worker
        from barnabas.runtime.settings.worker import StandaloneConfig

        loaded = load_worker(worker_properties, StandaloneConfig, os.environ)
        for warning in loaded.warnings:
            _log.warning("%s", warning)
        connectors = _read_connectors(connector_files or [])
        import uvloop

        code = uvloop.run(_run(loaded.config, connectors, started))
    raise typer.Exit(code)


def _read_connectors(paths: Sequence[Path]) -> list[CreateConnector]:
    from barnabas.cli.connector_files import read_connector_file

    try:
        return [read_connector_file(path) for path in paths]
    except ConnectError as error:
        print(f"barnabas: {error.message}", file=sys.stderr)
        raise typer.Exit(_CONNECTOR_FAILED) from error


async def _run(
    config: StandaloneConfig, connectors: Sequence[CreateConnector], started: Callable[[], None]
) -> int:
    """Run a worker until it is asked to stop; returns the exit code."""
    from barnabas.cli.standalone_worker import StandaloneWorker

    stopping = stop_signal()
    worker = StandaloneWorker(config, os.environ)
    await worker.start()
    started()
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
