# SPDX-License-Identifier: Apache-2.0
"""Batches that fit the topics of a source task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from barnabas.errors import ConnectError, RetriableError
from barnabas.kafka import layering
from barnabas.kafka.client_statistics import ClientStatistics
from barnabas.runtime.tasks.producers import Producers
from tests.unit.runtime.tasks.doubles import WORKER


class Bench:
    """Producers over a cluster whose topics' limits the test sets."""

    def __init__(self, **overrides: str) -> None:
        self.limits: dict[str, int] = {}
        self.asked: list[Mapping[str, str]] = []
        self.error: ConnectError | None = None
        self.opened: list[tuple[str, bool]] = []
        self.statistics: ClientStatistics | None = None
        self.producers = Producers(
            layering.task_producer(WORKER, overrides, "c", 0),
            reports_only_failures=True,
            ask=self.ask,
            open_one=self.open_one,
        )

    def ask(self, properties: Mapping[str, str], topics: Iterable[str]) -> dict[str, int]:
        self.asked.append(properties)
        if self.error is not None:
            raise self.error
        return {topic: self.limits[topic] for topic in topics if topic in self.limits}

    def open_one(self, properties: layering.ClientProperties, **rest: bool) -> Any:
        batch = properties.translate().settings["batch.size"]
        self.opened.append((batch, rest["reports_only_failures"]))
        return SimpleNamespace(statistics=self.statistics)

    @property
    def batch(self) -> str:
        self.producers.open()
        return self.opened[-1][0]


def test_batches_are_large_while_no_topic_minds() -> None:
    bench = Bench()
    bench.limits = {"t": 1048588}
    assert bench.producers.fits(["t", "unknown"])
    assert bench.batch == "1000000"
    assert bench.opened == [("1000000", True)]


def test_statistics_are_those_of_the_producer_opened_last() -> None:
    bench = Bench()
    assert bench.producers.statistics() == {}
    for sent in (7, 9):
        bench.statistics = ClientStatistics()
        bench.statistics(f'{{"ts": 1, "txmsgs": {sent}}}')
        bench.producers.open()
        assert bench.producers.statistics()["producer.record-send-total"] == sent
    bench.statistics = None
    bench.producers.open()
    assert bench.producers.statistics() == {}


def test_lowest_limit_of_topics_decides() -> None:
    bench = Bench()
    bench.limits = {"a": 500000, "b": 70000, "c": 80000}
    assert not bench.producers.fits(["a", "b"])
    assert bench.batch == "70000"
    assert bench.producers.fits(["c"])
    assert bench.batch == "70000"


def test_smaller_batches_of_the_user_stay() -> None:
    bench = Bench(**{"producer.override.batch.size": "16384"})
    bench.limits = {"t": 20000}
    assert bench.producers.fits(["t"])
    assert bench.batch == "16384"


@pytest.mark.parametrize("error", [RetriableError("no broker"), ConnectError("not allowed")])
def test_what_cannot_be_learnt_fits(error: ConnectError) -> None:
    bench = Bench()
    bench.error = error
    assert bench.producers.fits(["t"])


def test_the_cluster_and_principal_of_the_connector_are_asked() -> None:
    overrides = {
        "producer.override.bootstrap.servers": "other:9092",
        "producer.override.sasl.jaas.config": "x.PlainLoginModule required password=hunter22;",
        "producer.override.linger.ms": "7",
    }
    bench = Bench(**overrides)
    bench.producers.fits(["t"])
    [asked] = bench.asked
    assert asked["bootstrap.servers"] == "other:9092"
    assert "hunter22" in asked["sasl.jaas.config"]
    assert "linger.ms" not in asked
