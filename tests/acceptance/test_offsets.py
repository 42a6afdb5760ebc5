# SPDX-License-Identifier: Apache-2.0
"""Offsets that users look at and change, with connectors that have their say (KIP-875)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.services.kafka import KafkaCluster
from tests.services.standalone_worker import StandaloneWorker

PLUGIN = """
import json
from pathlib import Path

from barnabas.api import SinkConnector, SinkTask, SourceConnector, SourceRecord, SourceTask
from barnabas.errors import ConnectError, UnsupportedError


class Talk:
    def start(self, props):
        self.props = dict(props)

    def stop(self):
        pass

    def task_configs(self, max_tasks):
        return [self.props]

    def alter_offsets(self, props, offsets):
        if props["say"] == "no":
            raise ConnectError("offsets of this kind are not for sale")
        if props["say"] == "cannot":
            raise UnsupportedError
        seen = sorted((repr(key), value) for key, value in offsets.items())
        Path(props["seen"]).write_text(json.dumps(seen))
        return props["say"] == "yes"


class Count(SourceTask):
    def start(self, props):
        self.topic = props["topic"]
        stored = self.context.offset_storage_reader.offset({"counter": "a"})
        self.number = stored["n"] + 1 if stored else 0

    def poll(self):
        if self.number >= 3:
            self.context.wait(0.2)
            return None
        record = SourceRecord(
            source_partition={"counter": "a"},
            source_offset={"n": self.number},
            topic=self.topic,
            value=str(self.number),
        )
        self.number += 1
        return [record]

    def stop(self):
        pass


class Counter(Talk, SourceConnector):
    task_class = Count


class Drop(SinkTask):
    def start(self, props):
        pass

    def put(self, records):
        pass

    def stop(self):
        pass


class Dropper(Talk, SinkConnector):
    task_class = Drop
"""
KNOWN = "The offsets for this connector have been {} successfully"
OWN = (
    "The Connect framework-managed offsets for this connector have been {} successfully. However, "
    "if this connector manages offsets externally, they will need to be manually {} in the system "
    "that the connector uses."
)


@pytest.fixture(scope="module")
def worker(kafka: KafkaCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A worker with connectors that talk about their offsets."""
    folder = tmp_path_factory.mktemp("offsets")
    (folder / "talking.py").write_text(PLUGIN)
    with StandaloneWorker(
        folder, kafka.bootstrap_servers, environment={"PYTHONPATH": str(folder)}
    ) as worker:
        yield worker


class Talking:
    """A connector of the test."""

    def __init__(self, worker: StandaloneWorker, name: str, tmp_path: Path, **config: str) -> None:
        self.worker, self.name, self.seen = worker, name, tmp_path / "seen"
        self.config = {"say": "yes", "seen": str(self.seen), **config}

    def create(self) -> httpx.Response:
        answer = self.ask("PUT", "/config", self.config)
        self.worker.wait_until_running(self.name)
        return answer

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.worker.request(method, f"/connectors/{self.name}{path}", body)

    def stop(self) -> None:
        assert self.ask("PUT", "/stop").status_code == 204
        self.worker.wait_for(
            f"/connectors/{self.name}/status", lambda answer: not answer.json()["tasks"]
        )

    def say(self, word: str) -> None:
        self.config["say"] = word
        assert self.ask("PUT", "/config", self.config).status_code == 200

    def change(self, *offsets: tuple[Any, Any]) -> tuple[int, str]:
        items = [{"partition": partition, "offset": offset} for partition, offset in offsets]
        answer = self.ask("PATCH", "/offsets", {"offsets": items})
        return answer.status_code, answer.json()["message"]

    @property
    def offsets(self) -> list[Any]:
        return self.ask("GET", "/offsets").json()["offsets"]

    def wait_for_offsets(self, count: int) -> None:
        self.worker.wait_until(lambda: len(self.offsets) == count, what="offsets")


def test_offsets_of_a_source_with_its_own_mind(
    worker: StandaloneWorker, kafka: KafkaCluster, tmp_path: Path, name: str
):
    source = Talking(worker, name, tmp_path, topic=name, **{"connector.class": "talking:Counter"})
    assert "X-Barnabas-Warning" not in source.create().headers
    source.wait_for_offsets(1)
    code, message = source.change(({"counter": "a"}, {"n": 0}))
    assert (code, "must be in the STOPPED state" in message) == (400, True)
    source.stop()
    kafka.consume(name, 3)
    assert source.change(({"counter": "a"}, {"n": 1})) == (200, KNOWN.format("altered"))
    assert json.loads(source.seen.read_text()) == [["(('counter', 'a'),)", {"n": 1}]]
    source.say("maybe")
    answer = source.change(({"counter": "b"}, {"n": 7}))
    assert answer == (200, OWN.format("altered", "altered"))
    source.say("no")
    refused = source.change(({"counter": "a"}, {"n": 2}))
    assert refused == (500, "offsets of this kind are not for sale")
    source.say("cannot")
    code, message = source.change(({"counter": "a"}, {"n": 2}))
    assert (code, "doesn't support external modification of offsets" in message) == (500, True)
    expected = [({"counter": "a"}, {"n": 1}), ({"counter": "b"}, {"n": 7})]
    assert [(one["partition"], one["offset"]) for one in source.offsets] == expected
    code, message = source.change(({"counter": "a"}, {"n": [1]}))
    assert (code, "may only contain primitive types" in message) == (500, True)
    source.say("yes")
    assert source.change(({"counter": "b"}, None)) == (200, KNOWN.format("altered"))
    source.ask("PUT", "/resume")
    assert [record.value for record in kafka.consume(name, 4)][3] == b"2"
    source.ask("DELETE", "")
    warning = source.create().headers["X-Barnabas-Warning"]
    assert f"Connector {name} goes on where an earlier connector" in warning
    assert "offsets of 1 partition." in warning
    source.stop()
    answer = source.ask("DELETE", "/offsets")
    assert (answer.status_code, answer.json()["message"]) == (200, KNOWN.format("reset"))
    assert source.offsets == []


def test_offsets_of_a_sink_and_partitions_that_are_not_there(
    worker: StandaloneWorker, kafka: KafkaCluster, tmp_path: Path, name: str
):
    kafka.create_topic(name, partitions=2)
    for partition in (0, 1):
        kafka.produce(name, [b"x"] * 3, partition=partition)
    sink = Talking(worker, name, tmp_path, topics=name, **{"connector.class": "talking:Dropper"})
    sink.create()
    sink.wait_for_offsets(2)
    sink.stop()
    first, second = ({"kafka_topic": name, "kafka_partition": number} for number in (0, 1))
    third = {"kafka_topic": name, "kafka_partition": 2}
    code, message = sink.change((first, {"kafka_offset": 1}), (third, {"kafka_offset": 1}))
    assert code == 500
    assert f"topic {name} has no partition 2, its partitions are 0 to 1; nothing was" in message
    code, message = sink.change(({"kafka_topic": f"{name}-no", "kafka_partition": 0}, None))
    assert (code, f"there is no topic {name}-no" in message) == (500, True)
    assert sorted(one["offset"]["kafka_offset"] for one in sink.offsets) == [3, 3]
    changed = sink.change((first, {"kafka_offset": 1}), (second, None))
    assert changed == (200, KNOWN.format("altered"))
    assert [(one["partition"], one["offset"]) for one in sink.offsets] == [
        (first, {"kafka_offset": 1})
    ]
    sink.say("no")
    refused = sink.ask("DELETE", "/offsets")
    assert (refused.status_code, len(sink.offsets)) == (500, 1)
    sink.ask("DELETE", "")
    sink.config["say"] = "yes"
    assert "earlier connector of this name" in sink.create().headers["X-Barnabas-Warning"]
