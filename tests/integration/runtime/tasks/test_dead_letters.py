# SPDX-License-Identifier: Apache-2.0
"""Records that fail, and their dead letters, against a real broker."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from barnabas.api import SinkRecord, SinkTask, SourceRecord, Transformation
from barnabas.errors import ConnectError, DataError, RetriableError
from tests.integration.runtime.tasks.harness import (
    JSON,
    SINK,
    SOURCE,
    eventually,
    running,
    script,
    spec,
)
from tests.services.kafka import KafkaCluster

CONNECT = "org.apache.kafka.connect"
JSON_CONVERTER = f"{CONNECT}.json.JsonConverter"


class Faulty(Transformation):
    """Fails value-4 once and value-7 always, in a way that may pass."""

    def configure(self, configs: Mapping[str, Any]) -> None:
        self.failed = 0

    def apply(self, record: Any) -> Any:
        if record.value == "value-7" or (record.value == "value-4" and not self.failed):
            self.failed += 1
            text = f"Error when value='{record.value}'"
            raise RetriableError(text)
        return record


FAULTY = f"{__name__}.Faulty"


def dead(name: str, **more: str) -> dict[str, str]:
    return {
        "errors__tolerance": "all",
        "errors__deadletterqueue__topic__name": f"{name}-dead",
        "errors__deadletterqueue__topic__replication__factor": "1",
        "errors__deadletterqueue__context__headers__enable": "true",
        **more,
    }


def test_retries_end_and_the_record_that_stays_bad_is_a_dead_letter(
    kafka: KafkaCluster, name: str
) -> None:
    kafka.create_topic(name)
    values, keys = [[f"{what}-{number}" for number in range(10)] for what in ("value", "key")]
    kafka.produce(name, values, keys=keys)
    settings = dead(name, transforms="faulty", transforms__faulty__type=FAULTY)
    settings["errors__retry__timeout"] = "700"
    with running(spec(kafka.bootstrap_servers, name, SINK, topics=name, **settings)) as sink:
        eventually(lambda: len(script(name).values) == 9)
        eventually(lambda: kafka.committed(f"connect-{name}", name) == {0: 10})
        sink.stop()
    assert "value-7" not in script(name).values
    (letter,) = kafka.consume(f"{name}-dead", 1)
    assert (letter.key, letter.value) == (b"key-7", b"value-7")
    headers = dict(letter.headers)
    assert headers["__connect.errors.topic"] == name.encode()
    assert headers["__connect.errors.offset"] == b"7"
    assert headers["__connect.errors.stage"] == b"TRANSFORMATION"
    error = f"{CONNECT}.errors.RetriableException".encode()
    assert headers["__connect.errors.exception.class.name"] == error
    assert headers["__connect.errors.exception.message"] == b"Error when value='value-7'"
    metrics = sink.link.metrics
    assert metrics["total-retries"] >= 2
    assert metrics["total-records-skipped"] == 1
    assert metrics["deadletterqueue-produce-requests"] == 1


@pytest.mark.parametrize("tolerance", ["all", "none"])
def test_undecodable_records_go_to_the_queue_in_order(
    kafka: KafkaCluster, name: str, tolerance: str
) -> None:
    kafka.create_topic(name)
    good, bad = '{"schema":{"type":"string"},"payload":"x"}', "no JSON %d"
    kafka.produce(name, [good if n % 2 == 0 else bad % n for n in range(10)])
    settings = dead(name, topics=name, errors__tolerance=tolerance)
    task = spec(kafka.bootstrap_servers, name, SINK, converter=JSON, **settings)
    with running(task) as sink:
        if tolerance == "all":
            eventually(lambda: kafka.committed(f"connect-{name}", name) == {0: 10})
            sink.stop()
        else:
            with pytest.raises(ConnectError, match="Tolerance exceeded"):
                sink.join()
    letters = kafka.consume(f"{name}-dead", 5 if tolerance == "all" else 1)
    numbers = [1, 3, 5, 7, 9] if tolerance == "all" else [1]
    assert [letter.value for letter in letters] == [(bad % n).encode() for n in numbers]
    assert kafka.end_offsets(f"{name}-dead") == {0: len(numbers)}
    assert dict(letters[0].headers)["__connect.errors.class.name"] == JSON_CONVERTER.encode()


def test_a_task_reports_records_from_any_thread_and_may_wait(
    kafka: KafkaCluster, name: str
) -> None:
    kafka.create_topic(name)
    kafka.produce(name, ["one", "two"])

    def report(task: SinkTask, records: Sequence[SinkRecord]) -> None:
        reporter = task.context.errant_record_reporter
        assert reporter is not None
        for record in records:
            if record.value == "one":
                reporter.report(record, DataError("no")).result(30)
            else:
                other = threading.Thread(target=reporter.report, args=(record, DataError("no")))
                other.start()
                other.join()

    script(name).on_put = report
    with running(spec(kafka.bootstrap_servers, name, SINK, topics=name, **dead(name))) as sink:
        eventually(lambda: kafka.committed(f"connect-{name}", name) == {0: 2})
        sink.stop()
    letters = kafka.consume(f"{name}-dead", 2)
    assert [letter.value for letter in letters] == [b"one", b"two"]
    assert dict(letters[0].headers)["__connect.errors.stage"] == b"TASK_PUT"


def test_a_batch_is_divided_down_to_the_records_put_refuses(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name)
    kafka.produce(name, [str(number) for number in range(100)])

    def refuse(_task: SinkTask, records: Sequence[SinkRecord]) -> None:
        if any(record.value in ("17", "71") for record in records):
            message = "unlucky"
            raise ValueError(message)

    script(name).on_put = refuse
    settings = dead(name, barnabas__errors__put__isolate__enable="true")
    with running(spec(kafka.bootstrap_servers, name, SINK, topics=name, **settings)) as sink:
        eventually(lambda: kafka.committed(f"connect-{name}", name) == {0: 100})
        sink.stop()
    letters = kafka.consume(f"{name}-dead", 2)
    assert [letter.value for letter in letters] == [b"17", b"71"]
    assert script(name).values == [str(n) for n in range(100) if n not in (17, 71)]


def test_dead_letters_that_cannot_be_written_fail_the_task_and_nothing_is_lost(
    kafka: KafkaCluster, name: str
) -> None:
    kafka.create_topic(name)
    kafka.create_topic(f"{name}-dead", config={"max.message.bytes": "100"})
    kafka.produce(name, ["no JSON"])
    task = spec(kafka.bootstrap_servers, name, SINK, converter=JSON, topics=name, **dead(name))
    with running(task) as sink:
        text = f"Writing a dead letter to topic {name}-dead .*not lost"
        with pytest.raises(ConnectError, match=text):
            sink.join()
    assert kafka.committed(f"connect-{name}", name) == {}


def test_a_queue_with_too_many_replicas_fails_the_task_at_its_start(
    kafka: KafkaCluster, name: str
) -> None:
    kafka.create_topic(name)
    settings = dead(name, errors__deadletterqueue__topic__replication__factor="3")
    task = spec(kafka.bootstrap_servers, name, SINK, topics=name, **settings)
    with running(task) as sink, pytest.raises(ConnectError) as raised:
        sink.join()
    text = str(raised.value)
    assert text.startswith(f"Could not initialize dead letter queue with topic={name}-dead")
    assert "errors.deadletterqueue.topic.replication.factor (3)" in text


def test_a_source_writes_dead_letters_when_that_is_wanted(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name)
    records = [
        SourceRecord(source_partition={"p": 1}, source_offset={"o": n}, topic=name, value=value)
        for n, value in enumerate(["one", "value-7", "two"])
    ]
    script(name).polls.append(records)
    settings = dead(name, transforms="faulty", transforms__faulty__type=FAULTY)
    settings["barnabas__errors__deadletterqueue__source__enable"] = "true"
    with running(spec(kafka.bootstrap_servers, name, SOURCE, **settings)) as source:
        assert [record.value for record in kafka.consume(name, 2)] == [b"one", b"two"]
        source.stop()
    (letter,) = kafka.consume(f"{name}-dead", 1)
    assert letter.key == b'{"p":1}'
    assert b'"sourceOffset":{"o":1}' in letter.value
    assert b'"value":"value-7"' in letter.value
    assert source.link.metrics["total-records-skipped"] == 1
