# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConfigError
from barnabas.registry.addresses import Address, parse_addresses


def test_name_and_password_are_taken_out() -> None:
    assert parse_addresses(["https://me:p%40ss@host:8081/path/"]) == [
        Address("https://host:8081/path", "me:p@ss")
    ]


def test_address_does_not_show_its_password() -> None:
    (address,) = parse_addresses(["http://me:s3cret@host"])
    assert "s3cret" not in f"{address} {address!r}"


@pytest.mark.parametrize(
    "url",
    ["host:8081", "ftp://host", "http://", "http://host:99999", "http://me:s3cret@", "http://[::1"],
)
def test_wrong_address_is_told_without_password(url: str) -> None:
    with pytest.raises(ConfigError, match="must be an address such as") as caught:
        parse_addresses([url])
    assert "s3cret" not in caught.value.message


def test_no_address_is_told() -> None:
    with pytest.raises(ConfigError, match="it is empty"):
        parse_addresses([" "])
