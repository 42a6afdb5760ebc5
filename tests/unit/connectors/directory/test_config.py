# SPDX-License-Identifier: Apache-2.0
"""Settings of the directory source."""

from __future__ import annotations

import pytest

from barnabas.connectors.directory.config import DirectorySourceConfig
from barnabas.errors import ConfigError


def test_new_files_are_looked_for_every_five_seconds() -> None:
    settings = DirectorySourceConfig({"format.class": "JsonFormat", "store.url": "file:///a"})
    assert settings.look_interval_ms == 5000


def test_a_directory_is_needed() -> None:
    with pytest.raises(ConfigError, match=r"store\.url"):
        DirectorySourceConfig({"format.class": "JsonFormat"})
