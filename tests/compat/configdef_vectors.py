# SPDX-License-Identifier: Apache-2.0
"""Answers vectors of the kind ``configdef``; notation: VECTORS.md beside the vectors."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from barnabas.config import (
    NO_DEFAULT,
    ConfigDef,
    ConfigType,
    Password,
    Validator,
    case_insensitive_valid_string,
    composite,
    format_value,
    list_size,
    non_empty,
    non_empty_no_control,
    non_null,
    range_between,
    valid_list,
    valid_string,
)
from barnabas.errors import ConfigError, PluginError

_TAGS = {
    ConfigType.BOOLEAN: "bool",
    ConfigType.STRING: "str",
    ConfigType.SHORT: "i16",
    ConfigType.INT: "i32",
    ConfigType.LONG: "i64",
    ConfigType.DOUBLE: "f64",
    ConfigType.CLASS: "class",
}
_JVM = ("java.", "javax.", "org.apache.kafka.")


def configdef(vector: dict[str, Any]) -> dict[str, Any]:
    try:
        definition = ConfigDef()
        for key in vector["def"]:
            _define(definition, key)
    except ConfigError as error:
        return _error(error, "configure")
    props = vector["props"]
    validated = {
        value.name: {
            "value": encode_setting(value.value, definition[value.name].type),
            "errors": value.errors,
        }
        for value in definition.validate(props, _find_class)
    }
    try:
        parsed = definition.parse(props, _find_class)
    except ConfigError as error:
        return {**_error(error, "parse"), "validate": validated}
    tagged = {name: encode_setting(value, definition[name].type) for name, value in parsed.items()}
    return {"parsed": tagged, "validate": validated}


def _define(definition: ConfigDef, key: dict[str, Any]) -> None:
    check = key.get("validator")
    definition.define(
        key["name"],
        ConfigType[key["type"].upper()],
        key.get("default", NO_DEFAULT),
        "",
        validator=None if check is None else _validator(check),
    )


def _validator(spec: dict[str, Any]) -> Validator:
    makers: dict[str, Callable[[], Validator]] = {
        "range": lambda: range_between(spec["min"], spec.get("max")),
        "valid_string": lambda: valid_string(*spec["values"]),
        "case_insensitive_valid_string": lambda: case_insensitive_valid_string(*spec["values"]),
        "valid_list": lambda: valid_list(*spec["values"]),
        "non_empty": non_empty,
        "non_empty_no_control": non_empty_no_control,
        "list_size": lambda: list_size(spec["max"]),
        "non_null": non_null,
        "composite": lambda: composite(*map(_validator, spec["of"])),
    }
    return makers[spec["kind"]]()


def _find_class(name: str) -> str:
    """The classes Java finds: those of the platform, taken by their package, as a worker does."""
    if name.startswith(_JVM):
        return name
    raise PluginError(f"there is no class {name}")


def _error(error: ConfigError, phase: str) -> dict[str, Any]:
    return {"error": "ConfigException", "message": error.message, "phase": phase}


def encode_setting(value: object, kind: ConfigType) -> dict[str, Any] | None:
    """Write the value of a setting in the notation of the vectors."""
    if value is None:
        return None
    if isinstance(value, Password):
        return {"t": "password", "v": value.value}
    if isinstance(value, list):
        return {"t": "list", "v": [{"t": "str", "v": item} for item in value]}
    if isinstance(value, float) and not math.isfinite(value):
        return {"t": "f64", "v": format_value(value, kind)}
    return {"t": _TAGS[kind], "v": value}
