# SPDX-License-Identifier: Apache-2.0
"""Wrong settings, topics, groups, neighbours and records: what a distributed worker says and does.

One broker for all; it gives rights to those it knows, and all of them to plain connections. Workers
that do not disturb each other run at the same time.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import confluent_kafka
import httpx
import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # the package re-exports these
    AclBinding,
    AclOperation,
    AclPermissionType,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourcePatternType,
    ResourceType,
)

from tests.services.child import tail
from tests.services.connect_cluster import BARNABAS, ConnectCluster
from tests.services.distributed_worker import DistributedWorker
from tests.services.kafka import KafkaCluster

pytestmark = pytest.mark.timeout(90)

MODULE = "org.apache.kafka.common.security.plain.PlainLoginModule"
TOPICS = {"configs": 1, "offsets": 5, "status": 2}
READ, WRITE = AclOperation.READ, AclOperation.WRITE
TOPIC, GROUP = ResourceType.TOPIC, ResourceType.GROUP
SIGNATURE, ALGORITHM = "X-Connect-Authorization", "X-Connect-Request-Signature-Algorithm"

Launch = Callable[..., DistributedWorker]


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    """A broker that asks ann for her password and lets her do what she was allowed to."""
    listener = "listener.name.secured."
    settings = {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        f"{listener}sasl.enabled.mechanisms": "PLAIN",
        f"{listener}plain.sasl.jaas.config": f'{MODULE} required user_ann="secret";',
    }
    folder = tmp_path_factory.mktemp("kafka")
    cluster = KafkaCluster(folder, settings=settings, listeners={"SECURED": "SASL_PLAINTEXT"})
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def launch(kafka: KafkaCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """Start a worker of a group of its own and return at once; ``None`` takes a setting away."""
    started: list[DistributedWorker] = []

    def make(group: str, settings: Mapping[str, str | None] | None = None) -> DistributedWorker:
        folder = tmp_path_factory.mktemp(group)
        worker = DistributedWorker(folder, kafka.bootstrap_servers, group)
        for name, value in (settings or {}).items():
            worker.settings.pop(name, None)
            if value is not None:
                worker.settings[name] = value
        started.append(worker)
        worker.launch()
        return worker

    yield make
    for worker in started:
        worker.kill()


@pytest.fixture
def cluster(kafka: KafkaCluster, name: str, tmp_path: Path) -> Iterator[ConnectCluster]:
    with ConnectCluster(kafka, name, tmp_path) as cluster:
        yield cluster


def ann(kafka: KafkaCluster, password: str = "secret") -> dict[str, str | None]:
    """Settings of a worker that logs in as ann."""
    login = f'{MODULE} required username="ann" password="{password}";'
    return {
        "bootstrap.servers": kafka.addresses("SECURED"),
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": login,
    }


def allow(
    kafka: KafkaCluster, kind: ResourceType, resource: str, *operations: AclOperation
) -> None:
    """Give ann rights."""
    literal, grant = ResourcePatternType.LITERAL, AclPermissionType.ALLOW
    bindings = [
        AclBinding(kind, resource, literal, "User:ann", "*", one, grant) for one in operations
    ]
    for done in kafka.admin.create_acls(bindings).values():
        done.result()


def make_topics(kafka: KafkaCluster, group: str, policy: str = "compact") -> list[str]:
    """Create the internal topics of a group; returns their names."""
    for name, partitions in TOPICS.items():
        kafka.create_topic(
            f"{group}-{name}", partitions=partitions, config={"cleanup.policy": policy}
        )
    return [f"{group}-{name}" for name in TOPICS]


def compact(kafka: KafkaCluster, topic: str) -> None:
    """Have a topic compacted from now on; it takes no more records without a key then."""
    entry = ConfigEntry("cleanup.policy", "compact", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource("topic", topic, incremental_configs=[entry])
    for done in kafka.admin.incremental_alter_configs([resource]).values():
        done.result()


def source(topic: str, file: Path) -> dict[str, str]:
    return {"connector.class": "FileStreamSource", "topic": topic, "file": str(file)}


# -- what a worker cannot start with ---------------------------------------------------------------


@pytest.fixture(scope="module")
def ended(kafka: KafkaCluster, launch: Launch) -> dict[str, DistributedWorker]:
    """Workers that cannot go on, by what is wrong."""
    policy = {"cleanup.policy": "delete"}
    kafka.create_topic("kept-configs", config=policy)
    kafka.create_topic("split-configs", partitions=3, config={"cleanup.policy": "compact"})
    for topic in make_topics(kafka, "deaf"):
        allow(kafka, TOPIC, topic, WRITE)
    workers = {
        "typo": launch("typo", {"group.id": None, "gruop.id": "typo"}),
        "values": launch(
            "values",
            {
                "connect.protocol": "lazy",
                "inter.worker.key.size": "8",
                "inter.worker.signature.algorithm": "HmacSHA265",
                "status.storage.topic": "two words",
            },
        ),
        "together": launch(
            "together",
            {"heartbeat.interval.ms": "6000", "status.storage.topic": "together-configs"},
        ),
        "port": launch("port", {"listeners": f"http://{kafka.bootstrap_servers}"}),
        "kept": launch("kept"),
        "split": launch("split"),
        "deaf": launch("deaf", ann(kafka)),
        "blind": launch("blind", ann(kafka)),
    }
    for worker in workers.values():
        worker.process.wait(60)
    return workers


@pytest.mark.parametrize(
    ("case", "code", "told"),
    [
        ("typo", 2, ["Did you mean group.id where it says gruop.id?"]),
        (
            "values",
            2,
            [
                "Invalid value lazy for configuration connect.protocol",
                "inter.worker.key.size: a key has at least 40 bits",
                "inter.worker.signature.algorithm: the MAC algorithm is not known here; did you "
                "mean HmacSHA256?",
                "'two words' cannot be the name of a topic",
            ],
        ),
        (
            "together",
            2,
            [
                "heartbeat.interval.ms (6000) must be lower than session.timeout.ms (6000)",
                "config.storage.topic and status.storage.topic name the same topic",
            ],
        ),
        ("port", 2, ["Address already in use", "choose another port in 'listeners'"]),
        (
            "kept",
            1,
            [
                "Topic 'kept-configs' supplied via the 'config.storage.topic' property",
                "cleanup.policy=delete",
                "kafka-configs.sh --bootstrap-server",
            ],
        ),
        ("split", 1, ["is required to have a single partition", "found 3 partitions"]),
        (
            "deaf",
            1,
            [
                "Topic 'deaf-offsets' supplied via the 'offset.storage.topic' property",
                "this worker's principal lacks READ on it",
                "kafka-acls.sh --bootstrap-server",
            ],
        ),
        (
            "blind",
            1,
            [
                "Topic 'blind-offsets' supplied via the 'offset.storage.topic' property",
                "TOPIC_AUTHORIZATION_FAILED",
            ],
        ),
    ],
)
def test_a_worker_that_cannot_go_on_ends_and_says_what_to_mend(
    ended: dict[str, DistributedWorker], case: str, code: int, told: list[str]
) -> None:
    worker = ended[case]
    assert worker.process.returncode == code, tail(worker.log)
    log = worker.log.read_text()
    assert [text for text in told if text not in log] == []
    assert "Traceback" not in log
    assert "secret" not in log


# -- what a worker waits for -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def no_broker() -> Iterator[str]:
    """The address of something that speaks HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(100)
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(scope="module")
def waiting(kafka: KafkaCluster, launch: Launch, no_broker: str) -> dict[str, DistributedWorker]:
    """Workers that cannot start until somebody mends something, by what is wrong."""
    plain = {"bootstrap.servers": kafka.addresses("SECURED")}
    return {
        "hasty": launch("hasty", {"session.timeout.ms": "100", "heartbeat.interval.ms": "30"}),
        "web": launch("web", {"bootstrap.servers": no_broker}),
        "wrong": launch("wrong", ann(kafka, "guessed")),
        "plain": launch("plain", plain),
    }


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("hasty", "session.timeout.ms=100 is not accepted by the coordinator of group hasty"),
        ("web", "what answers there is no listener of a Kafka broker"),
        ("wrong", "Authentication failed"),
        ("plain", "it expects TLS or a login: see security.protocol"),
    ],
)
def test_who_asks_a_worker_that_cannot_start_yet_hears_why(
    waiting: dict[str, DistributedWorker], case: str, told: str
) -> None:
    check_what_it_waits_for(waiting[case], told)


def check_what_it_waits_for(worker: DistributedWorker, told: str) -> None:
    """See that a worker that cannot start yet says why, and goes on trying."""

    def tells(answer: httpx.Response) -> bool:
        return answer.status_code == 503 and told in answer.json()["message"]

    worker.wait_for("/health", tells)
    assert told in worker.log.read_text()
    assert worker.is_alive


def test_a_group_that_is_taken_or_closed_is_joined_once_it_is_free(
    kafka: KafkaCluster, launch: Launch, name: str
) -> None:
    kafka.create_topic(name)
    settings = {"bootstrap.servers": kafka.bootstrap_servers, "group.id": name}
    consumer = confluent_kafka.Consumer(settings)
    consumer.subscribe([name])
    while not consumer.assignment():
        consumer.poll(0.1)
    for topic in make_topics(kafka, "closed"):
        allow(kafka, TOPIC, topic, READ, WRITE)
    taken, closed = launch(name), launch("closed", ann(kafka))
    check_what_it_waits_for(
        taken, f"group.id={name} is in use by a group of another kind, such as a consumer group"
    )
    check_what_it_waits_for(
        closed, "Group closed is not open to this worker's principal; give it READ on the group: "
    )
    consumer.close()
    allow(kafka, GROUP, "closed", READ)
    taken.wait_until_healthy()
    closed.wait_until_healthy()


# -- records that make no sense --------------------------------------------------------------------


def test_garbage_in_all_topics_is_named_once_and_survived(
    kafka: KafkaCluster, name: str, tmp_path: Path, launch: Launch
) -> None:
    make_topics(kafka, name, "delete")
    kafka.create_topic(name)
    lines, broken = tmp_path / "lines", '["kept",{"filename":"%s"}]' % (tmp_path / "lines")
    lines.write_text("one\ntwo\n")
    kept = json.dumps({"properties": {**source(name, lines), "name": "kept"}})
    garbage: dict[str, list[tuple[bytes, bytes | None]]] = {
        "configs": [
            (b"connector-kept", kept.encode()),
            (b"\xff\x00", b"{}"),
            (b"connector-broken", b"{broken"),
            (b"connector-numbers", b'{"properties":{"a":1}}'),
            (b"commit-kept", b'{"tasks":"many"}'),
            (b"session-key", b'{"key":"?"}'),
            (b"status-task-x-0", b"{}"),
            (b"n" * 10_000, b"{}"),
            (b"connector-deep", b"[" * 100_000),
        ],
        "offsets": [(b"?", b"{}"), (broken.encode(), b"{broken")],
        "status": [(b"status-connector-kept", b"[]"), (b"nothing", b"{}")],
    }
    for topic, records in garbage.items():
        keys, values = zip(*records, strict=True)
        kafka.produce(f"{name}-{topic}", values, keys=keys, partition=0)
        kafka.produce(f"{name}-{topic}", [b"{}"], partition=0)  # it has no key
        compact(kafka, f"{name}-{topic}")
    worker = launch(name)
    worker.wait_until_healthy()
    log = worker.log.read_text()
    for topic, records in garbage.items():
        for offset in range(len(records) + 1):
            place = f"record of topic {name}-{topic}, partition 0, offset {offset}, key "
            expected = 0 if (topic, offset) == ("configs", 0) else 1
            assert log.count(place) == expected, place
    assert "It looks like one for status.storage.topic" in log
    assert "(10,000 bytes)" in log
    assert max(map(len, log.splitlines())) < 2_000
    trace = worker.wait_until_failed("kept")
    assert "connector kept is not JSON" in trace
    assert "PATCH or DELETE /connectors/kept/offsets" in trace
    assert worker.request("PUT", "/connectors/kept/stop").status_code == 204
    assert worker.request("DELETE", "/connectors/kept/offsets").status_code == 200
    assert worker.request("PUT", "/connectors/kept/resume").status_code == 202
    worker.wait_until_running("kept")
    assert [record.value for record in kafka.consume(name, 2)] == [b"one", b"two"]


# -- neighbours ------------------------------------------------------------------------------------


def test_two_clusters_on_the_same_topics_are_told_of_each_other(
    cluster: ConnectCluster, name: str, tmp_path: Path, launch: Launch
) -> None:
    (first,) = cluster.start(BARNABAS)
    (tmp_path / "lines").touch()
    cluster.put("c", source(f"{name}-lines", tmp_path / "lines"))
    cluster.wait_until_running({"c": 1})
    time.sleep(3)  # a new leader suspects nobody
    topics = {key: value for key, value in first.settings.items() if ".storage.topic" in key}
    second = launch(f"{name}-b", topics)
    second.wait_until_healthy()
    # Its task and its connector start together; the first of them is told.
    first.wait_for_log(f"The worker {second.worker_id} wrote to the status topic that it has ")
    first.wait_for_log(f" (RUNNING), but it is no member of group {name} ({first.worker_id})")
    assert second.request("DELETE", "/connectors/c").status_code == 204
    first.wait_for_log("Somebody else wrote 'connector-c' to the config topic")


def test_a_worker_with_another_config_topic_leaves_the_work_to_the_others(
    cluster: ConnectCluster, name: str, tmp_path: Path, launch: Launch
) -> None:
    cluster.start(BARNABAS)
    for number in range(2):
        (tmp_path / f"lines-{number}").touch()
        cluster.put(f"c{number}", source(f"{name}-lines", tmp_path / f"lines-{number}"))
    cluster.wait_until_running({"c0": 1, "c1": 1})
    stranger = launch(name, {"config.storage.topic": f"{name}-others"})
    assert stranger.process.wait(60) == 1
    log = stranger.log.read_text()
    assert "its config topic knows nothing of" in log
    assert "all workers of a group must have the same bootstrap.servers and config.storage" in log
    cluster.wait_until_running({"c0": 1, "c1": 1})


def test_a_lesser_protocol_of_one_worker_is_told_in_words(cluster: ConnectCluster) -> None:
    (first,) = cluster.start(BARNABAS)
    old = cluster.launch(BARNABAS, connect_protocol="eager")
    cluster.wait_until_joined()
    first.wait_for_log(
        "its workers use the protocol eager although connect.protocol=sessioned here"
    )
    assert "Set connect.protocol=sessioned on all workers" in first.log.read_text()
    assert first.request("POST", "/connectors/c/tasks", []).status_code == 404  # nothing is signed
    assert old.terminate() == 0
    first.wait_for_log("all workers use the protocol sessioned again")
    assert first.request("POST", "/connectors/c/tasks", []).status_code == 400


def test_what_one_worker_lacks_fails_there_with_a_sentence(
    cluster: ConnectCluster, plugin_path: Path
) -> None:
    first = cluster.launch(BARNABAS, plugin_path=str(plugin_path / "misbehaving"))
    first.wait_until_healthy()  # it leads: what a leader lacks cannot be created
    second = cluster.launch(BARNABAS)
    cluster.wait_until_joined()
    config = {"connector.class": "org.example.MisbehavingSource", "topic": cluster.group}
    cluster.put("a", config, on=first)
    cluster.put("b", config, on=first)

    def rows() -> list[dict[str, str]]:
        found = [cluster.statuses().get(name) for name in ("a", "b")]
        return [row for one in found if one for row in (one["connector"], *one["tasks"])]

    def is_decided() -> bool:
        return {(row["worker_id"], row["state"]) for row in rows()} >= {
            (first.worker_id, "RUNNING"),
            (second.worker_id, "FAILED"),
        }

    cluster.wait_until(is_decided, "RUNNING on one worker, FAILED on the other")
    assert {row["state"] for row in rows() if row["worker_id"] == first.worker_id} == {"RUNNING"}
    for row in rows():
        if row["worker_id"] == second.worker_id:
            assert row["trace"].startswith(
                "Failed to find any class that implements Connector and which name matches "
                "org.example.MisbehavingSource. Install the package that brings it, or add its "
                "folder to plugin.path, on every worker; available connectors are: "
            )


def test_an_address_nobody_reaches_is_named_with_the_settings_behind_it(
    cluster: ConnectCluster,
) -> None:
    leader = cluster.launch(BARNABAS, rest_advertised_host_name="nowhere.invalid")
    leader.wait_until_healthy()
    # A request waits for a leader that may only be starting until a dead one would be missed.
    follower = cluster.launch(BARNABAS, session_timeout_ms="3000", heartbeat_interval_ms="500")
    cluster.wait_until_joined()
    answer = follower.request("DELETE", "/connectors/c")
    assert answer.status_code == 500
    message = answer.json()["message"]
    assert f"The worker that advertises http://nowhere.invalid:{leader.port}/ cannot be" in message
    assert "check rest.advertised.host.name, rest.advertised.port and rest.adv" in message
    assert message in follower.log.read_text()
    loopback = f"advertises the address {follower.worker_id}, which means another machine to each"
    leader.wait_for_log(f"A worker of the group {loopback}")
    follower.wait_for_log(f"This worker {loopback}")


# -- requests between workers ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def lone(launch: Launch) -> DistributedWorker:
    """A worker that leads a group of one."""
    worker = launch("one")
    worker.wait_until_healthy()
    worker.wait_for_log("Distributed a new session key")
    return worker


@pytest.mark.parametrize(
    ("headers", "status", "told"),
    [
        ({}, 400, "Internal request missing required signature"),
        ({SIGNATURE: "AAAA"}, 400, "Internal request missing required signature"),
        ({SIGNATURE: "AAAA", ALGORITHM: "HmacMoon"}, 400, "is signed with 'HmacMoon'"),
        (
            {SIGNATURE: "AAAA", ALGORITHM: "HmacSHA512"},
            400,
            "This worker does not support the 'HmacSHA512' key signing algorithm",
        ),
        ({SIGNATURE: "?", ALGORITHM: "HmacSHA256"}, 400, "is not Base64"),
        (
            {SIGNATURE: "AAAA", ALGORITHM: "HmacSHA256"},
            403,
            "Internal request contained invalid signature.",
        ),
    ],
)
def test_unsigned_and_forged_requests_change_nothing_and_are_logged(
    lone: DistributedWorker,
    headers: dict[str, str],
    status: int,
    told: str,
) -> None:
    worker = lone
    for method, path in (("POST", "/connectors/c/tasks"), ("PUT", "/connectors/c/fence")):
        body = b"[]" if method == "POST" else b""
        kind = {"Content-Type": "application/json"}
        answer = httpx.request(method, worker.url + path, content=body, headers={**kind, **headers})
        assert answer.status_code == status
        assert told in answer.json()["message"]
        message = answer.json()["message"]
        assert f"Refused {method} {path} from 127.0.0.1: {message}" in worker.log.read_text()
