# SPDX-License-Identifier: Apache-2.0
"""AvroConverter: Avro with the schema in a Schema Registry.

``converter`` is the class itself. Schemas: ``to_avro`` and ``from_avro`` translate between Connect
and ``model``, the tree of an Avro schema that ``parsing`` reads and ``model`` writes as Java does.
Values: ``writing`` and ``reading`` hold the functions compiled for one schema, and ``codec`` puts
them together with fastavro. ``container`` writes and reads Avro's files, for connectors. The
library is imported when a converter is configured, not before.
"""

from barnabas.converters.avro.converter import AvroConverter
from barnabas.converters.avro.rules import Rules
from barnabas.converters.avro.settings import AvroConverterConfig

__all__ = ["AvroConverter", "AvroConverterConfig", "Rules"]
