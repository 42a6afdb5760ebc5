# SPDX-License-Identifier: Apache-2.0
"""JsonConverter: JSON with or without its schema beside it.

``converter`` is the class itself; ``envelope`` turns schemas into JSON and back and cuts messages
into schema and payload; ``writing`` and ``reading`` hold the functions compiled for one schema;
``text`` knows how Java's JSON library spells things.
"""

from barnabas.converters.json.converter import JsonConverter
from barnabas.converters.json.settings import JsonConverterConfig, Rules

__all__ = ["JsonConverter", "JsonConverterConfig", "Rules"]
