# SPDX-License-Identifier: Apache-2.0
"""A whole standalone worker: settings → sockets → plugins → worker → herder → REST API."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Iterable, Mapping

from barnabas.cli.converter_check import check_converters
from barnabas.errors import ConnectError
from barnabas.kafka import layering
from barnabas.rest.bodies import CreateConnector
from barnabas.rest.server import RestServer
from barnabas.runtime.herder.standalone import StandaloneHerder
from barnabas.runtime.plugins import PluginRegistry
from barnabas.runtime.settings.worker import StandaloneConfig
from barnabas.runtime.stores import FileOffsetStore
from barnabas.runtime.worker import Worker
from barnabas.telemetry.loggers import LoggerRegistry
from barnabas.telemetry.logs import log_context

__all__ = ["StandaloneWorker"]

_log = logging.getLogger(__name__)

_ASK_TIMEOUT_S = 5.0
"""Time a broker has to tell the cluster's id, before the next try."""

_STOP_MARGIN_S = 25.0
"""Time a stop may take beyond what tasks are given: REST, connectors, runners to be killed."""


class StandaloneWorker:
    """One worker process. Made, started and stopped on its event loop, on the main thread.

    Args:
        config: The worker's settings.
        environ: Environment variables.
    """

    def __init__(self, config: StandaloneConfig, environ: Mapping[str, str]) -> None:
        self._config = config
        self.rest = RestServer(config, environ)
        self._herder: StandaloneHerder | None = None

    async def start(self) -> None:
        """Open the sockets, start the worker, answer REST; does not wait for the Kafka cluster.

        Raises:
            ConfigError: A setting is wrong, a converter is not known, a file cannot be read, or an
                address is in use. Nothing is left running.
        """
        props = {key: str(value) for key, value in self._config.originals.items()}
        layering.admin(props, "barnabas").translate()  # what waiting for a broker does not mend
        self.rest.open()
        try:
            plugins = PluginRegistry.discover(self._config.plugin_path or [])
            for note in plugins.notes:
                _log.warning("%s", note)
            check_converters(self._config, plugins)
            self._herder = self._make_herder(plugins)
            await self._herder.start()
            await self.rest.serve(self._herder)
        except BaseException:
            await self.stop()
            raise

    async def create(self, connectors: Iterable[CreateConnector]) -> None:
        """Create the connectors of the command line once the cluster is reached, then be ready.

        Raises:
            ConnectError: One of them is wrong or cannot be started; the message names it.
        """
        assert self._herder is not None, "start() comes first"
        await self._herder.wait_until_connected()
        for wanted in connectors:
            with log_context(wanted.name):
                try:
                    await self._herder.create_and_start(
                        wanted.name, wanted.config, wanted.target_state
                    )
                except ConnectError as error:
                    message = f"Failed to create connector {wanted.name}: {error.message}"
                    raise ConnectError(message) from error
                _log.info("Created connector %s", wanted.name)
        self._herder.set_ready()

    async def stop(self) -> None:
        """Stop everything; bounded by what the settings give tasks, and a margin."""
        bound_s = self._config.task_shutdown_graceful_timeout_ms / 1000 + _STOP_MARGIN_S
        try:
            async with asyncio.timeout(bound_s):
                await self.rest.stop()
                if self._herder is not None:
                    await self._herder.stop()
        except TimeoutError:
            _log.error("The worker did not stop within %g s and is ended", bound_s)

    def _make_herder(self, plugins: PluginRegistry) -> StandaloneHerder:
        config = self._config
        props = {key: str(value) for key, value in config.originals.items()}
        store = FileOffsetStore(config.offset_storage_file_filename)

        def ask_cluster_id() -> str:
            from barnabas.kafka.admin import Admin

            with Admin(layering.admin(props, f"barnabas-{os.getpid()}-cluster")) as admin:
                return admin.cluster_id(_ASK_TIMEOUT_S)

        return StandaloneHerder(
            config,
            plugins,
            lambda listener: Worker(
                config,
                worker_id=self.rest.worker_id,
                plugins=plugins,
                offset_store=store,
                listener=listener,
            ),
            ask_cluster_id,
            LoggerRegistry(lambda: time.time_ns() // 1_000_000),
        )
