# SPDX-License-Identifier: Apache-2.0
"""``jdbc:mysql://user:password@host:3306/database?option=value`` for PyMySQL, and mariadb too."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_plus

from barnabas.connectors.jdbc.urls.parts import flag, options_of, seconds, split_hosts
from barnabas.connectors.jdbc.urls.target import Target
from barnabas.errors import ConfigError

__all__ = ["read_mysql_url"]

_LOGIN_TIMEOUT_S: Final = 40
_PORT: Final = 3306
_PLACE: Final = re.compile(
    r"(?:[a-z+]+:)*//(?P<hosts>[^/?]*)(?:/(?P<database>[^?]*))?", re.IGNORECASE
)
_PAIR: Final = re.compile(r"(\w+)\s*=\s*([^,()]*)")
_NO_TLS: Final = frozenset({"disabled", "disable"})
_CHECKS_CA: Final = frozenset({"verify_ca", "verify-ca", "verify_identity", "verify-full"})
_CHECKS_NAME: Final = frozenset({"verify_identity", "verify-full"})
_ANY_TLS: Final = frozenset({"preferred", "required", "trust"})


def read_mysql_url(rest: str, properties: dict[str, str]) -> Target:
    """Read what stands behind ``jdbc:mysql:`` or ``jdbc:mariadb:``; of several hosts the first.

    Options of the JDBC drivers that have no meaning for PyMySQL are left out.

    Raises:
        ConfigError: A host, a port or an option is wrong.
    """
    place, _, query = rest.partition("?")
    found = _PLACE.fullmatch(place)
    if found is None:
        message = "A URL of MySQL is jdbc:mysql://<host>:<port>/<database>?<options>"
        raise ConfigError(message)
    options = {**properties, **options_of(query)}
    target = Target("mysql+pymysql")
    options.update(_read_hosts(target, found["hosts"]))
    target.user = options.pop("user", target.user)
    target.password = options.pop("password", target.password)
    target.database = unquote_plus(found["database"] or "") or None
    _read_options(target, options)
    return target


def _read_hosts(target: Target, hosts: str) -> dict[str, str]:
    """Read ``user:password@host:port`` or ``(host=…,port=…)``; return what options it holds."""
    plain, parenthesis, rest = hosts.partition("(")
    login, separator, place = plain.rpartition("@")
    place += parenthesis + rest
    if separator:
        user, _, password = login.partition(":")
        target.user, target.password = unquote_plus(user), unquote_plus(password) or None
    if "(" in place:
        inner = dict(_PAIR.findall(place.removeprefix("[").partition("),")[0]))
        place = inner.pop("host", "localhost") + (":" + inner.pop("port", "")).rstrip(":")
    else:
        inner = {}
    host, port = split_hosts(place)[0]
    target.host, target.port = host or "localhost", port or _PORT
    return inner


def _read_options(target: Target, options: Mapping[str, str]) -> None:
    found = target.connect_args
    found["charset"] = "utf8mb4"
    found["connect_timeout"] = _LOGIN_TIMEOUT_S
    found["local_infile"] = False
    timeout = seconds("connectTimeout", options.get("connectTimeout", "0"), unit_s=0.001)
    if timeout:
        found["connect_timeout"] = timeout
    patience = seconds("socketTimeout", options.get("socketTimeout", "0"), unit_s=0.001)
    if patience:
        found["read_timeout"] = found["write_timeout"] = patience
    variables = options.get("sessionVariables")
    if variables:
        found["init_command"] = "SET " + ", ".join(_variables(variables))
    _read_tls(target, options)


def _variables(text: str) -> list[str]:
    return [
        part if part.startswith("@") else f"SESSION {part}"
        for part in (item.strip() for item in re.split(r"[,;](?=\s*[@\w.]+\s*=)", text))
        if part
    ]


def _read_tls(target: Target, options: Mapping[str, str]) -> None:
    mode = _tls_mode(options)
    if mode in _NO_TLS:
        target.connect_args["ssl_disabled"] = True
    if mode in _NO_TLS or mode == "preferred":  # without a word PyMySQL takes TLS where it can
        return
    authority = options.get("serverSslCert") or options.get("sslCa")
    context = ssl.create_default_context(cafile=authority if mode in _CHECKS_CA else None)
    context.check_hostname = mode in _CHECKS_NAME
    context.verify_mode = ssl.CERT_REQUIRED if mode in _CHECKS_CA else ssl.CERT_NONE
    target.connect_args["ssl"] = context


def _tls_mode(options: Mapping[str, str]) -> str:
    mode = options.get("sslMode", "").lower()
    if mode and mode not in _NO_TLS | _CHECKS_CA | _ANY_TLS:
        message = (
            "The option sslMode must be DISABLED, PREFERRED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY"
            f" (MariaDB: disable, trust, verify-ca, verify-full), not {mode!r}"
        )
        raise ConfigError(message)
    if mode:
        return mode
    if "useSSL" in options and not flag("useSSL", options["useSSL"]):
        return "disabled"
    if flag("verifyServerCertificate", options.get("verifyServerCertificate", "false")):
        return "verify_ca"
    required = flag("requireSSL", options.get("requireSSL", "false"))
    return "required" if required else "preferred"
