# SPDX-License-Identifier: Apache-2.0
"""Putting definitions and values into the shapes of the REST API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from barnabas.config import ConfigKey, ConfigValue, format_value
from barnabas.runtime.model import ConfigInfo, ConfigInfos, ConfigKeyInfo, ConfigValueInfo

__all__ = ["config_infos", "key_info", "merge_infos", "prefixed_infos", "value_info"]


def key_info(key: ConfigKey, prefix: str = "") -> ConfigKeyInfo:
    """Show a definition, its name under a prefix."""
    return ConfigKeyInfo(
        name=prefix + key.name,
        type=key.type.value,
        required=key.required,
        default_value=key.default_text,
        importance=key.importance.value,
        documentation=key.documentation,
        group=key.group,
        order_in_group=key.order_in_group,
        width=key.width.value,
        display_name=key.display_name,
        dependents=list(key.dependents),
    )


def value_info(value: ConfigValue, key: ConfigKey | None, prefix: str = "") -> ConfigValueInfo:
    """Show a value, its name under a prefix; secrets are hidden."""
    kind = None if key is None else key.type
    offered = (format_value(item, kind) for item in value.recommended_values)
    return ConfigValueInfo(
        name=prefix + value.name,
        value=format_value(value.value, kind),
        recommended_values=[text for text in offered if text is not None],
        errors=list(value.errors),
        visible=value.visible,
    )


def config_infos(
    name: str,
    keys: Mapping[str, ConfigKey],
    values: Iterable[ConfigValue],
    groups: Iterable[str],
) -> ConfigInfos:
    """Show values with their definitions, in the order of the definitions.

    Values nobody defined come first. Of several values of one name the last counts. The error
    count is that of messages. Internal settings are shown only with errors.
    """
    undefined: list[ConfigInfo] = []
    known: dict[str, ConfigValue] = {}
    for value in values:
        if value.name in keys:
            known[value.name] = value
        else:
            undefined.append(ConfigInfo(None, value_info(value, None)))
    defined = [
        ConfigInfo(key_info(key), value_info(known[key_name], key))
        for key_name, key in keys.items()
        if key_name in known and _is_shown(key, known[key_name])
    ]
    configs = [*undefined, *defined]
    count = sum(len(info.value.errors) for info in configs if info.value is not None)
    return ConfigInfos(name, count, list(dict.fromkeys(groups)), configs)


def prefixed_infos(
    name: str, keys: Mapping[str, ConfigKey], values: Iterable[ConfigValue], prefix: str
) -> ConfigInfos:
    """Show the values of a converter or client under their prefix, in the order given.

    The error count is that of settings with errors, and groups come in the order of the values.
    Internal settings are shown only with errors.
    """
    configs: list[ConfigInfo] = []
    groups: dict[str, None] = {}
    count = 0
    for value in values:
        key = keys.get(value.name)
        if key is not None and not _is_shown(key, value):
            continue
        definition = None if key is None else key_info(key, prefix)
        if key is not None and key.group is not None:
            groups[key.group] = None
        configs.append(ConfigInfo(definition, value_info(value, key, prefix)))
        count += bool(value.errors)
    return ConfigInfos(name, count, list(groups), configs)


def _is_shown(key: ConfigKey, value: ConfigValue) -> bool:
    return not key.internal or bool(value.errors)


def merge_infos(name: str, parts: Iterable[ConfigInfos]) -> ConfigInfos:
    """Put the parts of an answer together, in their order."""
    groups: dict[str, None] = {}
    configs: list[ConfigInfo] = []
    count = 0
    for part in parts:
        groups.update(dict.fromkeys(part.groups))
        configs += part.configs
        count += part.error_count
    return ConfigInfos(name, count, list(groups), configs)
