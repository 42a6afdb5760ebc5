# SPDX-License-Identifier: Apache-2.0
"""The Parquet files that arrive: each is looked at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Arrival", "Lake"]


class Arrival(NamedTuple):
    """A file and its rows."""

    path: Path
    rows: list[dict[str, Any]]


class Lake:
    """A directory of Parquet files.

    Args:
        directory: Looked at with all below it; need not exist yet.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._seen: set[Path] = set()
        self.rows = 0
        """How many rows were in the files that `arrivals` gave."""

    @property
    def files(self) -> int:
        """How many files `arrivals` gave."""
        return len(self._seen)

    def arrivals(self) -> Iterator[Arrival]:
        """Read files that were not there before, in the order of their offsets."""
        from pyarrow import parquet

        found = set(self._directory.glob("**/*.parquet")) - self._seen
        for path in sorted(found, key=lambda path: path.name):
            with parquet.ParquetFile(path) as file:
                rows: list[dict[str, Any]] = file.read().to_pylist()
            self._seen.add(path)
            self.rows += len(rows)
            yield Arrival(path.relative_to(self._directory), rows)
