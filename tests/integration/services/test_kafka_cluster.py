# SPDX-License-Identifier: Apache-2.0
"""The Kafka of the tests does what the tests will ask of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import confluent_kafka
import psutil
import pytest

from tests.services.kafka import KafkaCluster, KafkaClusterFactory

ROOT = Path(__file__).parents[3]


def test_shared_broker_gives_back_what_was_written(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name, partitions=2)

    kafka.produce(name, ["a", None, "c"], keys=["1", "2", None], partition=1, headers=[("h", b"x")])

    records = kafka.consume(name, 3)
    assert [(r.key, r.value, r.offset) for r in records] == [
        (b"1", b"a", 0),
        (b"2", None, 1),
        (None, b"c", 2),
    ]
    assert all(r.partition == 1 and r.headers == [("h", b"x")] for r in records)
    assert kafka.end_offsets(name) == {0: 0, 1: 3}


def test_consume_says_how_many_records_came(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name)
    kafka.produce(name, ["only"])

    with pytest.raises(TimeoutError, match="gave 1 records in time, 2 were expected"):
        kafka.consume(name, 2, timeout_s=2)


def test_consume_waits_for_a_topic_that_is_about_to_be_created(
    kafka: KafkaCluster, name: str
) -> None:
    later = threading.Timer(0.5, kafka.produce, (name, [b"1"]))
    later.start()

    assert [record.value for record in kafka.consume(name, 1)] == [b"1"]
    later.join()


def test_consume_says_that_a_topic_was_not_created(kafka: KafkaCluster, name: str) -> None:
    with pytest.raises(TimeoutError, match=f"topic {name} was not there within 1 s"):
        kafka.consume(name, 1, timeout_s=1)


def test_all_records_of_a_topic_are_told(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name, partitions=2)
    kafka.produce(name, ["a", "b"], partition=0)
    kafka.produce(name, ["c"], partition=1)

    assert {record.value for record in kafka.records(name)} == {b"a", b"b", b"c"}


def test_the_members_of_a_group_are_told(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name)
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": kafka.bootstrap_servers, "group.id": name, "client.id": "olga"}
    )
    consumer.subscribe([name])
    while not consumer.assignment():
        consumer.poll(0.1)

    group = kafka.group(name)

    consumer.close()
    assert group.state == "Stable"
    assert [member.split("-")[0] for member in group.members] == ["olga"]
    assert name.encode() in next(iter(group.members.values()))


def test_topics_are_created_with_settings_and_deleted(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name, config={"cleanup.policy": "compact"})
    assert name in kafka.topics()
    assert kafka.topic_config(name)["cleanup.policy"] == "compact"

    kafka.delete_topic(name)

    assert name not in kafka.topics()


def test_committed_offsets_of_a_group_are_told(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name, partitions=2)
    settings = {"bootstrap.servers": kafka.bootstrap_servers, "group.id": name}
    consumer = confluent_kafka.Consumer(settings)
    consumer.commit(
        offsets=[confluent_kafka.TopicPartition(name, 1, 42)],
        asynchronous=False,
    )
    consumer.close()

    assert kafka.committed(name, name) == {1: 42}


def test_three_brokers_lose_one_and_go_on(kafka_cluster: KafkaClusterFactory, name: str) -> None:
    cluster = kafka_cluster(brokers=3)
    cluster.create_topic(name)
    cluster.produce(name, ["before"])
    leader = cluster.admin.list_topics(name, timeout=10).topics[name].partitions[0].leader

    cluster.brokers[leader - 1].kill()
    cluster.produce(name, ["after"])

    assert [record.value for record in cluster.consume(name, 2)] == [b"before", b"after"]
    cluster.start()
    assert all(broker.is_running for broker in cluster.brokers)


def test_paused_broker_answers_only_when_it_goes_on(spare_kafka: KafkaCluster, name: str) -> None:
    spare_kafka.create_topic(name)
    (broker,) = spare_kafka.brokers

    broker.pause()
    with pytest.raises(confluent_kafka.KafkaException):
        spare_kafka.admin.list_topics(timeout=1)
    broker.resume()

    spare_kafka.produce(name, ["after"])
    assert spare_kafka.consume(name, 1)[0].value == b"after"


def test_restarted_broker_keeps_port_and_records(spare_kafka: KafkaCluster, name: str) -> None:
    spare_kafka.create_topic(name)
    spare_kafka.produce(name, ["kept"])
    before = spare_kafka.brokers[0].pid

    spare_kafka.restart()

    assert spare_kafka.brokers[0].pid != before
    assert spare_kafka.consume(name, 1)[0].value == b"kept"


def test_more_listeners_can_ask_for_a_password(
    kafka_cluster: KafkaClusterFactory, name: str
) -> None:
    login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    cluster = kafka_cluster(
        listeners={"SECURE": "SASL_PLAINTEXT"},
        settings={
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.secure.plain.sasl.jaas.config": f'{login} user_olga="amalia";',
        },
    )
    settings: dict[str, str | int | float | bool] = {
        "bootstrap.servers": cluster.addresses("SECURE"),
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "olga",
        "sasl.password": "amalia",
    }

    metadata = confluent_kafka.admin.AdminClient(settings).list_topics(timeout=10)

    assert len(metadata.brokers) == 1


def test_broker_that_cannot_start_tells_its_log(kafka_cluster: KafkaClusterFactory) -> None:
    with pytest.raises(RuntimeError, match=r"(?s)Kafka.*num\.network\.threads"):
        kafka_cluster(settings={"num.network.threads": "none"})


def test_broker_ends_with_a_killed_test_process(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        from tests.services.kafka import KafkaCluster
        cluster = KafkaCluster(Path(sys.argv[1]) / "kafka")
        cluster.start()
        print(cluster.brokers[0].pid, flush=True)
        time.sleep(60)
    """)
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as parent:
        assert parent.stdout is not None
        broker = psutil.Process(int(parent.stdout.readline()))

        os.kill(parent.pid, signal.SIGKILL)

    started = time.monotonic()
    broker.wait(timeout=10)
    assert time.monotonic() - started < 10
