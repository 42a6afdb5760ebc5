# SPDX-License-Identifier: Apache-2.0
"""What differs between Python's database drivers: connecting, streaming, catalogues."""

from __future__ import annotations

from barnabas.connectors.jdbc.drivers.choice import choose_driver
from barnabas.connectors.jdbc.drivers.driver import Driver, RowStream

__all__ = ["Driver", "RowStream", "choose_driver"]
