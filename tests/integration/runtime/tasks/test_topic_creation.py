# SPDX-License-Identifier: Apache-2.0
"""Topics that brokers do not let source tasks create."""

from __future__ import annotations

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # the package re-exports these
    AclOperation,
    ResourceType,
)

from barnabas.api import SourceRecord
from barnabas.errors import ConnectError
from tests.integration.runtime.tasks import rights
from tests.integration.runtime.tasks.harness import SOURCE, eventually, running, script, spec
from tests.services.kafka import KafkaCluster

GROUPS = {
    "topic__creation__default__partitions": "3",
    "topic__creation__default__replication__factor": "1",
}
PLAINLY = (
    r"Sending a record of 1 bytes to topic {} failed: .*WRITE or CREATE on the topic"
    r"|Sending records failed: .*IDEMPOTENT_WRITE on the cluster"  # whoever writes to no topic
)


@pytest.mark.parametrize(
    ("groups", "steps", "partitions"),
    [
        (
            GROUPS,
            [
                (r"Looking for topic {} failed: .*authorization", AclOperation.DESCRIBE),
                (
                    r"Task failed to create new topic \(name={}, numPartitions=3, .* authorized to "
                    r"create topics or that the topic exists and restart the task$",
                    AclOperation.CREATE,
                ),
                (PLAINLY, AclOperation.WRITE),
            ],
            3,
        ),
        ({}, [(PLAINLY, AclOperation.WRITE), (PLAINLY, AclOperation.CREATE)], 1),
    ],
    ids=["by groups", "by the broker"],
)
def test_rights_to_a_new_topic_are_asked_for_one_after_the_other(
    strict: KafkaCluster,
    name: str,
    groups: dict[str, str],
    steps: list[tuple[str, AclOperation]],
    partitions: int,
) -> None:
    topic = f"of-{name.replace('.', '-')}"
    record = SourceRecord(source_partition={}, source_offset={}, topic=topic, value="a")
    worker = rights.login("producer.", "admin.")
    task = spec(strict.addresses(rights.LISTENER), name, SOURCE, worker=worker, **groups)
    for told, missing in steps:
        script(name).polls = [[record]]
        with (
            running(task) as source,
            pytest.raises(ConnectError, match=told.format(topic)) as caught,
        ):
            source.join()
        assert "pw" not in caught.value.message.replace(topic, "")
        rights.allow(strict, ResourceType.TOPIC, topic, missing)
    script(name).polls = [[record]]
    with running(task) as source:
        eventually(lambda: [one.value for one in strict.records(topic)] == [b"a"])
        source.stop()
    assert len(strict.end_offsets(topic)) == partitions
