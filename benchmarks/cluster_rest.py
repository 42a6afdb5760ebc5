# SPDX-License-Identifier: Apache-2.0
"""Latency of reads on a cluster that is quiet, and on one that rebalances all the time.

    python -m benchmarks.cluster_rest [--bootstrap-servers HOST:PORT] [--java-libs DIR]

Three workers, ten steady sources of three tasks. One client in a process of its own, with one
connection kept alive, asks a worker that does not lead for one path after another. *Rebalancing*: a
connector is created and deleted again and again, and another worker is stopped (SIGTERM) and
started again; statuses RUNNING or UNASSIGNED in that time are counted to show that work moved.
Answers other than 200 are counted as failures.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import http.client
import multiprocessing
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.broker import broker
from benchmarks.clusters import Cluster, Peer, call, clean_up, peers, steady
from benchmarks.options import add_options
from benchmarks.report import RESULTS, show, write

CONNECTORS = 10
TASKS_EACH = 3
TASKS = CONNECTORS * TASKS_EACH
RATE = 5
PAUSE_S = 0.002
PATHS = (
    "/connectors",
    "/connectors?expand=status&expand=info",
    "/connectors/steady0",
    "/connectors/steady0/config",
    "/connectors/steady0/status",
    "/connectors/steady0/tasks",
    "/connectors/steady0/tasks/0/status",
)


def ask(port: int, until_s: float) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Ask for all paths in turn until a time; returns latencies (ms) and failures by path."""
    times: dict[str, list[float]] = {path: [] for path in PATHS}
    failures = dict.fromkeys(PATHS, 0)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=95)
    while time.time() < until_s:
        for path in PATHS:
            began_at = time.perf_counter()
            try:
                connection.request("GET", path)
                answer = connection.getresponse()
                answer.read()
                failures[path] += answer.status != 200
            except (OSError, http.client.HTTPException):
                failures[path] += 1
                connection.close()
            times[path].append((time.perf_counter() - began_at) * 1000)
            time.sleep(PAUSE_S)
    return times, failures


def measure(peer: Peer, folder: Path, address: str, seconds: float) -> dict[str, Any]:
    """Both phases on one cluster."""
    settings = {"scheduled.rebalance.max.delay.ms": 0}
    context = multiprocessing.get_context("spawn")
    with (
        clean_up(Cluster(peer, folder, address, settings)) as cluster,
        concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as client,
    ):
        topic = f"{cluster.group}-records"
        cluster.create_topic(topic)
        cluster.start_workers(3)
        for number in range(CONNECTORS):
            cluster.create(steady(f"steady{number}", topic, TASKS_EACH, RATE))
        cluster.wait_until_balanced(TASKS, 3)
        port = cluster.workers[1].port
        client.submit(ask, port, time.time() + 2).result()  # both warm up
        quiet = client.submit(ask, port, time.time() + seconds).result()
        began_ms = time.time() * 1000
        busy = client.submit(ask, port, time.time() + seconds)
        rounds = disturb(cluster, topic, busy)
        written = len(cluster.statuses.since(began_ms))
        return {
            **figures("quiet", *quiet),
            "rebalancing: connectors created and deleted": rounds,
            "rebalancing: statuses written": written,
            **figures("rebalancing", *busy.result()),
        }


def disturb(cluster: Cluster, topic: str, until: concurrent.futures.Future[Any]) -> int:
    """Rebalance until the client is done; returns how many connectors came and went."""
    rounds, leader, bounced = 0, cluster.workers[0], cluster.workers[2]
    while not until.done():
        if not bounced.is_alive:
            bounced.launch()
        elif rounds % 6 == 5:
            bounced.process.terminate()
        cluster.create(steady(f"guest{rounds}", topic, 2, RATE), leader)
        time.sleep(0.5)
        while call(leader.port, "DELETE", f"/connectors/guest{rounds}")[0] == 409:
            time.sleep(0.05)
        rounds += 1
    return rounds


def figures(phase: str, times: dict[str, list[float]], failures: dict[str, int]) -> dict[str, Any]:
    """p50, p99 and the longest of each path and of all together."""
    everything = sorted(ms for each in times.values() for ms in each)
    found: dict[str, Any] = {
        f"{phase}: requests": len(everything),
        f"{phase}: not 200": sum(failures.values()),
        f"{phase}: all, p50 ms": statistics.median(everything),
        f"{phase}: all, p99 ms": percentile(everything),
        f"{phase}: all, longest ms": everything[-1],
    }
    for path, each in times.items():
        found[f"{phase}: {path}, p99 ms"] = percentile(sorted(each))
    return found


def percentile(ordered: list[float]) -> float:
    return ordered[int(len(ordered) * 0.99)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser, RESULTS / "cluster_rest.json")
    parser.add_argument("--java-libs", type=Path, help="directory of Java Connect's jars")
    parser.add_argument("--seconds", type=float, default=20, help="length of each phase")
    options = parser.parse_args()
    results = []
    with (
        tempfile.TemporaryDirectory(prefix="barnabas-bench-") as folder,
        broker(options.bootstrap_servers) as address,
    ):
        for peer in peers(options.peers, options.java_libs):
            found = measure(peer, Path(folder), address, options.seconds)
            results.append({"peer": peer.name, **found})
    show("GET latency of a worker of three", results)
    write(options.json, results, seconds=options.seconds)


if __name__ == "__main__":
    main()
