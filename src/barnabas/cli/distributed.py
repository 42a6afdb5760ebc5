# SPDX-License-Identifier: Apache-2.0
"""``barnabas distributed``: one of many workers that share connectors and tasks.

Exit codes: 1 for a wrong command line and for a worker that cannot go on (an internal topic that is
not compacted), 2 when the worker cannot start. A worker that is asked to stop (SIGTERM, SIGINT,
SIGHUP) gives its work to the others and ends with 0.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from barnabas.cli.process import LogFormat, LogLevel, configure_logs, starting, stop_signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from barnabas.runtime.settings.distributed import DistributedConfig

__all__ = ["distributed"]

_log = logging.getLogger(__name__)

_CANNOT_GO_ON = 1


def distributed(
    worker_properties: Annotated[
        Path, typer.Argument(metavar="WORKER.properties", help="The worker's settings.")
    ],
    *,
    log_format: LogFormat = None,
    log_level: LogLevel = None,
) -> None:
    """Run one worker of a cluster: all with the same group.id share connectors and tasks.

    Connectors are managed over REST. Any setting can be overridden by an environment variable:
    CONNECT_GROUP_ID sets group.id.
    """
    configure_logs(log_format, log_level)
    with starting() as started:
        from barnabas.runtime.settings.distributed import DistributedConfig
        from barnabas.runtime.settings.files import load_worker

        loaded = load_worker(worker_properties, DistributedConfig, os.environ)
        for warning in loaded.warnings:
            _log.warning("%s", warning)
        import uvloop

        raise typer.Exit(uvloop.run(_run(loaded.config, started)))


async def _run(config: DistributedConfig, started: Callable[[], None]) -> int:
    """Run a worker until it is asked to stop or cannot go on; returns the exit code."""
    from barnabas.cli.distributed_worker import DistributedWorker

    stopping = stop_signal()
    worker = DistributedWorker(config, os.environ)
    await worker.start()
    started()
    worker.over.add_done_callback(lambda _: stopping.set())
    try:
        await stopping.wait()
        _log.info("Stopping")
    finally:
        await worker.stop()
        _log.info("Stopped")
    over = worker.over
    return _CANNOT_GO_ON if over.done() and over.exception() is not None else 0
