# SPDX-License-Identifier: Apache-2.0
"""Settings of the JDBC source that Java's does not have: keys, open transactions, split tables."""

from __future__ import annotations

from typing import Final

from barnabas import config
from barnabas.config import ConfigType, Importance, Option
from barnabas.connectors.jdbc.source import choices
from barnabas.connectors.jdbc.source.choices import KeyMode
from barnabas.connectors.jdbc.source.schemas import UnsupportedColumns

__all__ = ["ExtensionsConfig"]

_EXTENSIONS: Final = "Extensions"
_UNSUPPORTED: Final = tuple(each.value for each in UnsupportedColumns)


class ExtensionsConfig(config.Config):
    """The group "Extensions"."""

    key_mode_text = Option(
        "key.mode",
        str,
        "none",
        "What the key of a record is: none (null, as in Java), primary_key (a struct of the"
        " table's primary key), columns (a struct of key.columns).",
        validator=choices.enumerator(*(each.value for each in KeyMode)),
        recommender=choices.enumerator_recommender(*(each.value for each in KeyMode)),
        group=_EXTENSIONS,
        display_name="Key Mode",
    )
    key_columns = Option(
        "key.columns",
        list,
        (),
        "Columns of the key with key.mode=columns.",
        group=_EXTENSIONS,
        display_name="Key Columns",
    )
    unsupported_columns_text = Option(
        "unsupported.columns",
        str,
        "skip",
        "What happens to columns of a type Connect has no counterpart for: error, skip (left out,"
        " as in Java, and named in a warning), string (the text the database writes).",
        validator=choices.enumerator(*_UNSUPPORTED),
        recommender=choices.enumerator_recommender(*_UNSUPPORTED),
        group=_EXTENSIONS,
        display_name="Unsupported Columns",
    )
    transaction_guard_enabled = Option(
        "transaction.guard.enabled",
        bool,
        True,
        "Whether to read only rows that no open transaction can still add a row before"
        " (PostgreSQL, MySQL, MariaDB), so that late commits are not missed.",
        group=_EXTENSIONS,
        display_name="Wait For Open Transactions",
    )
    transaction_guard_limit_ms = Option(
        "transaction.guard.limit.ms",
        ConfigType.LONG,
        -1,
        "Age in ms from which an open transaction is not waited for any more; never when negative.",
        importance=Importance.LOW,
        group=_EXTENSIONS,
        display_name="Longest Wait For Open Transactions (ms)",
    )
    table_split_enabled = Option(
        "table.split.enabled",
        bool,
        False,
        "Whether tasks that would have no table of their own take ranges of a table's"
        " incrementing column in the first load (mode incrementing).",
        importance=Importance.LOW,
        group=_EXTENSIONS,
        display_name="Split Tables",
    )
    table_split_min_rows = Option(
        "table.split.min.rows",
        ConfigType.LONG,
        1_000_000,
        "Width of the incrementing column's values from which a table is split.",
        validator=config.at_least(2),
        importance=Importance.LOW,
        group=_EXTENSIONS,
        display_name="Least Width Of A Split Table",
    )

    @property
    def key_mode(self) -> KeyMode:
        """What keys are made of."""
        return KeyMode(self.key_mode_text.lower())
