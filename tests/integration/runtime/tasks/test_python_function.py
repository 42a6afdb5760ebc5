# SPDX-License-Identifier: Apache-2.0
"""Python functions in chains of tasks that run against a real broker."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from barnabas.api import SourceRecord
from barnabas.runtime.tasks.link import ExactlyOnce
from tests.integration.runtime.tasks.harness import (
    SINK,
    TELLING_SOURCE,
    eventually,
    running,
    script,
    spec,
)
from tests.services.kafka import KafkaCluster


def words(record: Any) -> Any:
    """Nothing of an empty text, several of several words."""
    if not record.value:
        return None
    made = [record.replace(value=word) for word in record.value.split()]
    return made if len(made) > 1 else made[0]


def weigh(records: list[Any], unit: str) -> list[Any]:
    """Change in place, leave out what is too light, choke on the rest."""
    for record in records:
        record.value = f"{int(record.value)}{unit}"
    return [record for record in records if record.value != f"0{unit}"]


def functions() -> dict[str, str]:
    chain = {
        "transforms": "split,weigh",
        "transforms.split.type": "PythonFunction",
        "transforms.split.function": f"{__name__}:words",
        "transforms.weigh.type": "PythonFunction",
        "transforms.weigh.function": f"{__name__}:weigh",
        "transforms.weigh.batch": "true",
        "transforms.weigh.arguments.unit": "kg",
        "errors.tolerance": "all",
        "errors.deadletterqueue.topic.replication.factor": "1",
    }
    return {key.replace(".", "__"): text for key, text in chain.items()}


TEXTS = ["1 2 3", "", "4", "5 x 6", "0", "7 0 8"]
MADE = ["1kg", "2kg", "3kg", "4kg", "7kg", "8kg"]


@pytest.mark.parametrize("is_exactly_once", [False, True])
def test_a_source_sends_what_functions_make_of_records(
    is_exactly_once: bool, kafka: KafkaCluster, name: str
) -> None:
    kafka.create_topic(name)
    script(name).polls = [
        [
            SourceRecord(source_partition={"p": 0}, source_offset={"n": n}, topic=name, value=text)
            for n, text in enumerate(TEXTS)
        ]
    ]
    letters = {
        "errors__deadletterqueue__topic__name": f"{name}-dead",
        "barnabas__errors__deadletterqueue__source__enable": "true",
    }
    task = spec(kafka.bootstrap_servers, name, TELLING_SOURCE, **functions(), **letters)
    if is_exactly_once:
        kafka.create_topic(f"{name}-offsets", config={"cleanup.policy": "compact"})
        how = ExactlyOnce(f"g-{name}-0", f"{name}-offsets", copies_offsets=False)
        task = msgspec.structs.replace(task, exactly_once=how)
    with running(task) as source:
        eventually(lambda: len(script(name).told) == len(TEXTS))
        source.stop()
    assert [record.value for record in kafka.records(name)] == [text.encode() for text in MADE]
    told = {record.value: metadata and metadata.offset for record, metadata in script(name).told}
    assert told == {"1 2 3": 2, "": None, "4": 3, "5 x 6": None, "0": None, "7 0 8": 5}
    if is_exactly_once:
        stored = [record.value for record in kafka.records(f"{name}-offsets")]
    else:
        stored = list(source.link.offsets.values())
    assert stored[-1:] == [b'{"n":5}']
    (letter,) = kafka.consume(f"{name}-dead", 1)
    assert b'"value":"5 x 6"' in (letter.value or b"")


def test_a_sink_is_given_what_functions_make_of_messages(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name)
    kafka.produce(name, [*TEXTS, "", ""])
    letters = {"errors__deadletterqueue__topic__name": f"{name}-dead"}
    task = spec(kafka.bootstrap_servers, name, SINK, topics=name, **functions(), **letters)
    with running(task) as sink:
        eventually(lambda: len(script(name).values) == len(MADE))
        eventually(lambda: kafka.committed(f"connect-{name}", name) == {0: len(TEXTS) + 2})
        sink.stop()
    assert script(name).values == MADE
    assert [record.original[1] for record in script(name).records] == [0, 0, 0, 2, 5, 5]
    (letter,) = kafka.consume(f"{name}-dead", 1)
    assert letter.value == b"5 x 6"
