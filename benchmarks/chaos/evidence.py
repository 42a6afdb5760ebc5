# SPDX-License-Identifier: Apache-2.0
"""Reads what a run left behind: the sources' topics, the sink's file, the committed offsets."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.chaos.checks import (
    Commit,
    backward_commits,
    examine_topic,
    missing_lines,
    read_group_commit,
    read_source_commit,
    repeated_lines,
)
from benchmarks.chaos.cluster import GROUP, GUESTS, SINK, SINK_TASKS, ChaosCluster
from benchmarks.chaos.lines import find_lines
from benchmarks.topics import read_topic

__all__ = ["Evidence"]

_ARRIVAL_S = 120.0
_SINK_GROUP = f"connect-{SINK}"


class Evidence:
    """What came out of a run.

    Args:
        cluster: The cluster, healed.
        written: How many lines each source's file has, now that none is added.
        calm: How many each had when all was healed: what came later must have come once.
    """

    def __init__(
        self, cluster: ChaosCluster, written: Mapping[str, int], calm: Mapping[str, int]
    ) -> None:
        self._cluster = cluster
        self._written = written
        self._calm = calm
        self.figures: dict[str, Any] = {}

    def wait_for_arrival(self) -> list[str]:
        """Wait until the last line of each source is in the sink's file."""
        deadline = time.monotonic() + _ARRIVAL_S
        while missing := self._not_arrived():
            if time.monotonic() > deadline:
                return [f"after {_ARRIVAL_S:.0f} s these had not come to the sink: {missing}"]
            time.sleep(0.5)
        return []

    def examine(self) -> list[str]:
        """All anomalies; the figures are filled in."""
        return [
            *self._topics(),
            *self._sink(),
            *self._members(),
            *self._guests(),
            *backward_commits(self._commits()),
        ]

    def _topics(self) -> Iterator[str]:
        for source, written in self._written.items():
            lines = [
                (number, record.timestamp()[1])
                for record in read_topic(
                    self._cluster.kafka.bootstrap_servers, self._cluster.topic(source)
                )
                for name, number in find_lines(record.value() or b"")
                if name == source
            ]
            passage = examine_topic(source, lines, written)
            self.figures[f"{source}: lines"] = written
            self.figures[f"{source}: lines repeated in the topic"] = passage.repeated
            self.figures[f"{source}: times it went back"] = passage.rewinds
            yield from passage.anomalies
            numbers = [number for number, _ in lines]
            yield from repeated_lines(f"topic of {source}", numbers, self._calm[source])

    def _sink(self) -> Iterator[str]:
        found: dict[str, list[int]] = defaultdict(list)
        for source, number in find_lines(self._cluster.output.read_bytes()):
            found[source].append(number)
        for source, written in self._written.items():
            numbers = found[source]
            self.figures[f"{source}: lines repeated in the sink"] = len(numbers) - len(set(numbers))
            yield from missing_lines(f"sink's lines of {source}", numbers, written)
            where = f"sink's lines of {source}"
            yield from repeated_lines(where, numbers, self._calm[source])

    def _members(self) -> Iterator[str]:
        """The sink's consumer group tells how many of its tasks really run."""
        admin = self._cluster.kafka.admin
        group = admin.describe_consumer_groups([_SINK_GROUP])[_SINK_GROUP].result()
        self.figures["consumers of the sink"] = len(group.members)
        if len(group.members) != SINK_TASKS:
            yield f"the sink has {SINK_TASKS} tasks, but {len(group.members)} consumers"

    def _guests(self) -> Iterator[str]:
        """Nobody reads the files of connectors that are deleted."""
        if GUESTS in self._cluster.kafka.topics():
            for record in read_topic(self._cluster.kafka.bootstrap_servers, GUESTS):
                for name, _ in find_lines(record.value() or b""):
                    yield f"{name} was deleted, but a task of it still reads its file"

    def failures(self) -> dict[str, int]:
        """How often a connector or task told FAILED, by the first line of why."""
        told: Counter[str] = Counter()
        for record in read_topic(self._cluster.kafka.bootstrap_servers, f"{GROUP}-status"):
            status = json.loads(record.value() or b"{}")
            if status.get("state") == "FAILED":
                told[str(status.get("trace")).splitlines()[0]] += 1
        return dict(told.most_common())

    def _commits(self) -> list[Commit]:
        commits: list[Commit] = []
        for record in read_topic(self._cluster.kafka.bootstrap_servers, f"{GROUP}-offsets"):
            commit = read_source_commit(
                record.key() or b"null", record.value(), record.timestamp()[1]
            )
            commits += [commit] if commit is not None else []
        for record in read_topic(self._cluster.kafka.bootstrap_servers, "__consumer_offsets"):
            key, at_ms = record.key() or b"", record.timestamp()[1]
            commit = read_group_commit(key, record.value(), at_ms, {_SINK_GROUP: SINK})
            commits += [commit] if commit is not None else []
        self.figures["offsets committed"] = len(commits)
        counts = Counter(commit.what for commit in commits)
        self.figures["source partitions and topic partitions they are for"] = len(counts)
        return commits

    def _not_arrived(self) -> list[str]:
        output = self._cluster.output
        found = set(find_lines(output.read_bytes())) if output.exists() else set()
        last = [(source, written) for source, written in self._written.items() if written]
        return [f"{source}:{number}" for source, number in last if (source, number) not in found]
