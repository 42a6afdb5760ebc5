# SPDX-License-Identifier: Apache-2.0
"""The Kafka broker of a measurement: Java's usual options and 1 GB of heap."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.services.kafka import KafkaCluster

__all__ = ["broker"]


@contextlib.contextmanager
def broker(bootstrap_servers: str | None = None) -> Iterator[str]:
    """The address of a broker: the one that is given, or one started and ended here."""
    if bootstrap_servers is not None:
        yield bootstrap_servers
        return
    with tempfile.TemporaryDirectory(prefix="barnabas-bench-broker-") as folder:
        kafka = KafkaCluster(Path(folder), jvm=["-Xmx1g"])
        try:
            kafka.start()
            yield kafka.bootstrap_servers
        finally:
            kafka.stop()
