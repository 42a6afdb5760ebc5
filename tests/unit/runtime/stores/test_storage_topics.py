# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConfigError, RetriableError
from barnabas.kafka.admin import TopicDescription
from barnabas.kafka.topic_admin import AccessDeniedError, TooFewBrokersError
from barnabas.runtime.stores.storage_topics import (
    config_topic,
    offset_topic,
    prepare_topic,
    status_topic,
    topic_settings,
)

CONFIGS = config_topic("cfg", 3, {"segment.bytes": "1000"})
STATUSES = status_topic("st", 5, -1)
DENIED = AccessDeniedError("denied")


class Admin:
    """A cluster with topics, and with errors for the calls the test names."""

    servers = "kafka:9092"

    def __init__(self, **topics):
        self.topics = topics
        self.policy = "compact"
        self.missing = ()
        self.created = []
        self.errors = {}
        self.hides = 0

    async def describe(self, topic, timeout_s):
        self._check("describe")
        if self.created and self.hides:
            self.hides -= 1
            return None
        found = self.topics.get(topic)
        return None if found is None else TopicDescription(topic, found, 1, self.missing)

    async def create(self, topic, timeout_s):
        self._check("create")
        self.created.append(topic)
        is_new = topic.name not in self.topics
        self.topics[topic.name] = max(topic.partitions, 1)
        return is_new

    async def settings(self, topic, timeout_s):
        self._check("settings")
        return {} if self.policy is None else {"cleanup.policy": self.policy}

    def _check(self, call):
        errors = self.errors.get(call, [])
        if errors:
            raise errors.pop(0)


async def no_time(_seconds):
    pass


async def prepare(admin, topic, **settings):
    return await prepare_topic(admin, topic, sleep=no_time, **settings)


async def test_a_missing_topic_is_created_compacted(caplog):
    admin = Admin()
    caplog.set_level("INFO")
    found = await prepare(admin, CONFIGS)
    (created,) = admin.created
    assert (created.name, created.partitions, created.replication_factor) == ("cfg", 1, 3)
    assert created.config == {"segment.bytes": "1000", "cleanup.policy": "compact"}
    assert found.partitions == 1
    assert caplog.messages == [
        "Created topic cfg for connector configurations: 1 partition(s), 1 replica(s)"
    ]


async def test_the_numbers_of_the_settings_are_asked_for():
    admin = Admin()
    await prepare(admin, STATUSES)
    await prepare(admin, offset_topic("off", -1, 2))
    assert [(topic.partitions, topic.replication_factor) for topic in admin.created] == [
        (5, -1),
        (-1, 2),
    ]


async def test_a_new_topic_is_waited_for_until_brokers_know_it():
    admin = Admin()
    admin.hides = 3
    assert (await prepare(admin, CONFIGS)).partitions == 1


async def test_a_new_topic_nobody_shows_is_tried_again_later():
    admin = Admin()
    admin.hides = 1000
    with pytest.raises(RetriableError, match="was created but brokers do not show it"):
        await prepare(admin, CONFIGS)


@pytest.mark.parametrize("policy", ["compact", None])
async def test_an_existing_topic_is_left_alone(policy):
    admin = Admin(st=7)
    admin.policy = policy
    assert (await prepare(admin, STATUSES)).partitions == 7
    assert admin.created == []


@pytest.mark.parametrize("policy", ["delete", "compact,delete"])
async def test_a_topic_that_is_not_only_compacted_is_refused_with_the_remedy(policy):
    admin = Admin(st=5)
    admin.policy = policy
    with pytest.raises(ConfigError) as raised:
        await prepare(admin, STATUSES)
    assert raised.value.message == (
        "Topic 'st' supplied via the 'status.storage.topic' property is required to have "
        "'cleanup.policy=compact' to guarantee consistency and durability of connector and task "
        f"statuses, but found the topic currently has 'cleanup.policy={policy}'. Continuing would "
        "likely result in eventually losing connector and task statuses and problems restarting "
        "this Connect cluster in the future. Change the 'status.storage.topic' property in the "
        "Connect worker configurations to use a topic with 'cleanup.policy=compact', or change the "
        "topic: kafka-configs.sh --bootstrap-server kafka:9092 --alter --entity-type topics "
        "--entity-name st --add-config cleanup.policy=compact"
    )


async def test_a_topic_another_worker_made_meanwhile_is_checked():
    admin = Admin()
    admin.policy = "delete"

    async def create(topic, timeout_s):
        admin.topics[topic.name] = 5
        return False

    admin.create = create
    with pytest.raises(ConfigError, match=r"cleanup\.policy=delete"):
        await prepare(admin, STATUSES)


async def test_configurations_need_one_partition():
    with pytest.raises(
        ConfigError, match=r"single partition in order to .* but found 3 partitions"
    ):
        await prepare(Admin(cfg=3), CONFIGS)


async def test_a_policy_that_cannot_be_read_is_told(caplog):
    admin = Admin(st=5)
    admin.errors = {"settings": [DENIED]}
    caplog.set_level("INFO")
    await prepare(admin, STATUSES)
    assert caplog.messages[0].startswith("Whether topic st has cleanup.policy=compact, as it must,")


async def test_a_topic_that_cannot_be_seen_is_an_error_of_rights():
    admin = Admin()
    admin.errors = {"describe": [DENIED]}
    with pytest.raises(ConfigError, match=r"property cannot be seen: denied\. Give"):
        await prepare(admin, STATUSES)


@pytest.mark.parametrize("missing", [("READ",), ("WRITE",), ("READ", "WRITE")])
async def test_a_topic_that_may_not_be_read_or_written_is_refused_with_the_command(missing):
    admin = Admin(st=5)
    admin.missing = missing
    with pytest.raises(ConfigError) as raised:
        await prepare(admin, STATUSES)
    assert (
        f"principal lacks {' and '.join(missing)} on it. Give the rights a worker needs: "
        in raised.value.message
    )
    assert (
        "kafka-acls.sh --bootstrap-server kafka:9092 --add --allow-principal User:NAME "
        "--operation Read --operation Write --operation DescribeConfigs --topic st"
    ) in raised.value.message


async def test_a_missing_right_to_create_comes_with_the_command():
    admin = Admin()
    admin.errors = {"create": [DENIED]}
    with pytest.raises(ConfigError) as raised:
        await prepare(admin, CONFIGS)
    assert raised.value.message.endswith(
        "kafka-topics.sh --bootstrap-server kafka:9092 --create --topic cfg --partitions 1 "
        "--replication-factor 3 --config segment.bytes=1000 --config cleanup.policy=compact"
    )


async def test_wrong_settings_name_where_they_come_from():
    admin = Admin()
    admin.errors = {"create": [ConfigError("Creating topic cfg failed: Unknown config")]}
    with pytest.raises(ConfigError, match=r"Unknown config. See the settings config\.storage\.\*"):
        await prepare(admin, CONFIGS)


async def test_too_few_brokers_are_told_once_and_waited_for(caplog):
    admin = Admin()
    admin.errors = {"create": [TooFewBrokersError("only 1 broker(s)")] * 5}
    await prepare(admin, CONFIGS)
    assert len(admin.created) == 1
    (warning,) = [item for item in caplog.messages if "broker" in item]
    assert "or set config.storage.replication.factor to their number" in warning


async def test_too_few_brokers_are_waited_for_a_minute():
    admin, times = Admin(), iter(range(0, 10_000, 10))
    admin.errors = {"create": [TooFewBrokersError("only 1 broker(s)")] * 100}
    with pytest.raises(ConfigError, match="Start more brokers"):
        await prepare(admin, CONFIGS, clock=lambda: float(next(times)))


async def test_an_absent_broker_is_for_the_caller_to_wait_for():
    admin = Admin()
    admin.errors = {"describe": [RetriableError("no broker")]}
    with pytest.raises(RetriableError, match="no broker"):
        await prepare(admin, CONFIGS)


def test_further_settings_of_a_topic_come_from_the_worker_file(caplog):
    worker = {
        "config.storage.topic": "cfg",
        "config.storage.partitions": "7",
        "config.storage.replication.factor": "1",
        "config.storage.segment.bytes": "1000",
        "config.storage.cleanup.policy": "delete",
        "offset.storage.max.message.bytes": "5",
    }
    assert topic_settings(worker, "config.storage.") == {"segment.bytes": "1000"}
    assert caplog.messages == [
        "Ignoring 'config.storage.cleanup.policy=delete' setting, since compaction is always used"
    ]
