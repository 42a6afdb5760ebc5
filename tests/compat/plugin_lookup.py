# SPDX-License-Identifier: Apache-2.0
"""Finds the plugin that stands for a Java class of the vectors; None while it does not exist."""

from __future__ import annotations

import importlib
import importlib.util
import re
from typing import Any

_CONVERTERS = {
    "org.apache.kafka.connect.json.JsonConverter": "json:JsonConverter",
    "org.apache.kafka.connect.storage.StringConverter": "string:StringConverter",
    "org.apache.kafka.connect.storage.SimpleHeaderConverter": "simple_header:SimpleHeaderConverter",
    "org.apache.kafka.connect.converters.ByteArrayConverter": "byte_array:ByteArrayConverter",
    "org.apache.kafka.connect.converters.BooleanConverter": "boolean:BooleanConverter",
    "org.apache.kafka.connect.converters.ShortConverter": "numbers:ShortConverter",
    "org.apache.kafka.connect.converters.IntegerConverter": "numbers:IntegerConverter",
    "org.apache.kafka.connect.converters.LongConverter": "numbers:LongConverter",
    "org.apache.kafka.connect.converters.FloatConverter": "numbers:FloatConverter",
    "org.apache.kafka.connect.converters.DoubleConverter": "numbers:DoubleConverter",
}
_CONNECTOR = re.compile(r"org\.apache\.kafka\.connect\.file\.(FileStream(?:Source|Sink)Connector)")
_TRANSFORM = re.compile(r"org\.apache\.kafka\.connect\.transforms\.(\w+)(?:\$(Key|Value))?")
_PREDICATE = re.compile(r"org\.apache\.kafka\.connect\.transforms\.predicates\.(\w+)")


def find_plugin(java_name: str) -> type[Any] | None:
    """Find our class: ``Cast$Value`` is ``CastValue`` in ``barnabas.transforms.cast``."""
    if java_name in _CONVERTERS:
        module, _, name = _CONVERTERS[java_name].partition(":")
        return _load(f"barnabas.converters.{module}", name)
    found = _CONNECTOR.fullmatch(java_name)
    if found is not None:
        return _load("barnabas.connectors.file.connector", found[1])
    found = _PREDICATE.fullmatch(java_name)
    if found is not None:
        return _load(f"barnabas.predicates.{_snake_case(found[1])}", found[1])
    found = _TRANSFORM.fullmatch(java_name)
    if found is not None:
        return _load(f"barnabas.transforms.{_snake_case(found[1])}", found[1] + (found[2] or ""))
    return None


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _load(module: str, name: str) -> type[Any] | None:
    """Load a class whose module may not exist yet; a module that exists must hold it."""
    parent, _, _ = module.rpartition(".")
    if importlib.util.find_spec(parent) is None or importlib.util.find_spec(module) is None:
        return None
    plugin: type[Any] = getattr(importlib.import_module(module), name)
    return plugin
