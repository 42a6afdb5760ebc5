# SPDX-License-Identifier: Apache-2.0
"""Connectors in files, for the command line: a flat JSON map, a create request, or properties.

Source:
    Apache Kafka ``ConnectStandalone.parseConnectorConfigurationFile`` (KIP-1002).
"""

from __future__ import annotations

from pathlib import Path

from barnabas.config import parse_properties
from barnabas.errors import BadRequestError, ConfigError
from barnabas.rest.bodies import Config, CreateConnector, parse_create_connector, parse_text_map

__all__ = ["read_connector_file"]


def read_connector_file(path: Path) -> CreateConnector:
    """Read a connector's configuration; the form is known by the content, not by the file's name.

    Raises:
        ConfigError: The file cannot be read, has none of the forms, or names no connector.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-8")
    except OSError as error:
        message = f"The connector file {path} cannot be read: {error.strerror}"
        raise ConfigError(message) from error
    except UnicodeDecodeError as error:
        message = f"The connector file {path} is not UTF-8 text: byte {error.start} is wrong"
        raise ConfigError(message) from error
    try:
        wanted = _parse_json(data) if text.lstrip("\ufeff \t\r\n").startswith("{") else None
    except BadRequestError as error:
        message = f"The connector file {path} begins like JSON but is none: {error.message}"
        raise ConfigError(message) from error
    if wanted is None:
        config: Config = dict(parse_properties(text))
        wanted = CreateConnector(config.get("name") or "", config, None)
    if not wanted.name:
        message = f"The connector file {path} is missing the required setting 'name'"
        raise ConfigError(message)
    return wanted


def _parse_json(data: bytes) -> CreateConnector:
    try:
        config = parse_text_map(data)
    except BadRequestError:
        config = {}
    if config.get("name") is not None:
        return CreateConnector(config["name"] or "", config, None)
    wanted = parse_create_connector(data, allow_unknown=True)
    included = wanted.config.get("name")
    if included is not None and included != wanted.name:
        message = (
            f"the name in 'config' ({included}) is not the one at the top level ({wanted.name})"
        )
        raise BadRequestError(message)
    return CreateConnector(wanted.name, {**wanted.config, "name": wanted.name}, wanted.target_state)
