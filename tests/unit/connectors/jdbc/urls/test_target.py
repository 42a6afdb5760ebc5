# SPDX-License-Identifier: Apache-2.0
"""What a URL says."""

from __future__ import annotations

from barnabas.connectors.jdbc.urls import Target


def test_no_secret_is_shown() -> None:
    target = Target("x", "me", "secret", query={"a": "secret"}, connect_args={"b": "secret"})
    assert "secret" not in repr(target)
