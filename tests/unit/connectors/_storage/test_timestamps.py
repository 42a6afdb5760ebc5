# SPDX-License-Identifier: Apache-2.0
"""Times of records."""

from __future__ import annotations

from barnabas.connectors._storage.timestamps import TimestampExtractor


def test_an_extractor_looks_at_records_unless_it_says_otherwise() -> None:
    assert not TimestampExtractor.is_wall_clock
