# SPDX-License-Identifier: Apache-2.0
"""What differs between databases in SQL: names, types, statements, values."""

from __future__ import annotations

from barnabas.connectors.jdbc.dialects.choice import choose_dialect, dialect_names
from barnabas.connectors.jdbc.dialects.dialect import Dialect, SinkField, Statement

__all__ = ["Dialect", "SinkField", "Statement", "choose_dialect", "dialect_names"]
