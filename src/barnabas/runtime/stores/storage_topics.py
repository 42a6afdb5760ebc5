# SPDX-License-Identifier: Apache-2.0
"""The worker's internal topics: made when they are missing, checked when they exist.

Differs:
    Java takes too few brokers for the replication factor for a passing thing and gives up after a
    minute without a word in between; here the first try is told, with what to change.

Source:
    Apache Kafka ``KafkaTopicBasedBackingStore``, ``TopicAdmin``, ``DistributedConfig``; reference
    page *internal topics*, 2.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from barnabas.errors import ConfigError, RetriableError
from barnabas.kafka.admin import NewTopic, TopicDescription
from barnabas.kafka.topic_admin import AccessDeniedError, TooFewBrokersError, TopicAdmin

__all__ = [
    "StorageTopic",
    "config_topic",
    "offset_topic",
    "prepare_topic",
    "status_topic",
    "topic_settings",
]

_POLICY: Final = "cleanup.policy"
_TIMEOUT_S: Final = 5.0
_PATIENCE_S: Final = 60.0
_PAUSE_S: Final = 1.0
_OWN: Final = frozenset({"topic", "partitions", "replication.factor"})

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class StorageTopic:
    """What an internal topic must be like."""

    name: str
    prefix: str
    """Of the settings that describe it: ``config.storage.``."""
    purpose: str
    """What it keeps, for messages."""
    partitions: int
    """Number of partitions it is created with; -1 for the broker's default."""
    replication_factor: int
    """Number of copies it is created with; -1 for the broker's default."""
    settings: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Further settings it is created with."""
    must_be_single: bool = False
    """Whether it must have one partition, because order counts across all keys."""

    @property
    def setting(self) -> str:
        """The setting that names it."""
        return f"{self.prefix}topic"


def config_topic(
    name: str, replication_factor: int, settings: Mapping[str, str] | None = None
) -> StorageTopic:
    """Describe the topic of configurations."""
    return StorageTopic(
        name,
        "config.storage.",
        "connector configurations",
        1,
        replication_factor,
        settings or {},
        must_be_single=True,
    )


def offset_topic(
    name: str,
    partitions: int,
    replication_factor: int,
    settings: Mapping[str, str] | None = None,
) -> StorageTopic:
    """Describe the topic of source offsets."""
    purpose = "source connector offsets"
    return StorageTopic(
        name, "offset.storage.", purpose, partitions, replication_factor, settings or {}
    )


def status_topic(
    name: str,
    partitions: int,
    replication_factor: int,
    settings: Mapping[str, str] | None = None,
) -> StorageTopic:
    """Describe the topic of statuses."""
    purpose = "connector and task statuses"
    return StorageTopic(
        name, "status.storage.", purpose, partitions, replication_factor, settings or {}
    )


def topic_settings(worker: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Choose the settings a worker file gives for the creation of an internal topic.

    Args:
        worker: The worker's settings as given.
        prefix: Such as ``config.storage.``.

    Returns:
        Settings of the topic, without those that are the worker's own; a ``cleanup.policy`` is left
        out with a warning, because these topics are always compacted.
    """
    chosen = {}
    for name, value in worker.items():
        setting = name.removeprefix(prefix)
        if setting == name or setting in _OWN:
            continue
        if setting == _POLICY:
            _log.warning("Ignoring '%s=%s' setting, since compaction is always used", name, value)
            continue
        chosen[setting] = value
    return chosen


async def prepare_topic(
    admin: TopicAdmin,
    topic: StorageTopic,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> TopicDescription:
    """Create a topic if it is missing, check it otherwise.

    Each call of the cluster is bounded; too few brokers are waited for at most a minute.

    Args:
        admin: Talks to the cluster.
        topic: What the topic must be like.
        clock: Tells the time in seconds.
        sleep: Waits for some seconds.

    Raises:
        ConfigError: The topic cannot be used or created; says what to change.
        RetriableError: No broker answered; try again.
        ConnectError: Broker and client do not accept each other.
    """
    began, is_told = clock(), False
    while True:
        try:
            return await _prepare(admin, topic, sleep)
        except TooFewBrokersError as error:
            text = (
                f"{error.message}. Start more brokers, or set {topic.prefix}replication.factor to "
                "their number (-1: what the brokers have as default)"
            )
            if clock() - began >= _PATIENCE_S:
                raise ConfigError(text) from None
            if not is_told:
                is_told = True
                _log.warning("%s. Trying again for %g s", text, _PATIENCE_S)
        await sleep(_PAUSE_S)


async def _prepare(
    admin: TopicAdmin, topic: StorageTopic, sleep: Callable[[float], Awaitable[None]]
) -> TopicDescription:
    found = await _described(admin, topic)
    if found is None:
        found = await _created(admin, topic, sleep)
    else:
        await _check_compacted(admin, topic)
    if found.missing_rights:
        text = (
            f"Topic '{topic.name}' supplied via the '{topic.setting}' property cannot be used: "
            f"this worker's principal lacks {' and '.join(found.missing_rights)} on it. "
            f"{_grant(admin, topic)}"
        )
        raise ConfigError(text)
    if topic.must_be_single and found.partitions > 1:
        text = (
            f"Topic '{topic.name}' supplied via the '{topic.setting}' property is required to have "
            f"a single partition in order to guarantee consistency of {topic.purpose}, but found "
            f"{found.partitions} partitions. Name another topic, or copy its records, in their "
            "order, to one with one partition."
        )
        raise ConfigError(text)
    return found


async def _described(admin: TopicAdmin, topic: StorageTopic) -> TopicDescription | None:
    try:
        return await admin.describe(topic.name, _TIMEOUT_S)
    except AccessDeniedError as error:
        text = (
            f"Topic '{topic.name}' supplied via the '{topic.setting}' property cannot be seen: "
            f"{error.message}. {_grant(admin, topic)}"
        )
        raise ConfigError(text) from error


async def _created(
    admin: TopicAdmin, topic: StorageTopic, sleep: Callable[[float], Awaitable[None]]
) -> TopicDescription:
    new = NewTopic(
        topic.name,
        topic.partitions,
        topic.replication_factor,
        {**topic.settings, _POLICY: "compact"},
    )
    try:
        is_new = await admin.create(new, _TIMEOUT_S)
    except AccessDeniedError as error:
        settings = " ".join(f"--config {name}={value}" for name, value in new.config.items())
        text = (
            f"Topic '{topic.name}' supplied via the '{topic.setting}' property does not exist and "
            f"this worker may not create it: {error.message}. Give its principal CREATE on the "
            f"topic, or create the topic: kafka-topics.sh --bootstrap-server {admin.servers} "
            f"--create --topic {topic.name}{_counts(topic)} {settings}"
        )
        raise ConfigError(text) from error
    except ConfigError as error:
        text = f"{error.message}. See the settings {topic.prefix}* of this worker."
        raise ConfigError(text) from error
    found = await _wait_until_known(admin, topic, sleep)
    if is_new:
        _log.info(
            "Created topic %s for %s: %d partition(s), %d replica(s)",
            topic.name,
            topic.purpose,
            found.partitions,
            found.replication_factor,
        )
    else:
        await _check_compacted(admin, topic)
    return found


def _grant(admin: TopicAdmin, topic: StorageTopic) -> str:
    """Say how to give the rights a worker needs; DESCRIBE comes with the others."""
    return (
        "Give the rights a worker needs: kafka-acls.sh --bootstrap-server "
        f"{admin.servers} --add --allow-principal User:NAME --operation Read --operation Write "
        f"--operation DescribeConfigs --topic {topic.name} (NAME: what the broker calls this "
        "worker, such as its user name)"
    )


def _counts(topic: StorageTopic) -> str:
    partitions = f" --partitions {topic.partitions}" if topic.partitions > 0 else ""
    factor = topic.replication_factor
    return partitions + (f" --replication-factor {factor}" if factor > 0 else "")


async def _wait_until_known(
    admin: TopicAdmin, topic: StorageTopic, sleep: Callable[[float], Awaitable[None]]
) -> TopicDescription:
    """Wait until brokers have heard of a new topic, some ten milliseconds after its creation."""
    for _ in range(100):
        found = await _described(admin, topic)
        if found is not None:
            return found
        await sleep(0.05)
    text = f"Topic '{topic.name}' ({topic.setting}) was created but brokers do not show it"
    raise RetriableError(text)


async def _check_compacted(admin: TopicAdmin, topic: StorageTopic) -> None:
    try:
        policy = (await admin.settings(topic.name, _TIMEOUT_S)).get(_POLICY)
    except AccessDeniedError as error:
        _log.info(
            "Whether topic %s has %s=compact, as it must, cannot be checked without the right "
            "DESCRIBE_CONFIGS: %s",
            topic.name,
            _POLICY,
            error.message,
        )
        return
    if policy is None or {item.strip() for item in policy.split(",")} == {"compact"}:
        return
    text = (
        f"Topic '{topic.name}' supplied via the '{topic.setting}' property is required to have "
        f"'{_POLICY}=compact' to guarantee consistency and durability of {topic.purpose}, but "
        f"found the topic currently has '{_POLICY}={policy}'. Continuing would likely result in "
        f"eventually losing {topic.purpose} and problems restarting this Connect cluster in the "
        f"future. Change the '{topic.setting}' property in the Connect worker configurations to "
        f"use a topic with '{_POLICY}=compact', or change the topic: kafka-configs.sh "
        f"--bootstrap-server {admin.servers} --alter --entity-type topics --entity-name "
        f"{topic.name} --add-config {_POLICY}=compact"
    )
    raise ConfigError(text)
