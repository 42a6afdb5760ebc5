# SPDX-License-Identifier: Apache-2.0
"""The basic auth extension of Kafka Connect.

Switched on by ``rest.extension.classes=org.apache.kafka.connect.rest.basic.auth.extension.``
``BasicAuthSecurityRestExtension``. Users stand in a property file, ``name=password``, which a JAAS
file names::

    KafkaConnect {
      org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule required
      file="/etc/kafka/users.properties";
    };

The JAAS file is found as Java finds it: ``-Djava.security.auth.login.config=<path>`` in the
environment's ``KAFKA_OPTS`` (or ``JDK_JAVA_OPTIONS``, ``JAVA_TOOL_OPTIONS``), else a variable named
``java.security.auth.login.config``. An empty user file admits everyone, as in Java.

Source:
    Apache Kafka ``connect/basic-auth-extension``; reference page *REST API*, section 8.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from pathlib import Path

from barnabas.config import read_properties
from barnabas.config.jaas import parse_jaas_config
from barnabas.errors import ConfigError
from barnabas.rest.asgi import ASGIApp, Receive, Scope, Send, header, respond

__all__ = ["EXTENSION_CLASS", "BasicAuth", "load_users"]

_PACKAGE = "org.apache.kafka.connect.rest.basic.auth.extension."
EXTENSION_CLASS = f"{_PACKAGE}BasicAuthSecurityRestExtension"
_LOGIN_MODULE = "PropertyFileLoginModule"
_PROPERTY = "java.security.auth.login.config"
_OPTION_VARIABLES = ("KAFKA_OPTS", "JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS")
_OPTION = re.compile(rf"-D{re.escape(_PROPERTY)}=(?:\"([^\"]*)\"|'([^']*)'|(\S+))")
_ENTRY = re.compile(r"\bKafkaConnect\s*\{(.*?)\}\s*;", re.DOTALL)
_BETWEEN_WORKERS = re.compile(r"POST /connectors/[^/]+/tasks/?|PUT /connectors/[^/]+/fence/?")
_DENIED = b"User cannot access the resource."


class BasicAuth:
    """Lets only known users through; requests between workers prove themselves otherwise."""

    def __init__(self, app: ASGIApp, users: Mapping[str, str]) -> None:
        self._app = app
        self._users = {name.encode(): password.encode() for name, password in users.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        request = f"{scope['method']} {scope['path']}"
        if _BETWEEN_WORKERS.fullmatch(request) or self._admits(header(scope, b"authorization")):
            await self._app(scope, receive, send)
        else:
            await respond(send, 401, _DENIED, [(b"content-type", b"text/plain")])

    def _admits(self, authorization: bytes | None) -> bool:
        if not self._users:
            return True
        scheme, _, encoded = (authorization or b"").partition(b" ")
        if scheme.lower() != b"basic":
            return False
        try:
            name, colon, password = base64.b64decode(encoded).partition(b":")
        except binascii.Error:
            return False
        expected = self._users.get(name)
        given = hmac.compare_digest(password, expected if expected is not None else b"")
        return bool(colon) and expected is not None and given


def load_users(environ: Mapping[str, str]) -> dict[str, str]:
    """Find and read the user file.

    Raises:
        ConfigError: A file cannot be found or read, or the JAAS file has another form.
    """
    path = _jaas_path(environ)
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        message = f"The JAAS file {path} of the basic auth extension cannot be read: {reason}"
        raise ConfigError(message) from error
    entry = _ENTRY.search(text)
    if entry is None:
        message = f"The JAAS file {path} has no entry KafkaConnect {{ … }};"
        raise ConfigError(message)
    try:
        module = parse_jaas_config(entry[1].strip())
    except ConfigError as error:
        message = f"The entry KafkaConnect in the JAAS file {path}: {error.message}"
        raise ConfigError(message) from error
    if module.simple_name != _LOGIN_MODULE or not module.options.get("file"):
        message = (
            f"The entry KafkaConnect in the JAAS file {path} must name {_PACKAGE}{_LOGIN_MODULE} "
            'with an option file="<path of a property file of users>"'
        )
        raise ConfigError(message)
    return {name: value or "" for name, value in read_properties(module.options["file"]).items()}


def _jaas_path(environ: Mapping[str, str]) -> str:
    for variable in _OPTION_VARIABLES:
        found = _OPTION.search(environ.get(variable, ""))
        if found is not None:
            return next(group for group in found.groups() if group is not None)
    path = environ.get(_PROPERTY)
    if path is None:
        message = (
            "The basic auth extension needs a JAAS file that names its user file: set "
            f"KAFKA_OPTS=-D{_PROPERTY}=<path>"
        )
        raise ConfigError(message)
    return path
