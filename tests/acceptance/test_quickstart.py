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
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
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


def test_lines_arrive_in_order_and_rest_answers(quickstart: Quickstart):
    port = free_port()
    process = quickstart("--port", str(port))
    shown = read_until(process, "order 3 ")
    assert [int(n) for n in re.findall(r"^  order (\d+) ", shown, re.MULTILINE)] == [1, 2, 3]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/connectors", timeout=5) as answer:
        assert sorted(json.load(answer)) == ["quickstart-sink", "quickstart-source"]
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Stopped." in rest


def test_a_broker_that_is_there_is_used(quickstart: Quickstart, kafka: KafkaCluster):
    process = quickstart("--bootstrap-servers", kafka.bootstrap_servers, "--port", str(free_port()))
    assert f"{kafka.bootstrap_servers} (yours)" in read_until(process, "order 1 ")


def test_nothing_outlives_a_quickstart_that_is_killed(quickstart: Quickstart):
    process = quickstart("--port", str(free_port()))
    read_until(process, "order 1 ")
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 6  # broker, worker, forkserver and four runners
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
