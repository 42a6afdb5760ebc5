# SPDX-License-Identifier: Apache-2.0
"""Many connectors on one distributed worker.

    python -m benchmarks.cluster_scale [--bootstrap-servers HOST:PORT] [--java-libs DIR]

*Hundred*: 100 ``FileStreamSource`` connectors of one task are created through REST one after
another; until all are RUNNING after the first POST, by the status topic. Then all are deleted one
after another; until every status is gone from the topic after the first DELETE. Twice in one worker
(cold, warm). Memory (PSS) is that of the worker and all its processes, 5 s after the last start;
CPU theirs, too.

*Thousand*: 1,000 connectors of one task are in the config topic when the worker starts; from exec
until ``GET /health`` says 200, with all of them STOPPED (their statuses are waited for, too),
PAUSED, or to be RUNNING (the worker is killed once it is healthy: there is no room for 1,000 tasks
on a small machine, but the worker has to answer all the same).
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import confluent_kafka

from benchmarks.broker import broker
from benchmarks.clusters import (
    Cluster,
    Instance,
    Peer,
    Status,
    call,
    clean_up,
    peers,
    wait_until_healthy,
)
from benchmarks.options import add_options
from benchmarks.processes import busy_s, cpu_s, memory_mib, tree
from benchmarks.report import RESULTS, show, write

TASK_CLASS = "org.apache.kafka.connect.file.FileStreamSourceTask"
TARGETS = {"STOPPED": "PAUSED", "PAUSED": "PAUSED", "STARTED": "STARTED"}


class Hundred:
    """Creation and deletion of many connectors."""

    def __init__(self, cluster: Cluster, folder: Path, count: int) -> None:
        self._cluster = cluster
        self._worker = cluster.workers[0]
        self._names = [f"c{number}" for number in range(count)]
        self._topic = f"{cluster.group}-lines"
        self._file = folder / f"{cluster.group}.txt"
        self._file.write_text("a line\n" * 100)
        cluster.create_topic(self._topic)

    def measure(self, run: str) -> dict[str, Any]:
        """Create all, delete all."""
        pid = self._worker.process.pid
        before_mib, before_cpu_s, busy_before_s = memory_mib(pid)[0], cpu_s(pid), busy_s()
        began_s = time.time()
        posts = [self._post(name) for name in self._names]
        running_s = self._cluster.wait_until("all RUNNING", self._all_run, 300) / 1000 - began_s
        start_cpu_s = cpu_s(pid) - before_cpu_s
        other = (busy_s() - busy_before_s - start_cpu_s) / (time.time() - began_s)
        time.sleep(5)
        processes, (pss, rss) = len(tree(pid)), memory_mib(pid)
        before_cpu_s = cpu_s(pid)
        time.sleep(3)
        idle_cores = (cpu_s(pid) - before_cpu_s) / 3
        before_cpu_s, began_s = cpu_s(pid), time.time()
        deletes = [self._delete(name) for name in self._names]
        self._cluster.wait_until("all statuses gone", lambda current: not current, 300)
        gone_s = time.time() - began_s
        assert call(self._worker.port, "GET", "/connectors") == (200, [])
        return {
            f"{run}: first POST -> all RUNNING, s": running_s,
            f"{run}: a POST, mean ms": 1000 * sum(posts) / len(posts),
            f"{run}: a POST, longest ms": 1000 * max(posts),
            f"{run}: CPU of starting, s": start_cpu_s,
            f"{run}: other load meanwhile, cores": other,
            f"{run}: PSS before, MiB": before_mib,
            f"{run}: PSS with all RUNNING, MiB": pss,
            f"{run}: RSS with all RUNNING, MiB": rss,
            f"{run}: processes": processes,
            f"{run}: idle CPU, % of a core": 100 * idle_cores,
            f"{run}: first DELETE -> last answer, s": sum(deletes),
            f"{run}: first DELETE -> all statuses gone, s": gone_s,
            f"{run}: a DELETE, longest ms": 1000 * max(deletes),
            f"{run}: CPU of deleting, s": cpu_s(pid) - before_cpu_s,
        }

    def _all_run(self, current: dict[Instance, Status]) -> bool:
        wanted: list[Instance] = [(name, None) for name in self._names]
        wanted += [(name, 0) for name in self._names]
        return all(i in current and current[i].state == "RUNNING" for i in wanted)

    def _post(self, name: str) -> float:
        config = {"connector.class": "FileStreamSource", "topic": self._topic, "tasks.max": "1"}
        body = {"name": name, "config": {**config, "file": str(self._file)}}
        began_at = time.monotonic()
        self._cluster.create(body)
        return time.monotonic() - began_at

    def _delete(self, name: str) -> float:
        began_at = time.monotonic()
        while (status := call(self._worker.port, "DELETE", f"/connectors/{name}")[0]) != 204:
            assert status == 409, f"DELETE {name}: {status}"
            time.sleep(0.05)
        return time.monotonic() - began_at


def measure_hundred(peer: Peer, folder: Path, address: str, count: int, runs: int) -> Any:
    with clean_up(Cluster(peer, folder, address)) as cluster:
        cluster.start_workers(1)
        hundred = Hundred(cluster, folder, count)
        found: dict[str, Any] = {}
        for number in range(runs):
            found |= hundred.measure(f"{'warm' if number else 'cold'} run")
        return found


def measure_start(
    peer: Peer, folder: Path, address: str, count: int, target: str
) -> dict[str, Any]:
    """Start a worker whose config topic is full."""
    with clean_up(Cluster(peer, folder, address)) as cluster:
        write_connectors(cluster, folder, count, target)
        worker = cluster.add_worker()
        began_s = time.time()
        worker.launch()
        figures: dict[str, Any] = {
            f"{target}: exec -> /health 200, s": wait_until_healthy(worker, 300) - began_s,
            f"{target}: CPU by then, s": cpu_s(worker.process.pid),
        }
        status, names = call(worker.port, "GET", "/connectors")
        assert (status, len(names)) == (200, count), f"{status}: {len(names)} connectors"
        if target == "STOPPED":
            is_so = all_in(count, "STOPPED")
            stopped_ms = cluster.wait_until("all connectors STOPPED", is_so, 300)
            figures |= {
                f"{target}: exec -> all statuses written, s": stopped_ms / 1000 - began_s,
                f"{target}: PSS, MiB": memory_mib(worker.process.pid)[0],
            }
        return figures


def all_in(count: int, state: str) -> Callable[[dict[Instance, Status]], bool]:
    """So many connectors are in a state."""
    return lambda current: (
        sum(1 for i, s in current.items() if i[1] is None and s.state == state) == count
    )


def write_connectors(cluster: Cluster, folder: Path, count: int, target: str) -> None:
    """Write the config topic as a leader would have left it."""
    topic = f"{cluster.group}-configs"
    cluster.create_topic(topic, {"cleanup.policy": "compact"})
    producer = confluent_kafka.Producer({"bootstrap.servers": cluster.bootstrap_servers})
    for number in range(count):
        name = f"c{number}"
        config = {
            "name": name,
            "connector.class": "FileStreamSource",
            "file": str(folder / "never.txt"),
            "topic": f"{cluster.group}-lines",
            "tasks.max": "1",
        }
        tasks = 0 if target == "STOPPED" else 1
        records: dict[str, Any] = {
            f"target-state-{name}": {"state": TARGETS[target], "state.v2": target},
            f"connector-{name}": {"properties": config},
        }
        if tasks:
            task = {**config, "task.class": TASK_CLASS}
            records[f"task-{name}-0"] = {"properties": task}
        records[f"commit-{name}"] = {"tasks": tasks}
        for key, value in records.items():
            producer.produce(topic, json.dumps(value, separators=(",", ":")), key)
        producer.poll(0)
    assert producer.flush(60) == 0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser, RESULTS / "cluster_scale.json")
    parser.add_argument("--java-libs", type=Path, help="directory of Java Connect's jars")
    parser.add_argument("--connectors", type=int, default=100, help="those created through REST")
    parser.add_argument("--runs", type=int, default=2, help="runs in one worker: cold, then warm")
    parser.add_argument("--prewritten", type=int, default=1000, help="those in the config topic")
    parser.add_argument("--targets", default="STOPPED,PAUSED,STARTED", help="states of those")
    options = parser.parse_args()
    results: dict[str, list[dict[str, Any]]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="barnabas-bench-") as temporary,
        broker(options.bootstrap_servers) as address,
    ):
        folder = Path(temporary)
        for peer in peers(options.peers, options.java_libs):
            if options.runs:
                title = f"{options.connectors} connectors through REST"
                found = measure_hundred(peer, folder, address, options.connectors, options.runs)
                results.setdefault(title, []).append({"peer": peer.name, **found})
            title = f"{options.prewritten} connectors in the config topic"
            found = {"peer": peer.name}
            for target in filter(None, options.targets.split(",")):
                found |= measure_start(peer, folder, address, options.prewritten, target)
            results.setdefault(title, []).append(found)
    for title, rows in results.items():
        show(title, rows)
    write(options.json, [{"case": case, **row} for case, rows in results.items() for row in rows])


if __name__ == "__main__":
    main()
