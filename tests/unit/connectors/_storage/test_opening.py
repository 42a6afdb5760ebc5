# SPDX-License-Identifier: Apache-2.0
"""Addresses of stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from barnabas.connectors._storage.hadoop import HadoopSettings
from barnabas.connectors._storage.local import LocalStorage
from barnabas.connectors._storage.opening import open_storage
from barnabas.errors import ConfigError


@pytest.mark.parametrize("scheme", ["file://", ""])
def test_local_directories_need_no_client(tmp_path: Path, scheme: str) -> None:
    assert isinstance(open_storage(f"{scheme}{tmp_path}", HadoopSettings()), LocalStorage)


def test_unknown_addresses_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"ftp://a/b for configuration store\.url"):
        open_storage("ftp://a/b", HadoopSettings())
