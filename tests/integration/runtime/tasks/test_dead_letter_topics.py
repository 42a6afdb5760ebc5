# SPDX-License-Identifier: Apache-2.0
"""Topics of dead letters that cannot be made or written to: told clearly, and nothing is lost."""

from __future__ import annotations

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # the package re-exports these
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from barnabas.errors import ConnectError
from barnabas.runtime.model import State
from barnabas.runtime.tasks import TaskSpec
from tests.integration.runtime.tasks import rights
from tests.integration.runtime.tasks.harness import (
    JSON,
    SINK,
    eventually,
    running,
    script,
    spec,
)
from tests.services.kafka import KafkaCluster

FINE, BAD = '{"schema":{"type":"string"},"payload":"%s"}', "no JSON"


def sink(kafka: KafkaCluster, name: str, *, as_bob: bool = True, **more: str) -> TaskSpec:
    """Make a sink; bob writes its dead letters, whoever reads its records."""
    worker = {}
    if as_bob:
        address = kafka.addresses(rights.LISTENER)
        worker = rights.login("admin.", "producer.")
        worker |= {f"{who}.bootstrap.servers": address for who in ("admin", "producer")}
    settings = {
        "topics": name,
        "errors__tolerance": "all",
        "errors__deadletterqueue__topic__name": f"{name}-dead",
        "errors__deadletterqueue__topic__replication__factor": "1",
        **more,
    }
    return spec(kafka.bootstrap_servers, name, SINK, converter=JSON, worker=worker, **settings)


def grant(kafka: KafkaCluster, operation: AclOperation, topic: str) -> None:
    rights.allow(kafka, ResourceType.TOPIC, topic, operation)


def take(kafka: KafkaCluster, operation: AclOperation, topic: str) -> None:
    literal, allow = ResourcePatternType.LITERAL, AclPermissionType.ALLOW
    whom = (topic, literal, "User:bob", "*", operation, allow)
    taken = AclBindingFilter(ResourceType.TOPIC, *whom)
    kafka.admin.delete_acls([taken])[taken].result()


def test_a_queue_nobody_may_create_fails_the_task_at_its_start(
    strict: KafkaCluster, name: str
) -> None:
    strict.create_topic(name)
    strict.produce(name, [FINE % "one", BAD])
    with running(sink(strict, name)) as task, pytest.raises(ConnectError) as raised:
        task.join()
    told = raised.value.message
    assert told.startswith(f"Could not initialize dead letter queue with topic={name}-dead: ")
    assert "READ, WRITE or CREATE on the topic" in told
    assert "pw" not in told
    assert task.link.states == []
    assert strict.committed(f"connect-{name}", name) == {}


def test_a_queue_that_may_be_created_but_not_written_fails_the_task_with_its_first_letter(
    strict: KafkaCluster, name: str
) -> None:
    strict.create_topic(name)
    strict.produce(name, [FINE % "one", BAD, FINE % "two"])
    grant(strict, AclOperation.WRITE, f"{name}-other")
    grant(strict, AclOperation.CREATE, f"{name}-dead")
    grant(strict, AclOperation.DESCRIBE, f"{name}-dead")
    told = rf"Writing a dead letter to topic {name}-dead .*WRITE.*its offset is not committed"
    with running(sink(strict, name)) as task, pytest.raises(ConnectError, match=told):
        task.join()
    assert strict.committed(f"connect-{name}", name) in ({}, {0: 0}, {0: 1})
    grant(strict, AclOperation.WRITE, f"{name}-dead")
    with running(sink(strict, name)) as task:
        eventually(lambda: strict.committed(f"connect-{name}", name) == {0: 3})
        task.stop()
    assert [letter.value for letter in strict.records(f"{name}-dead")] == [BAD.encode()]


def test_a_right_that_is_taken_away_fails_the_task_before_its_record_is_lost(
    strict: KafkaCluster, name: str
) -> None:
    strict.create_topic(name)
    strict.create_topic(f"{name}-dead")
    strict.produce(name, [BAD, FINE % "one"])
    grant(strict, AclOperation.WRITE, f"{name}-dead")
    with running(sink(strict, name)) as task:
        eventually(lambda: strict.committed(f"connect-{name}", name) == {0: 2})
        take(strict, AclOperation.WRITE, f"{name}-dead")
        strict.produce(name, [FINE % "two", BAD, FINE % "three"])
        with pytest.raises(ConnectError, match="Writing a dead letter"):
            task.join()
    assert task.link.states == [State.RUNNING]
    assert strict.committed(f"connect-{name}", name) in ({0: 2}, {0: 3})
    assert script(name).values[:2] == ["one", "two"]
    assert [letter.value for letter in strict.records(f"{name}-dead")] == [BAD.encode()]


def test_a_queue_whose_name_is_no_name_fails_the_task_at_its_start(
    kafka: KafkaCluster, name: str
) -> None:
    kafka.create_topic(name)
    wrong = {"errors__deadletterqueue__topic__name": f"{name} dead!"}
    task = sink(kafka, name, as_bob=False, **wrong)
    with running(task) as started, pytest.raises(ConnectError) as raised:
        started.join()
    told = raised.value.message
    assert told.startswith(f"Could not initialize dead letter queue with topic={name} dead!: ")
    assert "letters, digits" in told
