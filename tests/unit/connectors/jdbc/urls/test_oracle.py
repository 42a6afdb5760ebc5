# SPDX-License-Identifier: Apache-2.0
"""URLs of Oracle."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.urls.oracle import read_oracle_url
from barnabas.errors import ConfigError

SID = "(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=h)(PORT=1521))(CONNECT_DATA=(SID=X)))"


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("thin:@//h:1521/svc", "h:1521/svc"),
        ("thin:@h:1521/svc", "h:1521/svc"),
        ("thin:@h:1521:X", SID),
        ("thin:@//h:1521:X", SID),
        ("thin:@(DESCRIPTION=(A=B))", "(DESCRIPTION=(A=B))"),
        ("thin:@tcps://h:2484/svc", "tcps://h:2484/svc"),
        ("oci:@tns_name", "tns_name"),
        ("oci8:@tns_name", "tns_name"),
    ],
)
def test_the_place_is_read(rest: str, expected: str) -> None:
    assert read_oracle_url(rest, {}).connect_args["dsn"] == expected


def test_the_login_may_stand_in_the_url() -> None:
    target = read_oracle_url("thin:scott/tiger@h:1521/svc", {})
    assert (target.user, target.password) == ("scott", "tiger")


def test_folders_of_names_and_wallets_are_given_on() -> None:
    options = {"oracle.net.wallet_location": "/w", "user": "scott"}
    target = read_oracle_url("thin:@name?TNS_ADMIN=/t", options)
    assert target.connect_args["config_dir"] == "/t"
    assert target.connect_args["wallet_location"] == "/w"
    assert (target.user, target.connect_args["dsn"]) == ("scott", "name")


@pytest.mark.parametrize("rest", ["thin:h:1521/svc", "fat:@h", ""])
def test_wrong_urls_are_refused(rest: str) -> None:
    with pytest.raises(ConfigError, match="A URL of Oracle is"):
        read_oracle_url(rest, {})
