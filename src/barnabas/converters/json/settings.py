# SPDX-License-Identifier: Apache-2.0
"""Settings of JsonConverter."""

from __future__ import annotations

import dataclasses

from barnabas import config
from barnabas.converters import settings

__all__ = ["JsonConverterConfig", "Rules"]


@dataclasses.dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say about single values."""

    replace_null_with_default: bool = True
    decimals_are_numbers: bool = False


class JsonConverterConfig(settings.ConverterConfig):
    """Settings of JsonConverter."""

    schemas_enable = config.Option(
        "schemas.enable",
        bool,
        True,
        "Whether every message holds its schema beside its payload.",
        importance=config.Importance.HIGH,
        group="Schemas",
        order_in_group=0,
        width=config.Width.MEDIUM,
        display_name="Enable Schemas",
    )
    schemas_cache_size = config.Option(
        "schemas.cache.size",
        int,
        1000,
        "Most schemas this converter remembers in each direction.",
        importance=config.Importance.HIGH,
        group="Schemas",
        order_in_group=1,
        width=config.Width.MEDIUM,
        display_name="Schema Cache Size",
    )
    schema_content = config.Option(
        "schema.content",
        str,
        None,
        "Schema of all messages read, in the JSON form the envelope has; each message is then a"
        " payload alone. Counts for sinks, and only while schemas.enable is true.",
        internal=True,  # it came after the version of Connect whose answers ours are
        importance=config.Importance.HIGH,
        group="Schemas",
        order_in_group=2,
        width=config.Width.MEDIUM,
        display_name="Schema Content",
    )
    decimal_format = config.Option(
        "decimal.format",
        str,
        "BASE64",
        "How decimals are written: BASE64 (their unscaled bytes) or NUMERIC (a JSON number), in"
        " upper or lower case. Both are always read.",
        importance=config.Importance.LOW,
        group="Serialization",
        order_in_group=0,
        width=config.Width.MEDIUM,
        display_name="Decimal Format",
        validator=config.case_insensitive_valid_string("NUMERIC", "BASE64"),
    )
    replace_null_with_default = config.Option(
        "replace.null.with.default",
        bool,
        True,
        "Whether null stands for the default where the schema has one; otherwise it stays null.",
        importance=config.Importance.LOW,
        group="Serialization",
        order_in_group=1,
        width=config.Width.MEDIUM,
        display_name="Replace null with default",
    )

    @property
    def rules(self) -> Rules:
        """What the settings say about single values."""
        return Rules(
            replace_null_with_default=self.replace_null_with_default,
            decimals_are_numbers=self.decimal_format.upper() == "NUMERIC",
        )
