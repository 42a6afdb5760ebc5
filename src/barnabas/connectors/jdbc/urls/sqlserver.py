# SPDX-License-Identifier: Apache-2.0
r"""``jdbc:sqlserver://host\\instance:1433;databaseName=name;…`` for pymssql, and jTDS's form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from barnabas.connectors.jdbc.urls.parts import flag, seconds, split_hosts
from barnabas.connectors.jdbc.urls.target import Target

__all__ = ["read_jtds_url", "read_sqlserver_url", "semicolon_options"]

_LOGIN_TIMEOUT_S: Final = 40
_PORT: Final = 1433
_OPTION: Final = re.compile(r"\s*([^=;{}]+?)\s*=\s*(?:\{((?:[^}]|\}\})*)\}|([^;]*))\s*(?:;|$)")


def read_sqlserver_url(rest: str, properties: dict[str, str]) -> Target:
    """Read what stands behind ``jdbc:sqlserver:``.

    Raises:
        ConfigError: The port or an option is wrong.
    """
    place, _, text = rest.removeprefix("//").partition(";")
    return _target(place, "", {**properties, **semicolon_options(text)})


def read_jtds_url(rest: str, properties: dict[str, str]) -> Target:
    """Read what stands behind ``jdbc:jtds:sqlserver:``: the database follows the host.

    Raises:
        ConfigError: The port or an option is wrong.
    """
    place, _, text = rest.removeprefix("//").partition(";")
    place, _, database = place.partition("/")
    return _target(place, database, {**properties, **semicolon_options(text)})


def semicolon_options(text: str) -> dict[str, str]:
    """Read ``name=value;name={va;lue}``."""
    return {
        name: braced.replace("}}", "}") if braced else plain.strip()
        for name, braced, plain in _OPTION.findall(text)
    }


def _target(place: str, database: str, given: Mapping[str, str]) -> Target:
    options = {name.lower(): value for name, value in given.items()}
    host, port = split_hosts(place)[0]
    host, _, instance = (host or options.get("servername") or "localhost").partition("\\")
    instance = instance or options.get("instancename") or options.get("instance") or ""
    if port is None and options.get("portnumber", "").isdecimal():
        port = int(options["portnumber"])
    target = Target("mssql+pymssql", options.get("user") or options.get("username"))
    target.password = options.get("password")
    target.host = f"{host}\\{instance}" if instance and port is None else host
    target.port = port or (None if instance else _PORT)
    target.database = options.get("databasename") or options.get("database") or database or None
    _read_options(target, options)
    return target


def _read_options(target: Target, options: Mapping[str, str]) -> None:
    found = target.connect_args
    found["login_timeout"] = _LOGIN_TIMEOUT_S
    if "logintimeout" in options:
        found["login_timeout"] = round(seconds("loginTimeout", options["logintimeout"]))
    patience = seconds("socketTimeout", options.get("sockettimeout", "0"), unit_s=0.001)
    if patience:
        found["timeout"] = round(patience) or 1
    name = options.get("applicationname") or options.get("appname")
    if name:
        found["appname"] = name
    if options.get("applicationintent", "").lower() == "readonly":
        found["read_only"] = True
    encrypt = options.get("encrypt", "").lower()
    if encrypt:
        on = encrypt == "strict" or flag("encrypt", encrypt)
        found["encryption"] = ("strict" if encrypt == "strict" else "require") if on else "off"
