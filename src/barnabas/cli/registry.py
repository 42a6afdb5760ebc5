# SPDX-License-Identifier: Apache-2.0
"""``barnabas registry``: a Schema Registry for development.

Exit codes: 1 for a wrong command line, 2 when it cannot start; 0 when it was asked to stop
(SIGTERM, SIGINT, SIGHUP).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from barnabas.cli.process import LogFormat, LogLevel, configure_logs, stop_signal
from barnabas.errors import ConfigError

if TYPE_CHECKING:
    from barnabas.registry_server.logs import SchemaLog

__all__ = ["registry"]

_log = logging.getLogger(__name__)


def registry(  # noqa: PLR0913 - the options of a command
    *,
    port: Annotated[int, typer.Option(help="Port of the REST API; 0 for any free one.")] = 8081,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    bootstrap_servers: Annotated[
        str | None,
        typer.Option(help="Keep schemas on this cluster (HOST:PORT); without it, in memory."),
    ] = None,
    command_config: Annotated[
        Path | None,
        typer.Option(
            help="Settings of the Kafka clients (security …), a file as Kafka's tools take."
        ),
    ] = None,
    topic: Annotated[str, typer.Option(help="The topic they are kept on.")] = "_schemas",
    log_format: LogFormat = None,
    log_level: LogLevel = None,
) -> None:
    """Run a Schema Registry for development, with the REST API of Confluent's.

    It has neither access control nor a second node. Schemas on a topic are in Confluent's format,
    so that a real registry can take the topic over.
    """
    configure_logs(log_format, log_level)
    import uvloop

    settings = _settings(bootstrap_servers, command_config)
    uvloop.run(_run(_make_log(settings, topic), host, port))


def _settings(bootstrap_servers: str | None, file: Path | None) -> dict[str, str]:
    """Put the settings of the Kafka clients together; empty when no cluster is named."""
    from barnabas.config.properties import read_properties

    settings = {} if file is None else read_properties(file)
    if bootstrap_servers is not None:
        settings["bootstrap.servers"] = bootstrap_servers
    if settings and not settings.get("bootstrap.servers"):
        message = f"{file} names no bootstrap.servers: add them, or give --bootstrap-servers"
        raise ConfigError(message)
    return settings


def _make_log(settings: Mapping[str, str], topic: str) -> SchemaLog:
    if not settings:
        from barnabas.registry_server.logs import MemoryLog

        return MemoryLog()
    from barnabas.registry_server.topic import SchemaTopic

    return SchemaTopic(settings, topic)


async def _run(log: SchemaLog, host: str, port: int) -> None:
    from barnabas.registry_server.server import RegistryServer

    stopping = stop_signal()
    server = RegistryServer(log, host, port)
    await server.start()
    _log.warning(
        "Schema Registry for development at %s (%s): no access control, one node. "
        "Use a real registry in production",
        server.url,
        log,
    )
    try:
        await stopping.wait()
        _log.info("Stopping")
    finally:
        await server.stop()
        _log.info("Stopped")
