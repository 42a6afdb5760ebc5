# SPDX-License-Identifier: Apache-2.0
"""Records that cannot go on: too large, for a topic that is not there, or not to be understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.services.kafka import KafkaCluster
from tests.services.standalone_worker import StandaloneWorker

JSON = "org.apache.kafka.connect.json.JsonConverter"


def values(kafka: KafkaCluster, topic: str, count: int) -> list[str]:
    return [(record.value or b"").decode() for record in kafka.consume(topic, count)]


def source(topic: str, file: Path, **settings: str) -> dict[str, str]:
    own = {"connector.class": "FileStreamSource", "topic": topic, "file": str(file)}
    return {**own, **{key.replace("_", "."): value for key, value in settings.items()}}


def sink(topic: str, file: Path, **settings: str) -> dict[str, str]:
    own = {"connector.class": "FileStreamSink", "topics": topic, "file": str(file)}
    return {**own, **{key.replace("_", "."): value for key, value in settings.items()}}


def first_line(trace: str) -> str:
    return trace.partition("\n")[0]


def test_a_record_too_large_fails_its_task_and_comes_once_that_is_mended(
    kafka: KafkaCluster, worker: StandaloneWorker, tmp_path: Path, name: str
):
    kafka.create_topic(name, config={"max.message.bytes": "4000000"})
    lines = tmp_path / "lines.txt"
    large = "x" * 2_000_000
    lines.write_text(f"before\n{large}\nafter\n")
    worker.put_connector(name, source(name, lines))
    first = first_line(worker.wait_until_failed(name))
    assert f"Sending a record of 2,000,000 bytes to topic {name} failed" in first
    assert "raise producer.override.max.request.size" in first
    worker.wait_for_log(first)  # the sentence will do there
    assert "Traceback" not in worker.log.read_text().partition(first)[2][:200]

    worker.put_connector(name, source(name, lines, producer_override_max_request_size="3000000"))
    worker.wait_until_running(name)
    arrived = values(kafka, name, 3)
    while arrived[-1] != "after":
        arrived = values(kafka, name, len(arrived) + 1)
    assert list(dict.fromkeys(arrived)) == ["before", large, "after"]


def test_a_topic_that_nobody_creates_fails_the_task_and_nothing_is_lost(
    spare_kafka: KafkaCluster, tmp_path: Path, name: str
):
    lines = tmp_path / "lines.txt"
    lines.write_text("one\n")
    hurry = {"producer.override.topic.metadata.propagation.max.ms": "1000"}
    with StandaloneWorker(tmp_path, spare_kafka.bootstrap_servers) as worker:
        worker.put_connector(name, {**source(name, lines), **hurry})
        first = first_line(worker.wait_until_failed(name))
        assert f"topic {name} failed" in first
        assert "create the topic" in first
        assert f"POST /connectors/{name}/tasks/0/restart" in first
        spare_kafka.create_topic(name)
        assert worker.request("POST", f"/connectors/{name}/tasks/0/restart").status_code == 204
        assert values(spare_kafka, name, 1) == ["one"]


def test_a_record_that_cannot_be_decoded_fails_the_task_and_says_which(
    kafka: KafkaCluster, worker: StandaloneWorker, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    kafka.produce(name, ['{"schema":null,"payload":"fine"}', "no JSON"])
    out = tmp_path / "out.txt"
    worker.put_connector(name, sink(name, out, value_converter=JSON))
    first = first_line(worker.wait_until_failed(name))
    assert f"topic {name}, partition 0, offset 1" in first
    assert "the message is no JSON" in first
    assert "errors.tolerance=all" in first
    assert kafka.committed(f"connect-{name}", name) in ({}, {0: 0}, {0: 1})


@pytest.mark.parametrize("is_told", [True, False])
def test_records_that_cannot_be_decoded_are_left_out_when_that_is_wanted(
    kafka: KafkaCluster, worker: StandaloneWorker, tmp_path: Path, name: str, is_told: bool
):
    kafka.create_topic(name)
    fine = '{"schema":{"type":"string"},"payload":"%s"}'
    kafka.produce(name, [fine % "one", "no JSON", fine % "two"])
    out = tmp_path / "out.txt"
    settings = {"errors_tolerance": "all", "errors_log_enable": str(is_told).lower()}
    settings["errors_log_include_messages"] = "true"
    worker.put_connector(name, sink(name, out, value_converter=JSON, **settings))
    worker.wait_until(lambda: out.exists() and out.read_text().count("\n") == 2)
    assert out.read_text() == "one\ntwo\n"
    worker.wait_until_running(name)
    told = f"Error encountered in task {name}-0. Executing stage 'VALUE_CONVERTER'"
    assert (told in worker.log.read_text()) is is_told
    worker.wait_until(lambda: kafka.committed(f"connect-{name}", name) == {0: 3})


def test_a_sink_whose_file_cannot_be_made_says_which(
    kafka: KafkaCluster, worker: StandaloneWorker, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    out = tmp_path / "not" / "there"
    worker.put_connector(name, sink(name, out))
    assert f"Couldn't find or create file '{out}'" in first_line(worker.wait_until_failed(name))
    out.parent.mkdir()
    kafka.produce(name, ["one"])
    assert worker.request("POST", f"/connectors/{name}/tasks/0/restart").status_code == 204
    worker.wait_until(lambda: out.exists() and out.read_text() == "one\n")
