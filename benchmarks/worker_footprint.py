# SPDX-License-Identifier: Apache-2.0
"""Start-up time, memory and REST latency of a standalone worker.

    python -m benchmarks.worker_footprint --bootstrap-servers HOST:PORT [--java-libs DIR]

Start-up is the time from exec to the first 200 of ``GET /connectors``. Memory is the sum of the
proportional set sizes (PSS) of all processes of the worker. Latencies are those of one client with
one connection kept alive, with ten connectors present. With ``--java-libs`` the same is measured on
Java's ConnectStandalone from that directory of jars, in the same run.
"""

from __future__ import annotations

import argparse
import dataclasses
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

from benchmarks.processes import cpu_s, memory_mib
from tests.services.ports import free_port

CONNECTORS = 10
REQUESTS = 1000
PATHS = (
    "/",
    "/connectors",
    "/connectors/b0/status",
    "/connectors/b0/config",
    "/connectors?expand=status&expand=info",
    "/connector-plugins",
)


@dataclasses.dataclass
class Footprint:
    """What one run measured; times in seconds or milliseconds, memory in MiB."""

    name: str
    start_s: float = 0.0
    start_cpu_s: float = 0.0
    idle_pss_mib: float = 0.0
    idle_rss_mib: float = 0.0
    per_task_pss_mib: float = 0.0
    rest_ms: dict[str, tuple[float, float]] = dataclasses.field(default_factory=dict)


def worker_file(directory: Path, bootstrap: str, port: int, *, java: bool) -> Path:
    path = directory / "worker.properties"
    settings = {
        "bootstrap.servers": bootstrap,
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.storage.StringConverter",
        "offset.storage.file.filename": str(directory / "offsets"),
        "listeners": f"http://127.0.0.1:{port}",
    }
    if java:
        settings["plugin.discovery"] = "service_load"
    path.write_text("".join(f"{k}={v}\n" for k, v in settings.items()))
    return path


def request(
    connection: http.client.HTTPConnection, method: str, path: str, body: object = None
) -> int:
    data = None if body is None else json.dumps(body)
    connection.request(method, path, data, {"Content-Type": "application/json"} if data else {})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def wait_for_rest(port: int, process: subprocess.Popen[bytes], timeout_s: float = 90) -> None:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"the worker ended with {process.returncode}")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            if request(connection, "GET", "/connectors") == 200:
                return
        except OSError:
            pass
        time.sleep(0.01)
    raise SystemExit("no REST answer in time")


def wait_for_tasks(port: int, names: list[str], timeout_s: float = 120) -> None:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/connectors?expand=status")
        states = json.loads(connection.getresponse().read())
        tasks = [t["state"] for n in names if n in states for t in states[n]["status"]["tasks"]]
        if len(tasks) == len(names) and set(tasks) == {"RUNNING"}:
            return
        time.sleep(0.1)
    raise SystemExit(f"tasks not running in time: {states}")


def measure(name: str, command: list[str], bootstrap: str, *, java: bool) -> Footprint:
    result = Footprint(name)
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        port = free_port()
        worker = worker_file(directory, bootstrap, port, java=java)
        with (directory / "log").open("wb") as log:
            began = time.monotonic()
            process = subprocess.Popen([*command, str(worker)], stdout=log, stderr=log)
        try:
            wait_for_rest(port, process)
            result.start_s = time.monotonic() - began
            result.start_cpu_s = cpu_s(process.pid)
            time.sleep(10)
            result.idle_pss_mib, result.idle_rss_mib = memory_mib(process.pid)
            names = [f"b{i}" for i in range(CONNECTORS)]
            prefix = uuid.uuid4().hex[:8]
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=95)
            for n in names:
                (directory / n).write_text("a line\n" * 100)
                config = {"connector.class": "FileStreamSource", "file": str(directory / n)}
                config["topic"] = f"footprint-{prefix}"
                assert (
                    request(connection, "POST", "/connectors", {"name": n, "config": config}) == 201
                )
            wait_for_tasks(port, names)
            time.sleep(5)
            pss, _ = memory_mib(process.pid)
            result.per_task_pss_mib = (pss - result.idle_pss_mib) / CONNECTORS
            result.rest_ms = {path: latencies(port, path) for path in PATHS}
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
    return result


def latencies(port: int, path: str) -> tuple[float, float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    times = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        assert request(connection, "GET", path) == 200
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    return statistics.median(times), times[int(REQUESTS * 0.99)]


def show(results: list[Footprint]) -> None:
    for r in results:
        print(
            f"\n{r.name}: first REST answer {r.start_s:.2f} s ({r.start_cpu_s:.1f} CPU-s),", end=" "
        )
        print(f"idle PSS {r.idle_pss_mib:.0f} MiB (RSS {r.idle_rss_mib:.0f}),", end=" ")
        print(f"each connector with its task {r.per_task_pss_mib:.1f} MiB more")
        for path, (p50, p99) in r.rest_ms.items():
            print(f"  GET {path:45} p50 {p50:6.2f} ms   p99 {p99:6.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--java-libs", help="directory of Java Connect's jars, to compare with")
    parser.add_argument("--json", type=Path, help="write the results here")
    options = parser.parse_args()
    ours = [sys.executable, "-m", "barnabas", "standalone"]
    results = [measure("Barnabas", ours, options.bootstrap_servers, java=False)]
    if options.java_libs:
        java = ["java", "-Xms256m", "-Xmx2g", "-cp", os.path.join(options.java_libs, "*")]
        java.append("org.apache.kafka.connect.cli.ConnectStandalone")
        results.append(measure("Java", java, options.bootstrap_servers, java=True))
    show(results)
    if options.json:
        options.json.write_text(json.dumps([dataclasses.asdict(r) for r in results], indent=1))


if __name__ == "__main__":
    main()
