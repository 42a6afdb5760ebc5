# SPDX-License-Identifier: Apache-2.0
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
        ("inter.worker.verification.algorithms", "", "at least one MAC algorithm"),
        ("inter.worker.verification.algorithms", "HmacSHA1", "must contain the value of"),
        ("sasl.login.refresh.window.factor", "2", "no more than 1.0"),
        ("security.protocol", "TLS", "String must be one of"),
    ],
)
def test_wrong_values_are_refused(name, value, message):
    with pytest.raises(ConfigError) as failure:
        DistributedConfig({**DISTRIBUTED, name: value})
    assert message in failure.value.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("offset.storage.partitions", "-1"),
        ("connect.protocol", "EAGER"),
        ("inter.worker.verification.algorithms", "HmacSHA1,HmacSHA256"),
    ],
)
def test_other_values_are_taken(name, value):
    assert DistributedConfig({**DISTRIBUTED, name: value}).originals[name] == value
