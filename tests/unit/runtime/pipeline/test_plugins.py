# SPDX-License-Identifier: Apache-2.0
"""Settings of a plugin among a connector's."""

from __future__ import annotations

from barnabas.runtime.pipeline.plugins import PluginKind, settings_under
from barnabas.runtime.plugins import PluginKind as RegisteredKind


def test_settings_lose_their_prefix() -> None:
    config = {"transforms": "a", "transforms.a.": "?", "transforms.a.type": "x", "other": "y"}
    assert settings_under(config, "transforms.a.") == {"type": "x"}


def test_kinds_are_those_of_the_registry() -> None:
    assert {kind.value for kind in PluginKind} <= {kind.value for kind in RegisteredKind}
