# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConfigError
from barnabas.registry.factory import make_registry
from barnabas.registry.memory import MemoryRegistry
from barnabas.registry.settings import SchemaRegistryConfig


def test_mock_address_is_a_registry_in_memory() -> None:
    assert isinstance(
        make_registry(SchemaRegistryConfig({"schema.registry.url": "mock://m"})), MemoryRegistry
    )


@pytest.mark.parametrize("url", ["", "mock://a,http://b:8081"])
def test_address_must_make_sense(url: str) -> None:
    with pytest.raises(ConfigError, match=r"configuration schema\.registry\.url"):
        make_registry(SchemaRegistryConfig({"schema.registry.url": url}))
