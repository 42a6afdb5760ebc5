# SPDX-License-Identifier: Apache-2.0
"""What config providers hand back."""

from __future__ import annotations

from collections.abc import Set

from barnabas.api import ConfigData, ConfigProvider


class Vault(ConfigProvider):
    def get(self, path: str, keys: Set[str] | None = None) -> ConfigData:
        return ConfigData({"password": "amalia"}, ttl_ms=1000)


def test_secrets_are_not_printed() -> None:
    data = Vault().get("castle")

    assert data.data["password"] == "amalia"
    assert "amalia" not in repr(data)


def test_a_provider_without_parameters_takes_any_and_closes() -> None:
    provider = Vault()
    provider.configure({"path": "/tmp"})
    provider.close()
    assert provider.get("castle").ttl_ms == 1000
