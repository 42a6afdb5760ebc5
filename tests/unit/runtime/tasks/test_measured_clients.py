# SPDX-License-Identifier: Apache-2.0
"""Clients of tasks that measure themselves."""

from __future__ import annotations

import msgspec
import pytest

from barnabas.errors import ConfigError
from barnabas.kafka import layering
from barnabas.runtime.tasks.measured_clients import measured_consumer, measured_producer
from tests.unit.runtime.tasks.doubles import WORKER, spec


def with_interval(interval: str):
    config = {**WORKER, "metrics.clients.interval.ms": interval}
    return msgspec.structs.replace(spec(), worker_config=config)


@pytest.mark.parametrize(("interval", "measures"), [("1000", True), ("0", False)])
def test_clients_measure_themselves_unless_that_is_off(interval, measures):
    task = with_interval(interval)
    producer = measured_producer(task)(layering.task_producer(WORKER, {}, "c", 0))
    consumer = measured_consumer(task)(layering.task_consumer(WORKER, {}, "c", 0))
    consumer.consumer.close()
    assert (producer.statistics is not None, consumer.statistics is not None) == (
        measures,
        measures,
    )


def test_a_wrong_setting_is_told():
    with pytest.raises(ConfigError, match=r"metrics\.clients\.interval\.ms"):
        measured_producer(with_interval("-1"))
