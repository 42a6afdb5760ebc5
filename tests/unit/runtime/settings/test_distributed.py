# SPDX-License-Identifier: Apache-2.0
import re

import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.settings.distributed import DistributedConfig
from tests.unit.runtime.settings.test_worker import DISTRIBUTED


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("offset.storage.partitions", "0", "Number of partitions must be positive"),
        ("config.storage.replication.factor", "-2", "Replication factor must be positive"),
        ("connect.protocol", "lazy", "EAGER, COMPATIBLE, SESSIONED"),
        ("inter.worker.key.generation.algorithm", "Foo", "MAC algorithm is not known"),
        ("inter.worker.key.generation.algorithm", "HmacSha265", "did you mean HmacSHA256?"),
        ("inter.worker.key.size", "39", "Invalid value 39 .* at least 40 bits"),
        ("group.id", " ", "a group needs a name"),
        ("config.storage.topic", "", "'' cannot be the name of a topic"),
        ("offset.storage.topic", "my offsets", "'my offsets' cannot be the name of a topic"),
        ("status.storage.topic", "..", "cannot be the name of a topic"),
        ("status.storage.topic", "s" * 250, "1 to 249 of the characters"),
        ("session.timeout.ms", "0", "Value must be at least 1"),
        ("heartbeat.interval.ms", "0", "Value must be at least 1"),
        (
            "heartbeat.interval.ms",
            "10000",
            r"heartbeat.interval.ms \(10000\) must be lower than session.timeout.ms \(10000\)",
        ),
        ("inter.worker.verification.algorithms", "", "at least one MAC algorithm"),
        ("inter.worker.verification.algorithms", "HmacSHA1", "must contain the value of"),
        ("sasl.login.refresh.window.factor", "2", "no more than 1.0"),
        ("security.protocol", "TLS", "String must be one of"),
    ],
)
def test_wrong_values_are_refused(name, value, message):
    with pytest.raises(ConfigError) as failure:
        DistributedConfig({**DISTRIBUTED, name: value})
    assert re.search(message, failure.value.message), failure.value.message


def test_each_kind_of_state_needs_a_topic_of_its_own() -> None:
    same = {"config.storage.topic": "connect", "status.storage.topic": "connect"}
    with pytest.raises(ConfigError) as failure:
        DistributedConfig({**DISTRIBUTED, **same})
    assert "config.storage.topic and status.storage.topic name the same topic, connect" in (
        failure.value.message
    )


def test_all_that_does_not_fit_together_is_told_at_once() -> None:
    wrong = {
        "heartbeat.interval.ms": "20000",
        "inter.worker.signature.algorithm": "HmacSHA512",
        "offset.storage.topic": "connect",
        "status.storage.topic": "connect",
    }
    with pytest.raises(ConfigError) as failure:
        DistributedConfig({**DISTRIBUTED, **wrong})
    assert len(failure.value.message.splitlines()) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("offset.storage.partitions", "-1"),
        ("connect.protocol", "EAGER"),
        ("heartbeat.interval.ms", "9999"),
        ("inter.worker.key.generation.algorithm", "HmacSHA512/256"),
        ("inter.worker.key.generation.algorithm", "hmacsha3-384"),
        ("inter.worker.key.size", "40"),
        ("inter.worker.verification.algorithms", "HmacSHA1,HmacSHA256"),
    ],
)
def test_other_values_are_taken(name, value):
    assert DistributedConfig({**DISTRIBUTED, name: value}).originals[name] == value
