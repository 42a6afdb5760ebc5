# SPDX-License-Identifier: Apache-2.0
"""A distributed worker as users run it: the installed program in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.services.standalone_worker import PROGRAM
from tests.services.worker_process import WorkerProcess, distributed_settings

__all__ = ["DistributedWorker"]


class DistributedWorker(WorkerProcess):
    """``barnabas distributed`` with a worker file in a folder.

    Args:
        folder: Where the worker file and the log are.
        bootstrap_servers: The brokers.
        group: The ``group.id``; the three topics are named after it.
        settings: More settings, or other ones.
        environment: More environment variables.
    """

    def __init__(
        self,
        folder: Path,
        bootstrap_servers: str,
        group: str,
        *,
        settings: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        usual = distributed_settings(bootstrap_servers, group)
        super().__init__(folder, {**usual, **(settings or {})}, environment=environment)

    def command(self, file: Path) -> Sequence[str | Path]:
        """Return the program with the worker file."""
        return [PROGRAM, "distributed", file]
