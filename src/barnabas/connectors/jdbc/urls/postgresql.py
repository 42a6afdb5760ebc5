# SPDX-License-Identifier: Apache-2.0
"""``jdbc:postgresql://host1:5432,host2/database?option=value`` for psycopg."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_plus

from barnabas.connectors.jdbc.urls.parts import flag, options_of, seconds, split_hosts
from barnabas.connectors.jdbc.urls.target import Target

__all__ = ["CONNECTION_DEFAULTS", "LOGIN_TIMEOUT_S", "read_postgresql_url"]

LOGIN_TIMEOUT_S: Final = 40
"""Java Connect's JDBC connectors give a login this long."""

CONNECTION_DEFAULTS: Final[Mapping[str, int]] = {
    "connect_timeout": LOGIN_TIMEOUT_S,
    "keepalives_idle": 60,
    "keepalives_interval": 15,
    "keepalives_count": 4,
}
"""A server that is gone without a word is noticed within two minutes."""
_SAME: Final = frozenset({"sslmode", "sslcert", "sslkey", "sslrootcert", "sslpassword", "options"})
_RENAMED: Final[Mapping[str, str]] = {
    "ApplicationName": "application_name",
    "channelBinding": "channel_binding",
    "gssEncMode": "gssencmode",
    "kerberosServerName": "krbsrvname",
    "sslNegotiation": "sslnegotiation",
}
_SESSION_ATTRIBUTES: Final[Mapping[str, str]] = {
    "any": "any",
    "primary": "primary",
    "master": "primary",
    "secondary": "standby",
    "slave": "standby",
    "preferSecondary": "prefer-standby",
    "preferSlave": "prefer-standby",
    "preferPrimary": "any",
}


def read_postgresql_url(rest: str, properties: dict[str, str]) -> Target:
    """Read what stands behind ``jdbc:postgresql:``.

    Options of pgjdbc that have no meaning for psycopg (such as ``prepareThreshold``) are left out.

    Raises:
        ConfigError: A port or an option is wrong.
    """
    place, _, query = rest.partition("?")
    options = {**properties, **options_of(query)}
    hosts, _, database = place.removeprefix("//").partition("/")
    if not place.startswith("//"):
        hosts, database = "", place.removeprefix("/")
    target = Target("postgresql+psycopg")
    target.user, target.password = options.pop("user", None), options.pop("password", None)
    target.database = unquote_plus(database) or options.get("PGDBNAME") or None
    places = split_hosts(hosts) if hosts else [(options.get("PGHOST", "localhost"), None)]
    target.host, target.port = places[0][0] or "localhost", places[0][1] or 5432
    if len(places) > 1:
        target.connect_args["host"] = ",".join(host or "localhost" for host, _ in places)
        target.connect_args["port"] = ",".join(str(port or 5432) for _, port in places)
    _read_options(target, options)
    return target


def _read_options(target: Target, options: Mapping[str, str]) -> None:
    found = target.connect_args
    found.update(CONNECTION_DEFAULTS)
    for name, value in options.items():
        if name in _SAME:
            found[name] = value
        elif name in _RENAMED:
            found[_RENAMED[name]] = value
        else:
            _read_option(target, name, value)


def _read_option(target: Target, name: str, value: str) -> None:
    found = target.connect_args
    if name in {"loginTimeout", "connectTimeout"}:
        found["connect_timeout"] = max(1, round(seconds(name, value))) if value != "0" else 0
    elif name == "socketTimeout" and seconds(name, value) > 0:
        found["tcp_user_timeout"] = round(seconds(name, value) * 1000)
    elif name == "tcpKeepAlive":
        found["keepalives"] = int(flag(name, value))
    elif name == "prepareThreshold" and value == "0":
        found["prepare_threshold"] = None  # nothing is prepared: a pooler may be between
    elif name == "ssl" and flag(name, value):
        found.setdefault("sslmode", "verify-full")
    elif name == "targetServerType":
        found["target_session_attrs"] = _SESSION_ATTRIBUTES.get(value, value)
    elif name == "loadBalanceHosts" and flag(name, value):
        found["load_balance_hosts"] = "random"
    elif name == "currentSchema":
        escaped = value.replace("\\", "\\\\").replace(" ", "\\ ")
        found["options"] = f"{found.get('options', '')} -csearch_path={escaped}".strip()
