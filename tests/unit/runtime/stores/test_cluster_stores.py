# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses

import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.stores import cluster_stores
from barnabas.runtime.stores.cluster_stores import ClusterTopics, open_cluster_stores
from barnabas.runtime.stores.storage_topics import config_topic, offset_topic, status_topic

WORKER = {
    "bootstrap.servers": "kafka:9092",
    "group.id": "g",
    "security.protocol": "SASL_SSL",
    "producer.linger.ms": "500",
    "delivery.timeout.ms": "1",
}
TOPICS = ClusterTopics(
    WORKER, "g", config_topic("c", 1), offset_topic("o", 25, 1), status_topic("s", 5, 1), 10_000
)
EXACTLY_ONCE = dataclasses.replace(TOPICS, is_transactional=True, reads_committed=True)


def test_clients_are_called_as_javas_are():
    assert TOPICS.producer("configs").client_id == "g-configs"
    assert TOPICS.consumer("statuses", may_commit=False).client_id == "g-statuses"
    assert TOPICS.leader().client_id == "g-configs-leader"
    named = dataclasses.replace(TOPICS, worker={**WORKER, "client.id": "me"})
    assert named.admin().client_id == "g-me-shared-admin"


def test_writes_keep_their_order_and_wait_for_nothing():
    values = TOPICS.producer("configs").values
    assert {name: values[name] for name in values if name not in WORKER} == {
        "acks": "all",
        "client.id": "g-configs",
        "enable.idempotence": "false",
        "linger.ms": "0",
        "max.in.flight.requests.per.connection": "1",
    }
    assert (values["security.protocol"], values["delivery.timeout.ms"]) == ("SASL_SSL", "30000")


def test_offsets_are_delivered_before_others_may_have_the_work(monkeypatch):
    made = {}
    monkeypatch.setattr(
        cluster_stores, "TopicLog", lambda topic, **clients: made.update({topic.name: clients})
    )
    monkeypatch.setattr(cluster_stores, "KafkaOffsetStore", lambda _log: None)
    monkeypatch.setattr(cluster_stores, "KafkaConfigStore", lambda *_: None)
    monkeypatch.setattr(cluster_stores, "KafkaStatusStore", lambda _log: None)
    open_cluster_stores(dataclasses.replace(TOPICS, worker={"bootstrap.servers": "kafka:9092"}))
    given_up = {name: clients["producer"].values for name, clients in made.items()}
    assert {name: values["delivery.timeout.ms"] for name, values in given_up.items()} == {
        "c": "30000",
        "o": "1500",
        "s": "30000",
    }


def test_readers_begin_at_the_start_and_commit_nothing():
    values = TOPICS.consumer("configs", may_commit=True).values
    assert (values["auto.offset.reset"], values["enable.auto.commit"]) == ("earliest", "false")
    assert values["group.id"] == "g"
    assert "isolation.level" not in values


@pytest.mark.parametrize(
    ("topics", "may_commit", "level"),
    [
        (EXACTLY_ONCE, True, "read_committed"),
        (EXACTLY_ONCE, False, None),
        (dataclasses.replace(TOPICS, is_transactional=True), True, None),
    ],
)
def test_only_committed_records_count_when_sources_deliver_exactly_once(topics, may_commit, level):
    values = topics.consumer("configs", may_commit=may_commit).values
    assert values.get("isolation.level") == level


def test_the_leader_of_a_group_has_one_transactional_id():
    values = TOPICS.leader().values
    assert values["transactional.id"] == "connect-cluster-g"
    assert values["enable.idempotence"] == "true"


async def test_stores_are_made_without_a_broker():
    for topics in (TOPICS, EXACTLY_ONCE):
        plain = {"bootstrap.servers": "127.0.0.1:1", "group.id": "g"}
        stores = open_cluster_stores(dataclasses.replace(topics, worker=plain))
        assert stores.configs.state.offset == -1
        assert stores.statuses.connectors() == set()
        stores.let_go()
        for store in (stores.configs, stores.statuses, stores.offsets):
            await store.stop()


def test_a_wrong_setting_is_told():
    worker = {"bootstrap.servers": "kafka"}
    with pytest.raises(ConfigError, match=r"bootstrap\.servers"):
        open_cluster_stores(dataclasses.replace(TOPICS, worker=worker))


def test_secrets_are_not_shown():
    assert "kafka:9092" not in repr(TOPICS)
