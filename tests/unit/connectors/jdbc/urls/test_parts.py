# SPDX-License-Identifier: Apache-2.0
"""Parts several forms of URLs share."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.urls.parts import flag, options_of, seconds, split_hosts
from barnabas.errors import ConfigError


def test_options_are_decoded() -> None:
    assert options_of("a=1&b=x%3Dy&c&&") == {"a": "1", "b": "x=y", "c": ""}


def test_hosts_may_have_ports_and_be_addresses_of_ipv6() -> None:
    assert split_hosts("a:1,b, [::1]:5433,[fe80::1]") == [
        ("a", 1), ("b", None), ("::1", 5433), ("fe80::1", None),
    ]  # fmt: skip


@pytest.mark.parametrize("port", ["x", "0", "65536", "-1"])
def test_a_wrong_port_is_refused(port: str) -> None:
    with pytest.raises(ConfigError, match=f"port of h must be .*'{port}'"):
        split_hosts(f"h:{port}")


def test_times_have_units() -> None:
    assert seconds("t", "1500", unit_s=0.001) == 1.5


@pytest.mark.parametrize("text", ["soon", "-1", "inf", "nan"])
def test_a_wrong_time_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=f"option t must be .*{text}"):
        seconds("t", text)


def test_flags() -> None:
    assert [flag("f", text) for text in ("true", "YES", "", "false", "0")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    with pytest.raises(ConfigError, match="option f must be true or false, not 'maybe'"):
        flag("f", "maybe")
