# SPDX-License-Identifier: Apache-2.0
"""ProtobufConverter: Protobuf with schemas in a Schema Registry.

``converter`` is the class itself and all that may be imported without the extra ``protobuf``, with
``settings`` and ``rules``; ``codecs`` is what it puts together for one schema. On the way out,
``schema_writing`` describes a Connect schema as a file, ``file_text`` spells it, ``value_writing``
fills messages. On the way in, ``parsing`` reads a registry's text, ``linking`` makes classes of it,
``schema_reading`` and ``value_reading`` give Connect's view.
"""

from barnabas.converters.protobuf.converter import ProtobufConverter
from barnabas.converters.protobuf.settings import ProtobufConverterConfig

__all__ = ["ProtobufConverter", "ProtobufConverterConfig"]
