# SPDX-License-Identifier: Apache-2.0
"""URLs of databases: one module per form."""

from __future__ import annotations

from barnabas.connectors.jdbc.urls.reading import read_jdbc_url
from barnabas.connectors.jdbc.urls.target import Target

__all__ = ["Target", "read_jdbc_url"]
