# SPDX-License-Identifier: Apache-2.0
"""The two sides of a converter together: `SchemaWriter` and `SchemaReader`."""

from barnabas.registry.schema_reader import Group, SchemaReader
from barnabas.registry.schema_writer import CompatibilityCheck, Framed, SchemaWriter

__all__ = ["CompatibilityCheck", "Framed", "Group", "SchemaReader", "SchemaWriter"]
