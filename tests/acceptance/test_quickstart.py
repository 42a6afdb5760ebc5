# SPDX-License-Identifier: Apache-2.0
"""``barnabas quickstart`` as a newcomer runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

from tests.services.kafka import KafkaCluster
from tests.services.ports import free_port

Quickstart = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def quickstart(tmp_path: Path) -> Iterator[Quickstart]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "barnabas", "quickstart"]
        command += ["--directory", str(tmp_path / "quickstart"), *arguments]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)


def read_until(process: subprocess.Popen[str], pattern: str, timeout_s: float = 60) -> str:
    """Read the program's output until a line matches; the test's own timeout bounds a silence."""
    text, end = "", time.monotonic() + timeout_s
    while time.monotonic() < end and (line := process.stdout.readline()):
        text += line
        if re.search(pattern, line):
            return text
    raise AssertionError(f"no line like {pattern!r} in:\n{text}")


def commands(shown: str, word: str) -> list[str]:
    """What the program tells to type, of the commands with a word."""
    return [line.strip() for line in shown.splitlines() if line.startswith("  ") and word in line]


def type_in(command: str, folder: Path) -> str:
    done = subprocess.run(
        command, shell=True, cwd=folder, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_rows_of_a_table_become_parquet_as_the_screen_says(quickstart: Quickstart, tmp_path: Path):
    folder, port = tmp_path / "quickstart", free_port()
    process = quickstart("--port", str(port))
    shown = read_until(process, r"^  5 ")
    assert [int(n) for n in re.findall(r"^  (\d+) ", shown, re.MULTILINE)] == [1, 2, 3, 4, 5]
    assert f"cd {folder}\n" in shown
    insert, alter = commands(shown, "sql.py")
    type_in(insert, folder)
    assert re.search("you +tea +2.50", read_until(process, "you "))
    type_in(alter, folder)
    read_until(process, "^  id .* coupon$")  # the heading of rows that have one column more
    (look,) = commands(shown, "pq.read_table")
    assert "'customer': 'you', 'item': 'tea', 'price': 2.5" in type_in(look, folder)
    statuses, pause, resume, schema = commands(shown, "curl")
    assert set(json.loads(type_in(statuses, folder))) == {"quickstart-sink", "quickstart-source"}
    assert '"coupon"' in type_in(schema, folder)
    type_in(pause, folder)
    type_in(resume, folder)

    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)

    assert process.returncode == 0, rest
    ((table, parquet),) = re.findall(r"In the table: (\d+) rows. In Parquet: (\d+) rows", rest)
    assert table == parquet
    lake = folder / "lake" / "quickstart-orders"
    rows = [row for file in lake.glob("**/*.parquet") for row in pq.read_table(file).to_pylist()]
    assert sorted(row["id"] for row in rows) == list(range(1, int(table) + 1))
    assert type_in(f"{sys.executable} sql.py 'SELECT count(*) FROM orders'", folder) == f"{table}\n"


def test_a_task_that_fails_is_told_with_the_way_out(quickstart: Quickstart, tmp_path: Path):
    process = quickstart("--port", str(free_port()))
    insert, _ = commands(read_until(process, r"^  5 "), "sql.py")
    folder = tmp_path / "quickstart"
    type_in(insert.replace("2.50", "'a lot'"), folder)
    shown = read_until(process, "curl -s -X POST")
    assert "A task of quickstart-source failed:" in shown
    type_in(f"{sys.executable} sql.py \"DELETE FROM orders WHERE price = 'a lot'\"", folder)
    (restart,) = commands(shown, "curl -s -X POST")
    type_in(restart, folder)
    type_in(insert, folder)
    read_until(process, "you +tea")


def test_bounded_runs_on_a_broker_that_is_there_go_on_in_their_directory(
    quickstart: Quickstart, kafka: KafkaCluster
):
    port, servers = str(free_port()), kafka.bootstrap_servers
    counts = []
    for _ in range(2):
        process = quickstart("--bootstrap-servers", servers, "--port", port, "--seconds", "1")
        output, _ = process.communicate(timeout=60)
        assert f"{servers} (yours)" in output
        counts += re.findall(r"In the table: (\d+) rows. In Parquet: \1 rows", output)
        assert output.splitlines()[-1].startswith("Stopped. The files stay in ")
    first, second = map(int, counts)
    assert 5 < first < second - 5


def test_a_directory_of_an_earlier_run_is_refused(quickstart: Quickstart, tmp_path: Path):
    (tmp_path / "quickstart" / "lake").mkdir(parents=True)
    process = quickstart()
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "name another --directory" in output


def test_nothing_outlives_a_quickstart_that_is_killed(quickstart: Quickstart):
    process = quickstart("--port", str(free_port()))
    read_until(process, r"^  1 ")
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 8  # broker, registry, worker, forkserver and four runners
    os.kill(process.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


def test_a_port_in_use_is_said(quickstart: Quickstart):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        output, _ = quickstart("--port", str(port)).communicate(timeout=60)
    assert str(port) in output
    assert "in use" in output
    assert "Traceback" not in output


def test_a_broker_that_is_not_there_is_named(quickstart: Quickstart):
    address = f"127.0.0.1:{free_port()}"
    process = quickstart("--bootstrap-servers", address)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert address in output
    assert "Traceback" not in output
