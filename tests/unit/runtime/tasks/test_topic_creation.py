# SPDX-License-Identifier: Apache-2.0
"""Creation of a source task's topics, with a cluster that answers as the test says."""

from __future__ import annotations

from typing import Any, Self

import pytest

from barnabas.errors import ConfigError, ConnectError, RetriableError
from barnabas.kafka.admin import Creation, NewTopic
from barnabas.runtime.tasks.topic_creation import make_topic_creator

GROUPS = {
    "topic.creation.groups": "logs, rest",
    "topic.creation.default.partitions": "3",
    "topic.creation.default.replication.factor": "-1",
    "topic.creation.logs.include": "log-.*",
    "topic.creation.logs.exclude": "log-not",
    "topic.creation.logs.cleanup.policy": "compact",
    "topic.creation.rest.include": "log-x,rest",
    "topic.creation.rest.partitions": "7",
}


class Cluster:
    """Plays the admin client and the cluster behind it."""

    def __init__(self, *existing: str) -> None:
        self.topics = set(existing)
        self.created: list[NewTopic] = []
        self.answer: Creation | ConnectError = Creation.CREATED
        self.outages: list[RetriableError] = []
        self.opened = 0
        self.closed = 0
        self.waits = 0
        self.stops_after = 10

    def __enter__(self) -> Self:
        self.opened += 1
        return self

    def __exit__(self, *_: object) -> None:
        self.closed += 1

    def has_topic(self, topic: str, _timeout_s: float) -> bool:
        if self.outages:
            raise self.outages.pop()
        return topic in self.topics

    def create_topic(self, topic: NewTopic, _timeout_s: float) -> Creation:
        if isinstance(self.answer, ConnectError):
            raise self.answer
        if self.answer is Creation.CREATED:
            self.created.append(topic)
        return self.answer

    def wait(self, _seconds: float) -> None:
        self.waits += 1

    def creator(self, config: dict[str, str] | None = None, **worker: str) -> Any:
        settings = {name.replace("_", "."): value for name, value in worker.items()}
        return make_topic_creator(
            settings,
            GROUPS if config is None else config,
            lambda: self,  # type: ignore[arg-type, return-value]
            is_stopping=lambda: self.waits >= self.stops_after,
            wait=self.wait,
        )


@pytest.mark.mirrors("connect/runtime TopicCreationTest#topicCreationWithTwoGroups")
def test_the_first_group_that_fits_says_how_a_topic_is_created() -> None:
    cluster = Cluster()
    assert cluster.creator().ensure(["log-x", "rest", "other", "log-not"])
    assert cluster.created == [
        NewTopic("log-x", 3, -1, {"cleanup.policy": "compact"}),
        NewTopic("rest", 7, -1, {}),
        NewTopic("other", 3, -1, {}),
        NewTopic("log-not", 3, -1, {}),
    ]
    assert (cluster.opened, cluster.closed) == (1, 1)


def test_a_topic_that_exists_is_left_alone_and_asked_about_once(caplog) -> None:
    caplog.set_level("INFO")
    cluster = Cluster("there")
    creator = cluster.creator()
    assert creator.ensure(["there"])
    assert creator.ensure(["there"])
    assert cluster.created == []
    assert cluster.opened == 1
    assert "Topic there exists already" in caplog.text


def test_what_was_created_is_logged_with_its_group(caplog) -> None:
    caplog.set_level("INFO")
    Cluster().creator().ensure(["log-x"])
    assert (
        "Created topic (name=log-x, numPartitions=3, replicationFactor=default, "
        "replicasAssignments=null, configs={cleanup.policy=compact}) as group logs says"
    ) in caplog.text


def test_a_topic_somebody_else_creates_meanwhile_is_fine() -> None:
    cluster = Cluster()
    cluster.answer = Creation.EXISTED
    assert cluster.creator().ensure(["other"])


@pytest.mark.parametrize(
    ("config", "worker"), [({"name": "n"}, {}), (GROUPS, {"topic_creation_enable": "false"})]
)
def test_without_settings_or_leave_nothing_is_asked(config, worker) -> None:
    cluster = Cluster()
    assert cluster.creator(config, **worker).ensure(["other"])
    assert cluster.opened == 0


@pytest.mark.mirrors("connect/runtime AbstractWorkerSourceTaskTest#testTopicCreateFails")
def test_a_topic_that_may_not_be_created_fails_the_task() -> None:
    cluster = Cluster()
    cluster.answer = Creation.DENIED
    text = r"Task failed to create new topic \(name=rest, numPartitions=7, .*is authorized"
    with pytest.raises(ConnectError, match=text):
        cluster.creator().ensure(["rest"])
    assert cluster.closed == 1


def test_a_refusal_names_the_group_and_what_was_wanted() -> None:
    cluster = Cluster()
    cluster.answer = ConnectError("Creating topic log-x failed: too few brokers")
    text = "create/find topic.s. 'log-x' as group logs of .*cleanup.policy=compact.*too few brokers"
    with pytest.raises(ConnectError, match=text):
        cluster.creator().ensure(["log-x"])


@pytest.mark.mirrors("connect/runtime AbstractWorkerSourceTaskTest#testTopicDescribeFails")
def test_while_no_broker_answers_it_tries_again() -> None:
    cluster = Cluster()
    cluster.outages = [RetriableError("no answer")] * 3
    assert cluster.creator().ensure(["rest"])
    assert cluster.waits == 3
    assert len(cluster.created) == 1


def test_a_stop_ends_the_wait_for_brokers() -> None:
    cluster = Cluster()
    cluster.outages = [RetriableError("no answer")] * 3
    cluster.stops_after = 2
    assert not cluster.creator().ensure(["rest"])
    assert cluster.created == []


def test_wrong_settings_are_refused_when_the_task_is_made() -> None:
    with pytest.raises(ConfigError, match="Number of partitions must be positive"):
        Cluster().creator({**GROUPS, "topic.creation.rest.partitions": "0"})
