# SPDX-License-Identifier: Apache-2.0
"""A third worker joins two busy ones; then a connector is added: who waits, and how long.

    python -m benchmarks.cluster_join [--bootstrap-servers HOST:PORT] [--java-libs DIR]

Two workers share ten steady sources of three tasks, 20 records a second and task. A third worker is
started: from exec until it is healthy, and until each worker has ten tasks that are RUNNING, by the
status topic. Of the tasks that move: from UNASSIGNED to RUNNING, and how long their records paused.
Of those that do not: whether a record was lost, repeated or late. Then one more connector with one
task is created, and the same is asked of all thirty.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.broker import broker
from benchmarks.clusters import (
    Cluster,
    Instance,
    Peer,
    Status,
    clean_up,
    peers,
    steady,
    wait_until_healthy,
)
from benchmarks.options import add_options
from benchmarks.report import RESULTS, show, write
from benchmarks.streams import disturbance, read_streams

CONNECTORS = 10
TASKS_EACH = 3
TASKS = CONNECTORS * TASKS_EACH
RATE = 20
QUIET_S = 8.0


def measure(peer: Peer, folder: Path, address: str, delay_ms: int) -> list[dict[str, Any]]:
    """Both cases, in one cluster."""
    settings = {"scheduled.rebalance.max.delay.ms": delay_ms}
    with clean_up(Cluster(peer, folder, address, settings)) as cluster:
        topic = f"{cluster.group}-records"
        cluster.create_topic(topic)
        cluster.start_workers(2)
        for number in range(CONNECTORS):
            cluster.create(steady(f"steady{number}", topic, TASKS_EACH, RATE))
        cluster.wait_until_balanced(TASKS, 2)
        time.sleep(QUIET_S)
        return [join(cluster, topic), add_connector(cluster, topic)]


def join(cluster: Cluster, topic: str) -> dict[str, Any]:
    """Add a worker."""
    before = {instance: s.worker for instance, s in cluster.statuses.current().items()}
    worker = cluster.add_worker()
    launched_ms = time.time() * 1000
    worker.launch()
    healthy_s = wait_until_healthy(worker) - launched_ms / 1000
    balanced_ms = cluster.wait_until_balanced(TASKS, 3)
    time.sleep(QUIET_S)
    current = cluster.statuses.current()
    moved = {i for i, s in current.items() if i[1] is not None and s.worker != before[i]}
    stops = list(stops_ms(cluster.statuses.since(launched_ms), moved))
    streams = read_streams(cluster.bootstrap_servers, topic)
    pauses = [max(streams[task].gaps_ms(launched_ms, balanced_ms + 3000)) for task in moved]
    return {
        "exec -> healthy, s": healthy_s,
        "exec -> balanced, s": (balanced_ms - launched_ms) / 1000,
        "tasks that moved": len(moved),
        "moved: UNASSIGNED -> RUNNING, mean ms": mean(stops),
        "moved: UNASSIGNED -> RUNNING, longest ms": max(stops, default=None),
        "moved: pause of the records, mean ms": mean(pauses),
        "moved: pause of the records, longest ms": max(pauses, default=None),
        "records missing": sum(stream.missing() for stream in streams.values()),
        **disturbance(streams, cluster.statuses, moved, (launched_ms, balanced_ms + 1000)),
    }


def add_connector(cluster: Cluster, topic: str) -> dict[str, Any]:
    """Add a connector with one task."""
    asked_ms = time.time() * 1000
    cluster.create(steady("late", topic, 1, RATE))
    created_ms = time.time() * 1000

    def runs(current: dict[Instance, Status]) -> bool:
        instances: list[Instance] = [("late", None), ("late", 0)]
        return all(i in current and current[i].state == "RUNNING" for i in instances)

    running_ms = cluster.wait_until("the new task RUNNING", runs)
    time.sleep(QUIET_S)
    streams = read_streams(cluster.bootstrap_servers, topic)
    return {
        "POST -> 201, s": (created_ms - asked_ms) / 1000,
        "POST -> its task RUNNING, s": (running_ms - asked_ms) / 1000,
        "POST -> its first record, s": (streams[("late", 0)].times_ms[0] - asked_ms) / 1000,
        **disturbance(streams, cluster.statuses, {("late", 0)}, (asked_ms, running_ms + 1000)),
    }


def stops_ms(statuses: Iterable[Status], tasks: set[Instance]) -> Iterable[float]:
    """How long each task that moved was not RUNNING, by its statuses."""
    stopped: dict[Instance, float] = {}
    for status in statuses:
        if status.instance in tasks and status.state == "UNASSIGNED":
            stopped.setdefault(status.instance, status.at_ms)
        elif status.instance in stopped and status.state == "RUNNING":
            yield status.at_ms - stopped.pop(status.instance)


def mean(values: list[float] | list[int]) -> float | None:
    return statistics.fmean(values) if values else None


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser, RESULTS / "cluster_join.json")
    parser.add_argument("--java-libs", type=Path, help="directory of Java Connect's jars")
    parser.add_argument("--delay-ms", type=int, default=0, help="scheduled.rebalance.max.delay.ms")
    options = parser.parse_args()
    results: dict[str, list[dict[str, Any]]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="barnabas-bench-") as folder,
        broker(options.bootstrap_servers) as address,
    ):
        for peer in peers(options.peers, options.java_libs):
            cases = measure(peer, Path(folder), address, options.delay_ms)
            titles = ("a third worker joins two busy ones", "a connector is added to three")
            for title, figures in zip(titles, cases, strict=True):
                results.setdefault(title, []).append({"peer": peer.name, **figures})
    for title, rows in results.items():
        show(title, rows)
    rows = [{"case": case, **row} for case, rows in results.items() for row in rows]
    write(options.json, rows, delay_ms=options.delay_ms)


if __name__ == "__main__":
    main()
