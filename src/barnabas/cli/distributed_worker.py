# SPDX-License-Identifier: Apache-2.0
"""A whole distributed worker: settings → sockets → plugins → topics → herder → group → REST API."""

from __future__ import annotations

import asyncio
import logging
import os
import time
import urllib.parse
from collections.abc import Callable, Mapping

from barnabas.cli.converter_check import check_converters
from barnabas.kafka import layering
from barnabas.rest.server import RestServer
from barnabas.rest.tls import make_client_tls_context
from barnabas.runtime.group.leader import GroupLeader
from barnabas.runtime.group.member import GroupListener, GroupMember, GroupSettings
from barnabas.runtime.group.protocol import GroupConfig
from barnabas.runtime.herder.advertised import is_wildcard
from barnabas.runtime.herder.distributed import DistributedHerder
from barnabas.runtime.herder.parts import Parts, Stores
from barnabas.runtime.herder.peers import PeerClient
from barnabas.runtime.plugins import PluginRegistry
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.stores.cluster_stores import (
    ClusterStores,
    ClusterTopics,
    open_cluster_stores,
)
from barnabas.runtime.stores.storage_topics import (
    config_topic,
    offset_topic,
    status_topic,
    topic_settings,
)
from barnabas.runtime.worker import Worker, WorkerListener
from barnabas.telemetry.loggers import LoggerRegistry

__all__ = ["DistributedWorker"]

_log = logging.getLogger(__name__)

_ASK_TIMEOUT_S = 5.0
"""Time a broker has to tell the cluster's id, before the next try."""

_STOP_MARGIN_S = 45.0
"""Time a stop may take beyond what tasks are given: REST, connectors, statuses, leaving the group,
processes to be killed."""


class DistributedWorker:
    """One worker process of a cluster. Made, started and stopped on its event loop.

    Args:
        config: The worker's settings.
        environ: Environment variables.
    """

    def __init__(self, config: DistributedConfig, environ: Mapping[str, str]) -> None:
        self._config = config
        self._props = {
            key: str(value) for key, value in config.originals.items() if value is not None
        }
        self.rest = RestServer(config, environ)
        self._herder: DistributedHerder | None = None

    @property
    def over(self) -> asyncio.Future[None]:
        """After :meth:`start`: fails when the worker cannot go on."""
        assert self._herder is not None, "start() comes first"
        return self._herder.over

    async def start(self) -> None:
        """Open the sockets, answer REST, and join the group whenever that is possible.

        Raises:
            ConfigError: A setting is wrong, a converter is not known, a file cannot be read, or an
                address is in use. Nothing is left running.
        """
        layering.admin(self._props, "barnabas").translate()  # what waiting does not mend
        self.rest.open()
        self._check_address()
        try:
            plugins = PluginRegistry.discover(self._config.plugin_path or [])
            for note in plugins.notes:
                _log.warning("%s", note)
            check_converters(self._config, plugins)
            peers = PeerClient(lambda: make_client_tls_context(self._props))
            self._herder = self._make_herder(plugins, peers)
            await self._herder.start()
            await self.rest.serve(self._herder, peers)
        except BaseException:
            await self.stop()
            raise

    def _check_address(self) -> None:
        """Warn of an advertised address that is none."""
        host = urllib.parse.urlsplit(self.rest.advertised_url).hostname or ""
        if is_wildcard(host):
            _log.warning(
                "This worker advertises %s, which no other machine can connect to: it stands for "
                "all addresses of a machine. Set rest.advertised.host.name to the name or address "
                "others reach this worker by",
                self.rest.advertised_url,
            )

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

    def _make_herder(self, plugins: PluginRegistry, peers: PeerClient) -> DistributedHerder:
        stores = open_cluster_stores(_topics(self._config, self._props))
        parts = Parts(
            plugins=plugins,
            stores=Stores(stores.configs, stores.statuses),
            make_worker=lambda listener: self._make_worker(plugins, stores, listener),
            make_member=self._make_member,
            peers=peers,
            ask_cluster_id=self._ask_cluster_id,
            loggers=LoggerRegistry(lambda: time.time_ns() // 1_000_000),
            let_go=stores.let_go,
        )
        return DistributedHerder(self._config, parts)

    def _make_worker(
        self, plugins: PluginRegistry, stores: ClusterStores, listener: WorkerListener
    ) -> Worker:
        return Worker(
            self._config,
            worker_id=self.rest.worker_id,
            plugins=plugins,
            offset_store=stores.offsets,
            listener=listener,
        )

    def _make_member(
        self,
        listener: GroupListener,
        config_state: Callable[[], GroupConfig],
        refresh_configs: Callable[[float], GroupConfig],
    ) -> GroupMember:
        config = self._config
        settings = GroupSettings(
            group_id=config.group_id,
            client=layering.admin(self._props, ""),
            client_id=config.client_id,
            connect_protocol=config.connect_protocol,
            session_timeout_ms=config.session_timeout_ms,
            heartbeat_interval_ms=config.heartbeat_interval_ms,
            rebalance_timeout_ms=config.rebalance_timeout_ms,
            worker_sync_timeout_ms=config.worker_sync_timeout_ms,
        )
        return GroupMember(
            settings,
            worker_id=self.rest.worker_id,
            url=self.rest.advertised_url,
            leader=GroupLeader(config.scheduled_rebalance_max_delay_ms),
            config_state=config_state,
            refresh_configs=refresh_configs,
            listener=listener,
            loop=asyncio.get_running_loop(),
        )

    def _ask_cluster_id(self) -> str:
        from barnabas.kafka.admin import Admin

        with Admin(layering.admin(self._props, f"barnabas-{os.getpid()}-cluster")) as admin:
            return admin.cluster_id(_ASK_TIMEOUT_S)


def _topics(config: DistributedConfig, props: Mapping[str, str]) -> ClusterTopics:
    support = config.exactly_once_source_support.lower()
    return ClusterTopics(
        props,
        config.group_id,
        config_topic(
            config.config_storage_topic,
            config.config_storage_replication_factor,
            topic_settings(props, "config.storage."),
        ),
        offset_topic(
            config.offset_storage_topic,
            config.offset_storage_partitions,
            config.offset_storage_replication_factor,
            topic_settings(props, "offset.storage."),
        ),
        status_topic(
            config.status_storage_topic,
            config.status_storage_partitions,
            config.status_storage_replication_factor,
            topic_settings(props, "status.storage."),
        ),
        config.session_timeout_ms,
        is_transactional=support in ("preparing", "enabled"),
        reads_committed=support == "enabled",
    )
