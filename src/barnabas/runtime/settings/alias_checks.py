# SPDX-License-Identifier: Apache-2.0
"""Checks of settings of transforms and predicates that depend on one another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from barnabas.config import Config, ConfigValue
from barnabas.runtime.pipeline.plugins import settings_under

__all__ = ["check_aliases"]


def check_aliases(
    props: Mapping[str, str], values: Mapping[str, ConfigValue], classes: Mapping[str, type]
) -> None:
    """Add what transforms and predicates say themselves, where each setting is right alone.

    Java asks none; those of Kafka say nothing here.

    Args:
        props: The configuration, references to config providers resolved.
        values: What the answer says of each setting.
        classes: Classes of transforms and predicates by their prefix, ``transforms.x.``.
    """
    for prefix, kind in classes.items():
        config_class: Any = getattr(kind, "config_class", Config)
        if config_class.problems is Config.problems or _has_errors(values, prefix):
            continue
        for name, text in config_class(settings_under(props, prefix)).problems().items():
            values[prefix + name].add_error(f"{prefix}{name}: {text}")


def _has_errors(values: Mapping[str, ConfigValue], prefix: str) -> bool:
    return any(value.errors for name, value in values.items() if name.startswith(prefix))
