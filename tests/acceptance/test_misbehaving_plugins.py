# SPDX-License-Identifier: Apache-2.0
"""Plugins that are broken, crash or hang, in a worker that goes on with the others."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.services.kafka import KafkaCluster
from tests.services.standalone_worker import PROGRAM, StandaloneWorker

MISBEHAVING = "org.example.MisbehavingSource"


def misbehaving(topic: str, **misdeeds: str) -> dict[str, str]:
    """Configuration of a connector whose task commits a misdeed in a method."""
    named = {f"misbehave.{method}": misdeed for method, misdeed in misdeeds.items()}
    return {"connector.class": MISBEHAVING, "topic": topic, **named}


def plugins(*arguments: str | Path) -> tuple[int, str]:
    done = subprocess.run(
        [PROGRAM, "plugins", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_broken_plugins_are_listed_and_the_doctor_says_why(plugin_path: Path):
    code, listed = plugins("list", "--plugin-path", plugin_path)
    assert code == 0
    assert "org.example.NoDriver" in listed
    code, told = plugins("doctor", "--plugin-path", plugin_path)
    assert code == 1
    assert "BROKEN  source org.example.NoDriver 2.0" in told
    assert "No module named 'a_driver_nobody_has'; install the package" in told
    assert "SyntaxError: invalid syntax (unwritten.py, line 1)" in told
    assert "module empty has no class Source" in told
    assert "3 broken" in told


@pytest.mark.parametrize(
    ("plugin", "why"),
    [
        ("NoDriver", "No module named 'a_driver_nobody_has'"),
        ("Unwritten", "invalid syntax (unwritten.py, line 1)"),
        ("Empty", "module empty has no class Source"),
    ],
)
def test_a_broken_plugin_is_refused_with_the_reason(
    worker: StandaloneWorker, name: str, plugin: str, why: str
):
    config = {"connector.class": f"org.example.{plugin}", "topic": name}
    answer = worker.request("PUT", f"/connectors/{name}/config", config)
    assert answer.status_code == 400
    assert why in answer.json()["message"]
    assert "barnabas plugins doctor" in answer.json()["message"]


def test_an_unknown_plugin_is_refused_with_near_names(worker: StandaloneWorker, name: str):
    config = {"connector.class": "org.example.MisbehavingSorce", "topic": name}
    answer = worker.request("PUT", f"/connectors/{name}/config", config)
    assert answer.status_code == 400
    assert "Did you mean org.example.MisbehavingSource" in answer.json()["message"]


@pytest.mark.parametrize(
    ("misdeed", "why"),
    [
        ("die", "ended with exit code 3 though nobody asked it to"),
        ("crash", "was killed by signal 11 (SIGSEGV)"),
    ],
)
def test_a_task_that_takes_its_process_down_fails_alone_and_runs_again_when_mended(
    kafka: KafkaCluster, worker: StandaloneWorker, name: str, misdeed: str, why: str
):
    kafka.create_topic(name)
    worker.put_connector(f"{name}-good", misbehaving(name))
    worker.put_connector(name, misbehaving(name, poll=misdeed))
    first = worker.wait_until_failed(name).partition("\n")[0]
    assert first.startswith(f"Runner of task {name}-0 (pid ")
    assert why in first
    assert f"Restart it with POST /connectors/{name}/tasks/0/restart" in first
    assert worker.request("POST", f"/connectors/{name}/tasks/0/restart").status_code == 204
    worker.wait_until_failed(name)
    worker.put_connector(name, misbehaving(name))
    worker.wait_until_running(name)
    before = kafka.end_offsets(name)[0]
    kafka.consume(name, before + 5)
    worker.wait_until_running(f"{name}-good")


def test_an_error_of_a_task_is_told_with_its_place(worker: StandaloneWorker, name: str):
    worker.put_connector(name, misbehaving(name, poll="leave"))
    first, second, *_ = worker.wait_until_failed(name).splitlines()
    assert first.startswith(f"Task {name}-0 failed in SourceTask.poll(): SystemExit: 4 — in plugin")
    assert "misbehaving.py:" in first
    assert second == "Traceback (most recent call last):"


def test_a_task_that_spins_in_stop_is_killed_and_told_once(worker: StandaloneWorker, name: str):
    worker.put_connector(name, misbehaving(name, stop="spin"))
    worker.wait_until_running(name)
    before = set(worker.descendants())
    assert worker.request("POST", f"/connectors/{name}/tasks/0/restart").status_code == 204
    worker.wait_until_running(name)
    log = worker.log.read_text()
    assert log.count(f"Runner of task {name}-0") == 1
    told = log.partition(f"[{name}|task-0] Runner of task {name}-0 ")[2]
    assert told.startswith("did not stop in time and was killed. Its main thread was here (most")
    gone = [process for process in before if not process.is_running()]
    assert len(gone) == 1


def test_a_connector_that_spins_in_start_can_be_deleted(worker: StandaloneWorker, name: str):
    config = {"connector.class": MISBEHAVING, "topic": name, "misbehave.start": "spin"}
    worker.put_connector(name, config)
    assert worker.request("DELETE", f"/connectors/{name}").status_code == 204
    spinning = [
        process for process in worker.descendants() if process.cpu_percent(interval=0.1) > 50
    ]
    assert spinning == []
    assert psutil.pid_exists(worker.process.pid)


def test_a_connector_that_spins_in_start_can_be_changed_stopped_and_mended(
    worker: StandaloneWorker, name: str
):
    good = {"connector.class": MISBEHAVING, "topic": name}
    bad = {**good, "misbehave.start": "spin"}
    path = f"/connectors/{name}"
    worker.put_connector(name, bad)
    for method, change, body, code in (
        ("PUT", f"{path}/config", {**bad, "linger": "5"}, 200),
        ("PUT", f"{path}/pause", None, 202),
        ("PUT", f"{path}/resume", None, 202),
        ("PATCH", f"{path}/config", {"linger": None}, 200),
    ):
        began = time.monotonic()
        assert worker.request(method, change, body).status_code == code
        assert time.monotonic() - began < 3  # a start may take 90 s
    assert worker.request("PUT", f"{path}/stop").status_code == 204
    state = worker.request("GET", f"{path}/status").json()["connector"]["state"]
    assert state == "STOPPED"
    worker.put_connector(name, good)
    assert worker.request("PUT", f"{path}/resume").status_code == 202
    worker.wait_until_running(name)
