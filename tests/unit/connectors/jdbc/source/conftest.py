# SPDX-License-Identifier: Apache-2.0
"""A database for the tests of the source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.connectors.jdbc.source.source_context import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A SQLite database with an empty table of orders."""
    made = Shop(tmp_path)
    yield made
    made.raw.close()
