# SPDX-License-Identifier: Apache-2.0
"""Each record of a topic is in exactly one object of S3, whatever dies and whenever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.services.dying_sink import QUICK, check_each_once, die_at_each
from tests.services.kafka import KafkaCluster
from tests.services.s3 import S3Server
from tests.services.standalone_worker import StandaloneWorker

FILLING = "x" * 590_000  # ten of them are an object of two parts, nine of them fill one part
DEATHS = [
    "create_multipart_upload+1",
    "upload_part-2",
    "upload_part+3",
    "complete_multipart_upload-1",
    "complete_multipart_upload+1",
    "complete_multipart_upload+2",
    "commit-2",
    "commit+2",
]


class Numbers:
    """A topic of numbered records, and the objects that are to hold them."""

    def __init__(self, kafka: KafkaCluster, s3: S3Server, name: str) -> None:
        self.topic = name
        self.bucket = s3.make_bucket(name)
        self._kafka, self._s3 = kafka, s3
        self._count = 0
        kafka.create_topic(name, partitions=2)

    def settings(self, **more: str) -> dict[str, str]:
        """Return the settings of a sink for the topic; ``_`` stands for a dot."""
        return {
            "connector.class": "io.confluent.connect.s3.S3SinkConnector",
            "topics": self.topic,
            "store.url": self._s3.url,
            "s3.bucket.name": self.bucket,
            "aws.access.key.id": self._s3.access_key,
            "aws.secret.access.key": self._s3.secret_key,
            "s3.part.size": str(5 << 20),
            "s3.part.retries": "1",
            "flush.size": "10",
            "retry.backoff.ms": "300",
            "format.class": "io.confluent.connect.s3.format.json.JsonFormat",
            "value.converter": "org.apache.kafka.connect.json.JsonConverter",
            "value.converter.schemas.enable": "false",
            **QUICK,
            **{key.replace("_", "."): value for key, value in more.items()},
        }

    def produce(self, count: int) -> None:
        """Write so many more records to each partition."""
        for partition in range(2):
            numbers = range(self._count, self._count + count)
            rows = [{"partition": partition, "number": one, "x": FILLING} for one in numbers]
            self._kafka.produce(self.topic, map(json.dumps, rows), partition=partition)
        self._count += count

    def are_written(self) -> bool:
        """Tell whether there are all objects the topic needs.

        There may be more: the server lists a file under another name while it writes it.
        """
        starts = range(0, self._count, 10)
        wanted = {self._key(partition, start) for partition in range(2) for start in starts}
        return wanted <= self._s3.objects(self.bucket).keys()

    def _key(self, partition: int, start: int) -> str:
        name = f"{self.topic}+{partition}+{start:010d}.json"
        return f"topics/{self.topic}/partition={partition}/{name}"

    def check(self) -> None:
        """Check that each record is in one object, which is named after the first, and no more."""
        rows: list[tuple[int, int]] = []
        for key in self._s3.objects(self.bucket):
            lines = [json.loads(line) for line in self._s3.read(self.bucket, key).splitlines()]
            partition, start = lines[0]["partition"], lines[0]["number"]
            assert key == self._key(partition, start)
            assert [line["number"] for line in lines] == list(range(start, start + 10))
            rows += [(line["partition"], line["number"]) for line in lines]
        check_each_once(rows, 2, self._count)
        assert self._s3.uploads(self.bucket) == []


@pytest.fixture
def short_name(name: str) -> str:
    """A name that a bucket may have."""
    return f"s3-{name[-8:]}"


@pytest.mark.timeout(300)
def test_a_task_that_is_killed_at_any_step_loses_and_repeats_nothing(
    dying_worker: StandaloneWorker,
    s3: S3Server,
    kafka: KafkaCluster,
    short_name: str,
    tmp_path: Path,
) -> None:
    topic = Numbers(kafka, s3, short_name)
    deaths = [tmp_path / step for step in DEATHS]
    die_at_each(dying_worker, topic, deaths, 10, connector_class="org.example.DyingS3Sink")

    dying_worker.wait_until(topic.are_written, 60, "all records in objects")

    dying_worker.request("DELETE", f"/connectors/{short_name}")
    topic.check()


@pytest.mark.timeout(120)
def test_the_server_may_die_while_parts_are_sent(
    dying_worker: StandaloneWorker,
    spare_s3: S3Server,
    kafka: KafkaCluster,
    short_name: str,
) -> None:
    topic = Numbers(kafka, spare_s3, short_name)
    settings = topic.settings()
    topic.produce(9)  # parts are sent, and no object is complete
    dying_worker.put_connector(short_name, settings)
    dying_worker.wait_until(lambda: len(spare_s3.uploads(topic.bucket)) == 2, 30, "two uploads")
    spare_s3.kill()
    topic.produce(11)
    dying_worker.wait_for_log("writing failed and begins again at the last commit")
    spare_s3.start()

    dying_worker.wait_until(topic.are_written, 60, "all records in objects")

    dying_worker.wait_until_running(short_name)
    dying_worker.request("DELETE", f"/connectors/{short_name}")
    topic.check()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"aws_access_key_id": "nobody"}, ["InvalidAccessKeyId", "correct aws.access.key.id"]),
        (
            {"aws_secret_access_key": "wrong"},
            ["SignatureDoesNotMatch", "correct aws.secret.access.key"],
        ),
        (
            {"s3_bucket_name": "there-is-none"},
            ["Non-existent S3 bucket", "s3.bucket.name", "s3://there-is-none"],
        ),
    ],
    ids=["key", "secret", "bucket"],
)
def test_what_waiting_does_not_mend_fails_the_task_and_says_how(
    dying_worker: StandaloneWorker,
    s3: S3Server,
    kafka: KafkaCluster,
    short_name: str,
    wrong: dict[str, str],
    told: list[str],
) -> None:
    topic = Numbers(kafka, s3, short_name)
    topic.produce(10)

    dying_worker.put_connector(short_name, topic.settings(**wrong))
    trace = dying_worker.wait_until_failed(short_name)

    dying_worker.request("DELETE", f"/connectors/{short_name}")
    assert all(text in trace for text in told), trace
    assert s3.secret_key not in dying_worker.log.read_text()
