# SPDX-License-Identifier: Apache-2.0
"""What Java does not have."""

from __future__ import annotations

from barnabas.connectors.jdbc.source.choices import KeyMode
from barnabas.connectors.jdbc.source.extensions_config import ExtensionsConfig


def settings(**props: str) -> ExtensionsConfig:
    return ExtensionsConfig({name.replace("__", "."): value for name, value in props.items()})


def test_keys_are_null_unless_wanted() -> None:
    assert settings().key_mode is KeyMode.NONE
    assert settings(key__mode="PRIMARY_KEY").key_mode is KeyMode.PRIMARY_KEY
