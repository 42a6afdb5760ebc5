# SPDX-License-Identifier: Apache-2.0
"""The one setting all converters share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from barnabas import config

__all__ = ["CONVERTER_TYPE", "ConverterConfig", "for_header", "for_role"]

CONVERTER_TYPE: Final = "converter.type"


class ConverterConfig(config.Config):
    """Settings of a converter; the framework fills in the role."""

    open_prefixes = ()

    converter_type = config.Option(
        CONVERTER_TYPE,
        str,
        config.NO_DEFAULT,
        "How this converter will be used; the framework sets it.",
        importance=config.Importance.LOW,
        validator=config.valid_string("key", "value", "header"),
    )


def for_role(configs: Mapping[str, Any], *, is_key: bool) -> dict[str, Any]:
    """Add the role of a key or value converter to its settings."""
    return {**configs, CONVERTER_TYPE: "key" if is_key else "value"}


def for_header(configs: Mapping[str, Any]) -> dict[str, Any]:
    """Add the role of a header converter to its settings unless they name one."""
    return {CONVERTER_TYPE: "header", **configs}
