# SPDX-License-Identifier: Apache-2.0
"""A worker of three dies: how long its tasks are away, and whether the others notice.

    python -m benchmarks.cluster_failover [--bootstrap-servers HOST:PORT] [--java-libs DIR]

Three workers share ten steady sources of three tasks, 20 records a second and task. One worker (not
the leader) is killed with ``kill -9``:

* *delay 0*: until all its tasks are RUNNING on the others, by the status topic, and how long each
  task's records paused. Three times, because it depends on where between two heartbeats (0.5 s,
  Java's 3 s) the worker dies and the others hear of it; other figures are those of the last time;
* *default delay* (``scheduled.rebalance.max.delay.ms=300000``): the worker starts again 12 s after
  its death, when the others have noticed; from exec until it is healthy and has its tasks back. A
  peer that takes longer than ``--give-up-s`` is stopped waiting for.

Undisturbed tasks wrote no status and paused no longer than before the death.
"""

from __future__ import annotations

import argparse
import tempfile
import time
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
from benchmarks.streams import disturbance, longest_gap_ms, read_streams

WORKERS = 3
CONNECTORS = 10
TASKS_EACH = 3
TASKS = CONNECTORS * TASKS_EACH
RATE = 20
QUIET_S = 6.0
NOTICED_S = 12.0


def prepare(cluster: Cluster) -> str:
    """Start the workers and the sources; returns the sources' topic once all is quiet."""
    topic = f"{cluster.group}-records"
    cluster.create_topic(topic)
    cluster.start_workers(WORKERS)
    for number in range(CONNECTORS):
        cluster.create(steady(f"steady{number}", topic, TASKS_EACH, RATE))
    cluster.wait_until_balanced(TASKS, WORKERS)
    time.sleep(QUIET_S)
    return topic


def measure_takeover(peer: Peer, folder: Path, address: str, rounds: int) -> dict[str, Any]:
    """Delay 0: the others take over; the dead worker comes back before it dies again."""
    settings = {"scheduled.rebalance.max.delay.ms": 0}
    with clean_up(Cluster(peer, folder, address, settings)) as cluster:
        topic = prepare(cluster)
        found = []
        for number in range(rounds):
            if number:
                cluster.workers[-1].launch()
                cluster.wait_until_balanced(TASKS, WORKERS)
                # Java's heartbeats are every 3 s: no two deaths at the same time between two.
                time.sleep(QUIET_S + number * 1.1)
            found.append(takeover(cluster, topic))
        times = [one["all lost tasks RUNNING elsewhere, s"] for one in found]
        return {
            "deaths": rounds,
            "all lost tasks RUNNING elsewhere, shortest s": min(times),
            "all lost tasks RUNNING elsewhere, longest s": max(times),
            **found[-1],
            "each": found,
        }


def takeover(cluster: Cluster, topic: str) -> dict[str, Any]:
    """Kill a worker and wait until its tasks run elsewhere."""
    victim = cluster.workers[-1]
    lost = cluster.tasks_of(victim)
    killed_ms = time.time() * 1000
    victim.kill()

    def taken_over(current: dict[Instance, Status]) -> bool:
        return all(
            current[task].state == "RUNNING" and current[task].worker != victim.worker_id
            for task in lost
        )

    done_ms = cluster.wait_until("the lost tasks RUNNING elsewhere", taken_over)
    time.sleep(3)
    restarts = [
        status.at_ms - killed_ms
        for status in cluster.statuses.since(killed_ms)
        if status.instance in lost and status.state == "RUNNING"
    ]
    streams = read_streams(cluster.bootstrap_servers, topic)
    pause_ms = longest_gap_ms((streams[task] for task in lost), killed_ms, done_ms + 3000)
    return {
        "tasks lost": len(lost),
        "first lost task RUNNING elsewhere, s": min(restarts) / 1000,
        "all lost tasks RUNNING elsewhere, s": (done_ms - killed_ms) / 1000,
        "longest pause of a lost task's records, s": pause_ms / 1000,
        "records missing": sum(stream.missing() for stream in streams.values()),
        **disturbance(streams, cluster.statuses, lost, (killed_ms, done_ms)),
    }


def measure_return(peer: Peer, folder: Path, address: str, give_up_s: float) -> dict[str, Any]:
    """Default delay: the worker comes back to its tasks."""
    with clean_up(Cluster(peer, folder, address)) as cluster:
        topic = prepare(cluster)
        victim = cluster.workers[-1]
        lost = cluster.tasks_of(victim)
        killed_ms = time.time() * 1000
        victim.kill()
        time.sleep(NOTICED_S)
        returned_ms = time.time() * 1000
        victim.launch()
        healthy_s = wait_until_healthy(victim) - returned_ms / 1000

        def has_work(current: dict[Instance, Status]) -> bool:
            back = [
                status
                for (_, task), status in current.items()
                if task is not None
                and status.worker == victim.worker_id
                and status.state == "RUNNING"
                and status.at_ms > returned_ms
            ]
            return len(back) >= len(lost)

        back_ms = cluster.statuses.wait_for(has_work, give_up_s - healthy_s)
        own = cluster.tasks_of(victim) == lost if back_ms else None
        end_ms = back_ms or time.time() * 1000
        streams = read_streams(address, topic)
        return {
            "exec -> healthy, s": healthy_s,
            "exec -> has its tasks back, s": (
                (back_ms - returned_ms) / 1000 if back_ms else f"> {give_up_s:.0f}"
            ),
            "healthy -> has its tasks back, s": (
                (back_ms - returned_ms) / 1000 - healthy_s if back_ms else None
            ),
            "they are the ones it had": own,
            **disturbance(streams, cluster.statuses, lost, (killed_ms, end_ms)),
        }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser, RESULTS / "cluster_failover.json")
    parser.add_argument("--java-libs", type=Path, help="directory of Java Connect's jars")
    parser.add_argument("--give-up-s", type=float, default=40, help="after exec of the returner")
    parser.add_argument("--deaths", type=int, default=3, help="of the case takeover")
    parser.add_argument("--cases", default="takeover,return", help="which of the two")
    options = parser.parse_args()
    results: dict[str, list[dict[str, Any]]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="barnabas-bench-") as folder,
        broker(options.bootstrap_servers) as address,
    ):
        for peer in peers(options.peers, options.java_libs):
            if "takeover" in options.cases:
                found = measure_takeover(peer, Path(folder), address, options.deaths)
                results.setdefault("kill -9, delay 0", []).append({"peer": peer.name, **found})
            if "return" in options.cases:
                found = measure_return(peer, Path(folder), address, options.give_up_s)
                title = "kill -9 and return, default delay"
                results.setdefault(title, []).append({"peer": peer.name, **found})
    for title, rows in results.items():
        show(title, rows)
    write(options.json, [{"case": case, **row} for case, rows in results.items() for row in rows])


if __name__ == "__main__":
    main()
