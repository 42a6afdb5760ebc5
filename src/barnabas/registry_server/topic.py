# SPDX-License-Identifier: Apache-2.0
"""The ``_schemas`` topic: one partition, compacted, read to its end before the registry answers.

Source:
    Confluent Schema Registry ``KafkaStore``; reference page *Schema Registry*, 8.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from barnabas.errors import ConfigError
from barnabas.kafka.client_settings import ClientKind
from barnabas.kafka.layering import ClientProperties, internal_client
from barnabas.kafka.topic_admin import TopicAdmin
from barnabas.registry_server.logs import Apply
from barnabas.registry_server.records import Raw
from barnabas.runtime.stores.log_reader import LogRecord
from barnabas.runtime.stores.storage_topics import StorageTopic
from barnabas.runtime.stores.topic_log import TopicLog

__all__ = ["SchemaTopic"]

_WRITE_S: Final = 10.0
_READ_S: Final = 10.0
_START_S: Final = 10.0


class SchemaTopic:
    """A topic as the log of a registry; used on one event loop.

    Args:
        settings: Of the Kafka clients, in Java's names.
        topic: Name of the topic; it is created when it is missing.
        start_timeout_s: Time the brokers have to answer, and the topic to be read.
    """

    def __init__(
        self, settings: Mapping[str, str], topic: str, start_timeout_s: float = _START_S
    ) -> None:
        self._settings = settings
        self._name = topic
        self._start_timeout_s = start_timeout_s
        self._apply: Apply = lambda record: None
        self._log: TopicLog | None = None

    def __str__(self) -> str:
        return f"on topic {self._name} of {self._settings.get('bootstrap.servers')}"

    async def start(self, apply: Apply) -> None:
        """Create the topic if it is missing, and read it to its end.

        Raises:
            ConfigError: No broker answers in time, or the topic cannot be used.
        """
        self._apply = apply
        spec = StorageTopic(self._name, "kafkastore.", "schemas", 1, -1, {}, must_be_single=True)
        self._log = TopicLog(
            spec,
            producer=self._client(ClientKind.PRODUCER, _PRODUCER),
            consumer=self._client(ClientKind.CONSUMER, _CONSUMER),
            admin=TopicAdmin(self._client(ClientKind.ADMIN, {})),
        )
        try:
            async with asyncio.timeout(self._start_timeout_s):
                await self._log.start(self._take)
        except TimeoutError as error:
            message = (
                f"Topic {self._name} of {self._settings.get('bootstrap.servers')} could not be "
                f"read within {self._start_timeout_s:g} s: no broker answers there. Start one, "
                "correct --bootstrap-servers, or leave it out to keep schemas in memory"
            )
            raise ConfigError(message) from error

    async def stop(self) -> None:
        """Let go of the topic."""
        if self._log is not None:
            await self._log.stop()
            self._log = None

    async def catch_up(self) -> None:
        """Read to the end of the topic; see :meth:`SchemaLog.catch_up`."""
        await self._opened.read_to_end(_READ_S)

    async def add(self, records: Sequence[Raw]) -> None:
        """Write records and wait until they are read back; see :meth:`SchemaLog.add`."""
        ends = await self._opened.send(list(records), _WRITE_S)
        await self._opened.read_until(ends, _READ_S)

    @property
    def _opened(self) -> TopicLog:
        assert self._log is not None, "start() comes first"
        return self._log

    def _take(self, records: list[LogRecord]) -> None:
        for record in records:
            if record.key is not None:
                self._apply((record.key, record.value))

    def _client(self, kind: ClientKind, own: Mapping[str, str]) -> ClientProperties:
        named = {**own, "client.id": f"barnabas-registry-{self._name}"}
        return internal_client(self._settings, kind, named)


_PRODUCER: Final = {
    "acks": "all",
    "delivery.timeout.ms": str(int(_WRITE_S * 1000)),
    "enable.idempotence": "false",
    "linger.ms": "0",
    "max.in.flight.requests.per.connection": "1",
}
_CONSUMER: Final = {
    "allow.auto.create.topics": "false",
    "auto.offset.reset": "earliest",
    "enable.auto.commit": "false",
    "fetch.max.wait.ms": "100",
    "group.id": "schema-registry-barnabas",
}
