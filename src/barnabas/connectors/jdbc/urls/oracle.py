# SPDX-License-Identifier: Apache-2.0
"""``jdbc:oracle:thin:@//host:1521/service`` and its other forms for python-oracledb."""

from __future__ import annotations

import re
from typing import Final

from barnabas.connectors.jdbc.urls.parts import options_of
from barnabas.connectors.jdbc.urls.target import Target
from barnabas.errors import ConfigError

__all__ = ["read_oracle_url"]

_LOGIN_TIMEOUT_S: Final = 40
_FORM: Final = re.compile(
    r"(?:thin|oci8?|kprb):(?:(?P<user>[^/@]*)(?:/(?P<password>.*?))?)?@(?P<place>.+)",
    re.IGNORECASE | re.DOTALL,
)
_SID: Final = re.compile(r"(?://)?(?P<host>\[[^\]]+\]|[^:/]+):(?P<port>\d+):(?P<sid>[^:/?]+)")


def read_oracle_url(rest: str, properties: dict[str, str]) -> Target:
    """Read what stands behind ``jdbc:oracle:``.

    The place is ``//host:port/service``, ``host:port:SID``, ``(DESCRIPTION=…)``, a name of
    ``tnsnames.ora`` or ``tcps://host:port/service``.

    Raises:
        ConfigError: It has none of Oracle's forms.
    """
    found = _FORM.fullmatch(rest)
    if found is None:
        message = (
            "A URL of Oracle is jdbc:oracle:thin:@//<host>:<port>/<service>,"
            " jdbc:oracle:thin:@<host>:<port>:<SID> or jdbc:oracle:thin:@(DESCRIPTION=…)"
        )
        raise ConfigError(message)
    place, _, query = found["place"].partition("?")
    options = {**properties, **options_of(query)}
    target = Target("oracle+oracledb", found["user"] or options.get("user"))
    target.password = found["password"] or options.get("password")
    target.connect_args["dsn"] = _place(place)
    target.connect_args["tcp_connect_timeout"] = float(_LOGIN_TIMEOUT_S)
    folder = options.get("TNS_ADMIN") or options.get("oracle.net.tns_admin")
    if folder:
        target.connect_args["config_dir"] = folder
    wallet = options.get("oracle.net.wallet_location")
    if wallet:
        target.connect_args["wallet_location"] = wallet
    return target


def _place(place: str) -> str:
    """Write a place as python-oracledb reads it: it has no short form for a SID."""
    found = _SID.fullmatch(place)
    if found is None:
        return place.removeprefix("//")
    return (
        f"(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST={found['host'].strip('[]')})"
        f"(PORT={found['port']}))(CONNECT_DATA=(SID={found['sid']})))"
    )
