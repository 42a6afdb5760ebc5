# SPDX-License-Identifier: Apache-2.0
"""The nine types of settings, and how their texts are read and shown.

Settings arrive as texts. `parse_type` turns a text into the Python value of its type and refuses
everything else with the same sentence as Java; `format_value` goes the other way for REST answers.

=========  ====================  =======================================================
type       Python value          text
=========  ====================  =======================================================
BOOLEAN    bool                  ``true`` or ``false``, any case
STRING     str                   trimmed
INT        int, 32 bits          decimal, sign allowed
SHORT      int, 16 bits          decimal, sign allowed
LONG       int, 64 bits          decimal, sign allowed
DOUBLE     float                 decimal or hexadecimal, exponent, ``NaN``, ``Infinity``
LIST       list of str           split at commas; blanks around a comma do not count
CLASS      str, the class' name  trimmed; checked only where a `ClassFinder` is given
PASSWORD   Password              trimmed
=========  ====================  =======================================================

Source:
    reference/configs.md, section 1; Apache Kafka ConfigDef.parseType.
"""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from barnabas.config.password import Password
from barnabas.errors import ConfigError, PluginError

__all__ = [
    "NO_DEFAULT",
    "ClassFinder",
    "ConfigType",
    "Importance",
    "NoDefault",
    "Width",
    "format_value",
    "invalid_value",
    "java_text",
    "parse_type",
    "trim",
]

ClassFinder: TypeAlias = Callable[[str], str]
"""Takes the text of a CLASS setting and returns the full name of that class.

Raises `PluginError` or `ConfigError` when there is none.
"""


class ConfigType(enum.Enum):
    """The type of a setting; the value is the name REST answers use."""

    BOOLEAN = "BOOLEAN"
    STRING = "STRING"
    INT = "INT"
    SHORT = "SHORT"
    LONG = "LONG"
    DOUBLE = "DOUBLE"
    LIST = "LIST"
    CLASS = "CLASS"
    PASSWORD = "PASSWORD"  # noqa: S105 - the name of a type, not a secret


class Importance(enum.Enum):
    """How likely a user has to look at a setting."""

    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class Width(enum.Enum):
    """How wide an input field for the setting should be."""

    NONE = "NONE"
    SHORT = "SHORT"
    MEDIUM = "MEDIUM"
    LONG = "LONG"


class NoDefault(enum.Enum):
    """The type of `NO_DEFAULT`."""

    NO_DEFAULT = "NO_DEFAULT"


NO_DEFAULT: Final = NoDefault.NO_DEFAULT
"""Stands in the place of a default value: the setting is required."""

_BITS: Final = {ConfigType.SHORT: 16, ConfigType.INT: 32, ConfigType.LONG: 64}
_WIDER_INTEGERS: Final = {
    ConfigType.SHORT: "16-bit integer (short)",
    ConfigType.INT: "32-bit integer",
    ConfigType.LONG: "64-bit integer (long)",
}
_INTEGER: Final = re.compile(r"[+-]?\d+")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_HEXADECIMAL: Final = re.compile(
    r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+"
)
_NOT_FINITE: Final = re.compile(r"[+-]?(?:NaN|Infinity)")
_COMMA: Final = re.compile(r"[ \t\n\x0b\f\r]*,[ \t\n\x0b\f\r]*")
_BLANK: Final = "".join(map(chr, range(0x21)))


def trim(text: str) -> str:
    """Cut what Java cuts: characters up to U+0020 at both ends, no other white space."""
    return text.strip(_BLANK)


def java_text(value: object) -> str:
    """Show a value as Java's string concatenation does: ``null``, ``true``, ``[a, b]``, ``1.0``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _java_double(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(java_text(item) for item in value) + "]"
    if isinstance(value, dict):
        pairs = (f"{java_text(key)}={java_text(item)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    return str(value)


def _java_double(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = format(value, "f") if abs(value) >= 1e16 else repr(value)
        return text if "." in text else text + ".0"
    mantissa, _, exponent = _shortest_scientific(value).partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


def _shortest_scientific(value: float) -> str:
    for digits in range(17):
        text = f"{value:.{digits}e}"
        if float(text) == value:
            break
    return text


def invalid_value(name: str, value: object, message: str | None = None) -> ConfigError:
    """Make the error Java gives for a wrong value."""
    tail = "" if message is None else f": {message}"
    text = f"Invalid value {java_text(value)} for configuration {name}{tail}"
    return ConfigError(text)


def parse_type(
    name: str, value: object, kind: ConfigType, find_class: ClassFinder | None = None
) -> object:
    """Turn a raw value, usually a text, into the value of its type; None stays None.

    Values that already have the type are passed on.

    Raises:
        ConfigError: The value is not one of that type. The text names the setting and the value;
            a value of a PASSWORD is never shown.
    """
    if value is None:
        return None
    text = trim(value) if isinstance(value, str) else None
    if kind is ConfigType.CLASS:
        return _parse_class(name, value, text, find_class)
    if kind in _BITS:
        return _parse_integer(name, value, text, kind)
    return _PARSERS[kind](name, value, text)


def _unexpected(wanted: str, value: object) -> str:
    return f"Expected value to be {wanted}, but it was a {type(value).__name__}"


def _parse_boolean(name: str, value: object, text: str | None) -> bool:
    if isinstance(value, bool):
        return value
    if text is not None and text.lower() in ("true", "false"):
        return text.lower() == "true"
    raise invalid_value(name, value, "Expected value to be either true or false")


def _parse_string(name: str, value: object, text: str | None) -> str:
    if text is None:
        raise invalid_value(name, value, _unexpected("a string", value))
    return text


def _parse_password(name: str, value: object, text: str | None) -> Password:
    if isinstance(value, Password):
        return value
    if text is None:
        raise invalid_value(name, Password(""), _unexpected("a string", value))
    return Password(text)


def _parse_list(name: str, value: object, text: str | None) -> list[str]:
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    if text is None:
        raise invalid_value(name, value, "Expected a comma separated list.")
    return _COMMA.split(text) if text else []


def _parse_class(name: str, value: object, text: str | None, find_class: ClassFinder | None) -> str:
    if text is None:
        raise invalid_value(name, value, "Expected a Class instance or class name.")
    if find_class is None:
        return text
    try:
        return find_class(text)
    except (PluginError, ConfigError) as error:
        message = f"Class {java_text(value)} could not be found."
        raise invalid_value(name, value, message) from error


def _parse_double(name: str, value: object, text: str | None) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if text is None:
        raise invalid_value(name, value, _unexpected("a double", value))
    if _NOT_FINITE.fullmatch(text):
        return float(text)
    digits = text[:-1] if text[-1:] and text[-1] in "fFdD" else text
    if _DECIMAL.fullmatch(digits):
        return float(digits)
    if _HEXADECIMAL.fullmatch(text):
        return float.fromhex(text)
    raise invalid_value(name, value, "Not a number of type DOUBLE")


def _parse_integer(name: str, value: object, text: str | None, kind: ConfigType) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif text is None:
        raise invalid_value(name, value, _unexpected(f"a {_WIDER_INTEGERS[kind]}", value))
    elif _INTEGER.fullmatch(text) and len(text) <= 64:
        number = int(text)
    else:
        raise invalid_value(name, value, f"Not a number of type {kind.value}")
    limit = 1 << (_BITS[kind] - 1)
    if not -limit <= number < limit:
        raise invalid_value(name, value, f"Not a number of type {kind.value}")
    return number


_PARSERS: Final[Mapping[ConfigType, Callable[[str, object, str | None], object]]] = {
    ConfigType.BOOLEAN: _parse_boolean,
    ConfigType.STRING: _parse_string,
    ConfigType.PASSWORD: _parse_password,
    ConfigType.LIST: _parse_list,
    ConfigType.DOUBLE: _parse_double,
}


def format_value(value: object, kind: ConfigType | None) -> str | None:
    """Show a parsed value as REST answers do: lists joined with commas, secrets hidden."""
    if value is None:
        return None
    if kind is ConfigType.LIST and isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return java_text(value)
