# SPDX-License-Identifier: Apache-2.0
"""From settings to a client."""

from __future__ import annotations

from typing import Final

from barnabas.errors import ConfigError
from barnabas.registry.client import Registry
from barnabas.registry.memory import MemoryRegistry
from barnabas.registry.settings import SchemaRegistryConfig

__all__ = ["make_registry"]

_MOCK: Final = "mock://"


def make_registry(settings: SchemaRegistryConfig) -> Registry:
    """Make a client for the registry the settings name; asks it nothing yet.

    Raises:
        ConfigError: Addresses are of different kinds, or settings contradict each other.
    """
    urls = [url.strip() for url in settings.schema_registry_url if url.strip()]
    mocks = [url for url in urls if url.startswith(_MOCK)]
    if not urls or (mocks and len(urls) > 1):
        message = (
            f"Invalid value {settings.schema_registry_url} for configuration schema.registry.url: "
            "write one address or more, such as http://registry:8081, or a single mock://name"
        )
        raise ConfigError(message)
    if mocks:
        return MemoryRegistry(mocks[0].removeprefix(_MOCK))
    from barnabas.registry.http_client import HttpRegistry

    return HttpRegistry(settings)
