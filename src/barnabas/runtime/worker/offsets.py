# SPDX-License-Identifier: Apache-2.0
"""Offsets of connectors as users see and change them (KIP-875).

Source:
    KIP-875; Apache Kafka ``Worker.modifyConnectorOffsets``, ``SinkUtils``; reference page *REST
    API*, PATCH/DELETE offsets.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from barnabas.api import TopicPartition
from barnabas.errors import BadRequestError, ConnectError, GroupBusyError
from barnabas.runtime.model import ConnectorOffset, ConnectorOffsets
from barnabas.runtime.runners.messages import OffsetItem
from barnabas.runtime.stores import offset_format
from barnabas.runtime.stores.offsets import OffsetStore
from barnabas.runtime.worker.blocking_calls import call_in_thread

if TYPE_CHECKING:
    from barnabas.kafka.admin import Admin

__all__ = ["Hook", "SinkOffsets", "SourceOffsets", "parse_sink_offset", "success_message"]

_log = logging.getLogger(__name__)

Hook = Callable[[Sequence[OffsetItem]], Awaitable[bool]]
"""Asks the connector's ``alter_offsets``; the answer is whether it knows its offsets."""

_TIMEOUT_S: Final = 30.0


def success_message(*, is_known: bool, is_reset: bool) -> str:
    """Say that offsets were changed, as Java's workers do."""
    done = "reset" if is_reset else "altered"
    if is_known:
        return f"The offsets for this connector have been {done} successfully"
    return (
        f"The Connect framework-managed offsets for this connector have been {done} successfully. "
        f"However, if this connector manages offsets externally, they will need to be manually "
        f"{done} in the system that the connector uses."
    )


class SourceOffsets:
    """Offsets of a source connector, in the offset store."""

    def __init__(self, store: OffsetStore, connector: str) -> None:
        self._store = store
        self._connector = connector

    async def list(self) -> ConnectorOffsets:
        """List all partitions with an offset.

        Raises:
            DataError: An offset is damaged.
        """
        stored = offset_format.connector_offsets(await self._store.items(), self._connector)
        return ConnectorOffsets([ConnectorOffset(*item) for item in stored])

    async def alter(self, offsets: Sequence[ConnectorOffset], hook: Hook) -> bool:
        """Change some offsets; those that are None are removed.

        Differs:
            Names in a partition may stand in another order than the connector writes them. Java
            stores another offset then, which no connector looks up.
        """
        known = await self._known_keys()
        values = {
            self._key(item.partition, known): offset_format.offset_value(item.offset)
            for item in offsets
        }
        # What the hook sees went through the same conversion as what will be stored.
        items = [_decoded(key, value) for key, value in values.items()]
        is_known = await hook(items)
        await self._store.set(values)
        return is_known

    async def _known_keys(self) -> dict[object, bytes]:
        """Keys in the store, by themselves and by what their partitions say."""
        keys = offset_format.connector_keys(await self._store.items(), self._connector)
        return {_unordered(partition): key for key, partition in keys.items()} | {
            key: key for key in keys
        }

    def _key(self, partition: Mapping[str, object] | None, known: Mapping[object, bytes]) -> bytes:
        key = offset_format.offset_key(self._connector, partition)
        return known.get(key) or known.get(_unordered(partition)) or key

    async def reset(self, hook: Hook) -> bool:
        """Remove all offsets, damaged ones too."""
        keys = offset_format.connector_keys(await self._store.items(), self._connector)
        is_known = await hook([OffsetItem(partition, None) for partition in keys.values()])
        await self._store.set(dict.fromkeys(keys))
        return is_known


def _unordered(partition: object) -> frozenset[str] | None:
    """What two partitions share that differ in the order of names alone; 1 and True differ."""
    if not isinstance(partition, Mapping):
        return None
    return frozenset(f"{name!r}: {value!r}" for name, value in partition.items())


class SinkOffsets:
    """Offsets of a sink connector: those of its consumer group.

    Args:
        connector: Name of the connector.
        config: Its configuration.
        open_admin: Opens an admin client; called in a thread.
    """

    def __init__(
        self, connector: str, config: Mapping[str, str], open_admin: Callable[[], Admin]
    ) -> None:
        self._connector = connector
        self._group = config.get("consumer.override.group.id") or f"connect-{connector}"
        self._open_admin = open_admin

    async def list(self) -> ConnectorOffsets:
        """List what the group has committed."""
        committed = await call_in_thread(self._committed, f"read offsets of {self._connector}")
        return ConnectorOffsets([_sink_offset(where, at) for where, at in committed.items()])

    async def alter(self, offsets: Sequence[ConnectorOffset], hook: Hook) -> bool:
        """Change some offsets; those that are None are removed."""
        parsed = dict(parse_sink_offset(item) for item in offsets)
        await asyncio.to_thread(self._check_partitions, parsed)
        is_known = await hook([_sink_item(where, at) for where, at in parsed.items()])
        await asyncio.to_thread(self._write, parsed)
        return is_known

    async def reset(self, hook: Hook) -> bool:
        """Remove all offsets by deleting the group."""
        committed = await asyncio.to_thread(self._committed)
        is_known = await hook([_sink_item(where, None) for where in committed])
        await asyncio.to_thread(self._delete)
        return is_known

    def _committed(self) -> dict[TopicPartition, int]:
        try:
            with self._open_admin() as admin:
                return admin.committed_offsets(self._group, _TIMEOUT_S)
        except ConnectError as error:
            text = (
                "Failed to retrieve consumer group offsets for sink connector "
                f"{self._connector}: {error.message}"
            )
            raise ConnectError(text) from error

    def _write(self, offsets: Mapping[TopicPartition, int | None]) -> None:
        with self._open_admin() as admin, self._explained("alter"):
            kept = {where: at for where, at in offsets.items() if at is not None}
            removed = [where for where, at in offsets.items() if at is None]
            if kept:
                admin.alter_offsets(self._group, kept, _TIMEOUT_S)
            if removed:
                admin.delete_offsets(self._group, removed, _TIMEOUT_S)

    def _delete(self) -> None:
        with self._open_admin() as admin, self._explained("reset"):
            admin.delete_group(self._group, _TIMEOUT_S)

    @contextmanager
    def _explained(self, verb: str) -> Iterator[None]:
        """Add what was tried, in Java's words."""
        try:
            yield
        except GroupBusyError as error:
            text = (
                f"Failed to {verb} consumer group offsets for connector {self._connector} either "
                "because its tasks haven't stopped completely yet or the connector was resumed "
                f"before the request to {verb} its offsets could be successfully completed. If the "
                "connector is in a stopped state, this operation can be safely retried. If it "
                "doesn't eventually succeed, the Connect cluster may need to be restarted to get "
                f"rid of the zombie sink tasks. ({error.message})"
            )
            raise ConnectError(text) from error
        except ConnectError as error:
            text = (
                f"Failed to {verb} consumer group offsets for connector {self._connector}: "
                f"{error.message}"
            )
            raise ConnectError(text) from error

    def _check_partitions(self, wanted: Iterable[TopicPartition]) -> None:
        """Refuse partitions that do not exist, before anything is changed.

        Raises:
            ConnectError: One does not exist.
        """
        asked = list(wanted)
        with self._open_admin() as admin, self._explained("alter"):
            try:
                counts = admin.partition_counts((one.topic for one in asked), _TIMEOUT_S)
            except ConnectError as error:
                _log.debug("The partitions were not looked at: %s", error.message)
                return
            for one in asked:
                if one.partition >= counts.get(one.topic, 0):
                    raise ConnectError(_unknown_partition(one, counts.get(one.topic)))


def _unknown_partition(where: TopicPartition, count: int | None) -> str:
    if count is None:
        return f"there is no topic {where.topic}; nothing was changed"
    return (
        f"topic {where.topic} has no partition {where.partition}, its partitions are 0 to "
        f"{count - 1}; nothing was changed"
    )


def parse_sink_offset(item: ConnectorOffset) -> tuple[TopicPartition, int | None]:
    """Read a sink's partition and offset as a user wrote them; numbers may be text.

    Raises:
        BadRequestError: They are not of the form a sink's have.
    """
    partition = item.partition
    if partition is None:
        text = "The partition for a sink connector offset cannot be null or missing"
        raise BadRequestError(text)
    if not {"kafka_topic", "kafka_partition"} <= partition.keys():
        text = (
            "The partition for a sink connector offset must contain the keys 'kafka_topic' and "
            "'kafka_partition'"
        )
        raise BadRequestError(text)
    topic = partition["kafka_topic"]
    if not isinstance(topic, str):
        text = "Kafka topic names must be valid strings and may not be null"
        raise BadRequestError(text)
    if partition["kafka_partition"] is None:
        text = "Kafka partitions must be valid numbers and may not be null"
        raise BadRequestError(text)
    number = _number(partition["kafka_partition"], "partition", "Partition")
    return TopicPartition(topic, number), _parse_offset(item.offset)


def _parse_offset(offset: Mapping[str, Any] | None) -> int | None:
    if offset is None:
        return None
    if offset.get("kafka_offset") is None:
        text = (
            "The offset for a sink connector should either be null or contain the key "
            "'kafka_offset'"
        )
        raise BadRequestError(text)
    return _number(offset["kafka_offset"], "offset", "Offset")


def _number(value: object, what: str, capitalized: str) -> int:
    try:
        number = int(str(value))
    except ValueError as error:
        text = (
            f"Failed to parse the following Kafka {what} value in the provided offsets: "
            f"'{value}'. {capitalized} values for sink connectors need to be integers."
        )
        raise BadRequestError(text) from error
    if number < 0:
        text = f"{capitalized} values for sink connectors cannot be negative, but one is {number}"
        raise BadRequestError(text)
    return number


def _decoded(key: bytes, value: bytes | None) -> OffsetItem:
    decoded = offset_format.decode_key(key)
    partition = None if decoded is None else decoded[1]
    return OffsetItem(partition, offset_format.decode_value(value))


def _sink_offset(where: TopicPartition, at: int) -> ConnectorOffset:
    item = _sink_item(where, at)
    return ConnectorOffset(item.partition, item.offset)


def _sink_item(where: TopicPartition, at: int | None) -> OffsetItem:
    partition = {"kafka_topic": where.topic, "kafka_partition": where.partition}
    return OffsetItem(partition, None if at is None else {"kafka_offset": at})
