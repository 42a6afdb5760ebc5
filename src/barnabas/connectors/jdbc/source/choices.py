# SPDX-License-Identifier: Apache-2.0
"""Words that settings of the JDBC source choose from, their checks and recommendations.

Source:
    Reference page *jdbc*, section 1.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from typing import Final

from barnabas import config
from barnabas.errors import ConfigError

__all__ = [
    "ISOLATION_MODES",
    "KeyMode",
    "Mode",
    "column_of_mode",
    "enumerator",
    "enumerator_recommender",
    "regex_list",
    "topic_prefix",
]


class Mode(enum.StrEnum):
    """``mode``: how rows are told from those that were read before."""

    UNSPECIFIED = ""
    BULK = "bulk"
    TIMESTAMP = "timestamp"
    INCREMENTING = "incrementing"
    TIMESTAMP_INCREMENTING = "timestamp+incrementing"

    @property
    def has_timestamp(self) -> bool:
        """Whether timestamp columns are looked at."""
        return self in (Mode.TIMESTAMP, Mode.TIMESTAMP_INCREMENTING)

    @property
    def has_incrementing(self) -> bool:
        """Whether an incrementing column is looked at."""
        return self in (Mode.INCREMENTING, Mode.TIMESTAMP_INCREMENTING)


class KeyMode(enum.StrEnum):
    """``key.mode``: what the key of a record is made of."""

    NONE = "none"
    PRIMARY_KEY = "primary_key"
    COLUMNS = "columns"


ISOLATION_MODES: Final = (
    "DEFAULT",
    "READ_UNCOMMITTED",
    "READ_COMMITTED",
    "REPEATABLE_READ",
    "SERIALIZABLE",
    "SQL_SERVER_SNAPSHOT",
)

_TIMESTAMP_KEYS: Final = frozenset(("timestamp.column.name", "timestamp.columns.mapping"))
_INCREMENTING_KEYS: Final = frozenset(("incrementing.column.name", "incrementing.column.mapping"))
_TOPIC: Final = re.compile(r"[a-zA-Z0-9._-]*")
_LONGEST_TOPIC: Final = 249


def enumerator(*values: str) -> config.Validator:
    """One of these words, all in lower or all in upper case; None passes.

    Source: Java's ``EnumRecommender``, whose message is "Invalid enumerator".
    """
    accepted = {spelled for value in values for spelled in (value.lower(), value.upper())}

    def check(name: str, value: object) -> None:
        if value is not None and value not in accepted:
            raise config.invalid_value(name, value, "Invalid enumerator")

    return config.validator(check, f"[{', '.join(values)}]")


def enumerator_recommender(*values: str) -> config.Recommender:
    """Offer these words."""
    return config.offer(*values)


def regex_list() -> config.Validator:
    """A list of regular expressions."""

    def check(name: str, value: object) -> None:
        for text in value if isinstance(value, list | tuple) else ():
            try:
                config.java_regex(str(text))
            except ConfigError as error:
                raise config.invalid_value(name, text, error.message) from error

    return config.validator(check, "list of regular expressions")


def topic_prefix() -> config.Validator:
    """A beginning of a topic's name."""

    def check(name: str, value: object) -> None:
        if value is None:
            raise config.invalid_value(name, None, "the prefix of topics must not be null")
        text = str(value).strip()
        if len(text) > _LONGEST_TOPIC:
            reason = f"must be at most {_LONGEST_TOPIC} characters long, as topics are"
            raise config.invalid_value(name, value, reason)
        if not _TOPIC.fullmatch(text):
            reason = "may have letters, digits, points, underscores and hyphens only"
            raise config.invalid_value(name, value, reason)

    return config.validator(check, "beginning of a topic's name")


def column_of_mode() -> config.Recommender:
    """Show a column's setting only with the modes that look at it."""

    def visible(name: str, parsed: Mapping[str, object]) -> bool:
        mode = parsed.get("mode")
        if mode in (None, ""):
            message = "Query mode must be specified"
            raise ConfigError(message)
        try:
            known = Mode(str(mode))
        except ValueError:
            message = f"Invalid mode: {mode}"
            raise ConfigError(message) from None
        if name in _TIMESTAMP_KEYS:
            return known.has_timestamp
        return name in _INCREMENTING_KEYS and known.has_incrementing

    return config.Recommender(visible=visible)
