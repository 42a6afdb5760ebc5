# SPDX-License-Identifier: Apache-2.0
"""Settings that source and sink have in common."""

from __future__ import annotations

import pytest

from barnabas.config import Config, Importance, Option
from barnabas.connectors.jdbc import options
from barnabas.connectors.jdbc.sink.config import JdbcSinkConfig
from barnabas.connectors.jdbc.source.config import JdbcSourceConfig
from barnabas.errors import ConfigError

SHARED = [
    options.connection_user(),
    options.connection_password(),
    options.credentials_provider(),
    options.connection_attempts(),
    options.connection_backoff_ms(),
    options.dialect_name(),
    options.calendar_system(),
    options.quote_identifiers(),
    options.sql_quote_identifiers(),
    options.db_timezone(),
]


@pytest.mark.parametrize("kind", [JdbcSourceConfig, JdbcSinkConfig])
@pytest.mark.parametrize("option", SHARED, ids=lambda option: option.key.name)
def test_source_and_sink_say_the_same(kind: type[Config], option: Option[object]) -> None:
    declared = kind.definition().keys[option.key.name]
    wanted = option.key
    assert (declared.type, declared.default_text) == (wanted.type, wanted.default_text)
    assert declared.documentation == wanted.documentation


def test_what_is_given_goes_first() -> None:
    option = options.connection_user(importance=Importance.LOW, group="There", display_name="Who")
    key = option.key
    assert (key.importance, key.group, key.display_name) == (Importance.LOW, "There", "Who")


def test_a_zone_must_exist() -> None:
    options.time_zone()("db.timezone", "Europe/Berlin")
    options.time_zone()("db.timezone", "EST")
    options.time_zone()("db.timezone", None)
    with pytest.raises(ConfigError, match="there is no such time zone"):
        options.time_zone()("db.timezone", "Mars/Olympus")
