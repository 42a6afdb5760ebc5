# SPDX-License-Identifier: Apache-2.0
"""A standalone worker as users run it: the installed program in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.services.worker_process import STRINGS, WorkerProcess

__all__ = ["PROGRAM", "STRINGS", "StandaloneWorker"]

PROGRAM = Path(sys.executable).with_name("barnabas")


class StandaloneWorker(WorkerProcess):
    """``barnabas standalone`` with a worker file in a folder.

    Args:
        folder: Where the worker file, the offsets and the log are.
        bootstrap_servers: The brokers.
        settings: More settings, or other ones.
        files: Connector files, as they stand on the command line.
        environment: More environment variables.
    """

    def __init__(
        self,
        folder: Path,
        bootstrap_servers: str,
        *,
        settings: Mapping[str, str] | None = None,
        files: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        usual = {
            "bootstrap.servers": bootstrap_servers,
            "key.converter": STRINGS,
            "value.converter": STRINGS,
            "offset.storage.file.filename": str(folder / "connect.offsets"),
            "offset.flush.interval.ms": "500",
        }
        super().__init__(folder, {**usual, **(settings or {})}, environment=environment)
        self._files = files

    def command(self, file: Path) -> Sequence[str | Path]:
        """Return the program with the worker file and the connector files."""
        return [PROGRAM, "standalone", file, *self._files]
