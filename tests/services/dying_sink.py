# SPDX-License-Identifier: Apache-2.0
"""Sinks of files that die at a step of their own choice, and what is to be true after that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from tests.services.standalone_worker import StandaloneWorker

__all__ = ["QUICK", "Numbered", "check_each_once", "die_at_each", "install", "restart"]

_PLUGIN = Path(__file__).parent / "plugins" / "dying_sink.py"
QUICK = {  # brokers know soon that a task died
    "consumer.override.auto.offset.reset": "earliest",
    "consumer.override.session.timeout.ms": "1500",
    "consumer.override.heartbeat.interval.ms": "400",
}


class Numbered(Protocol):
    """A topic of numbered records that a sink writes to files."""

    topic: str

    def settings(self, **more: str) -> dict[str, str]:
        """Return the settings of a sink for the topic; ``_`` stands for a dot."""
        ...

    def produce(self, count: int) -> None:
        """Write so many more records to each partition."""
        ...


def install(plugins: Path) -> None:
    """Put ``org.example.DyingSink`` and ``org.example.DyingS3Sink`` on a ``plugin.path``."""
    information = plugins / "dying" / "dying_sink-1.0.dist-info"
    information.mkdir(parents=True)
    (plugins / "dying" / "dying_sink.py").write_text(_PLUGIN.read_text())
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: dying-sink\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(
        "[barnabas.sink_connectors]\n"
        "org.example.DyingSink = dying_sink:DyingSink\n"
        "org.example.DyingS3Sink = dying_sink:DyingS3Sink\n"
    )


def restart(worker: StandaloneWorker, connector: str) -> None:
    """Start a task that failed."""
    answer = worker.request("POST", f"/connectors/{connector}/tasks/0/restart")
    assert answer.status_code == 204, answer.text


def die_at_each(
    worker: StandaloneWorker, topic: Numbered, deaths: Sequence[Path], records: int, **more: str
) -> None:
    """Let a sink die once at each step, with new records each time; then start it again.

    Args:
        worker: Has the plugin.
        topic: Gives the connector its name.
        deaths: A file for each death, named as its step, that is there once it died.
        records: So many are written to each partition before each death.
        more: Settings.
    """
    name = topic.topic
    for marker in deaths:
        topic.produce(records)
        settings = topic.settings(die_at=marker.name, die_marker=str(marker), **more)
        worker.put_connector(name, settings)
        worker.wait_until(marker.exists, 30, f"death at {marker.name}")
        worker.wait_until_failed(name)
    restart(worker, name)


def check_each_once(found: Iterable[tuple[int, int]], partitions: int, count: int) -> None:
    """Check that each number from 0 was found once for each partition, and nothing else."""
    rows = Counter(found)
    wanted = {(one, number) for one in range(partitions) for number in range(count)}
    repeated = {row for row, times in rows.items() if times > 1}
    assert (sorted(wanted - set(rows)), sorted(set(rows) - wanted)) == ([], [])
    assert sorted(repeated) == []
