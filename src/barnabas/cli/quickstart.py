# SPDX-License-Identifier: Apache-2.0
"""``barnabas quickstart``: records move through a broker before your eyes, within seconds.

It starts an embedded broker (or uses yours), writes an ordinary worker file and two ordinary
connector files into a directory, starts ``barnabas standalone`` with them, appends a line a second
to the source's file and shows what arrives at the sink's. Nothing here is special: the files can be
used with ``barnabas standalone`` as they are.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Annotated, TextIO

import typer

from barnabas import errors
from barnabas.cli.child_process import end_child, start_child
from barnabas.cli.embedded_broker import CONSUMER_SETTINGS, EmbeddedBroker

__all__ = ["quickstart"]

_SOURCE = "quickstart-source"
_SINK = "quickstart-sink"
_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 15.0


@dataclasses.dataclass(frozen=True)
class _Layout:
    """Where the quickstart keeps its files, and where its parts listen."""

    directory: Path
    bootstrap_servers: str
    port: int
    is_embedded: bool

    @property
    def topic(self) -> str:
        return "quickstart-orders"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def source_file(self) -> Path:
        return self.directory / "orders.txt"

    @property
    def sink_file(self) -> Path:
        return self.directory / "arrived.txt"

    @property
    def worker_log(self) -> Path:
        return self.directory / "worker.log"

    @property
    def settings(self) -> list[Path]:
        names = ("worker", "source", "sink")
        return [self.directory / f"{name}.properties" for name in names]


def _write_settings(layout: _Layout) -> None:
    worker = {
        "bootstrap.servers": layout.bootstrap_servers,
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.storage.StringConverter",
        "offset.storage.file.filename": str(layout.directory / "offsets"),
        "offset.flush.interval.ms": "5000",
        "listeners": f"http://127.0.0.1:{layout.port}",
        **(CONSUMER_SETTINGS if layout.is_embedded else {}),
    }
    source = {
        "name": _SOURCE,
        "connector.class": "FileStreamSource",
        "file": str(layout.source_file),
        "topic": layout.topic,
    }
    sink = {
        "name": _SINK,
        "connector.class": "FileStreamSink",
        "file": str(layout.sink_file),
        "topics": layout.topic,
    }
    for path, settings in zip(layout.settings, (worker, source, sink), strict=True):
        path.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    layout.source_file.touch()
    layout.sink_file.touch()


def _create_topic(layout: _Layout) -> None:
    """Make the topic with one partition, so that lines arrive in the order they were written."""
    from barnabas.kafka import layering
    from barnabas.kafka.admin import Admin, NewTopic

    worker = {"bootstrap.servers": layout.bootstrap_servers}
    with Admin(layering.admin(worker, "barnabas-quickstart")) as admin:
        admin.create_topics([NewTopic(layout.topic, partitions=1)], timeout_s=10)


def _print_overview(layout: _Layout) -> None:
    broker = "embedded, in memory" if layout.is_embedded else "yours"
    print(
        f"""
Barnabas is running. Files are in {layout.directory}

  broker  {layout.bootstrap_servers} ({broker})
  worker  {layout.url} (its log: {layout.worker_log})
  source  {_SOURCE}: lines of {layout.source_file}
          -> topic {layout.topic} ->
  sink    {_SINK}: {layout.sink_file}

Try it in another terminal:

  curl -s {layout.url}/connectors
  curl -s {layout.url}/connectors/{_SOURCE}/status
  curl -s -X PUT {layout.url}/connectors/{_SINK}/pause
  curl -s -X PUT {layout.url}/connectors/{_SINK}/resume
  echo 'a line of mine' >> {layout.source_file}

Ctrl-C stops everything. What arrives at the sink:
""",
        flush=True,
    )


def _start_worker(layout: _Layout) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "barnabas", "standalone", *map(str, layout.settings)]
    return start_child(command, layout.worker_log)


def _fail(layout: _Layout, what: str) -> errors.ConnectError:
    lines = layout.worker_log.read_text(errors="replace").splitlines()[-15:]
    return errors.ConnectError(f"{what}. The end of {layout.worker_log}:\n" + "\n".join(lines))


def _is_running(layout: _Layout, connector: str) -> bool:
    try:
        with urllib.request.urlopen(  # noqa: S310 - our own worker
            f"{layout.url}/connectors/{connector}/status", timeout=2
        ) as answer:
            tasks = json.load(answer)["tasks"]
    except (OSError, urllib.error.URLError):
        return False
    return bool(tasks) and all(task["state"] == "RUNNING" for task in tasks)


def _wait_until_running(layout: _Layout, worker: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not all(_is_running(layout, name) for name in (_SOURCE, _SINK)):
        if worker.poll() is not None:
            what = f"The worker ended with exit code {worker.returncode}"
            raise _fail(layout, what)
        if time.monotonic() > deadline:
            raise _fail(layout, f"The connectors were not running after {_START_TIMEOUT_S:g} s")
        time.sleep(0.1)


def _show_arrivals(arrived: TextIO) -> None:
    for line in arrived:
        print(f"  {line}", end="" if line.endswith("\n") else "\n", flush=True)


def _follow(layout: _Layout, worker: subprocess.Popen[bytes], seconds: float | None) -> None:
    started = time.monotonic()
    next_line = started
    numbers = itertools.count(1)
    with layout.source_file.open("a") as orders, layout.sink_file.open() as arrived:
        while seconds is None or time.monotonic() - started < seconds:
            if worker.poll() is not None:
                what = f"The worker ended with exit code {worker.returncode}"
                raise _fail(layout, what)
            if time.monotonic() >= next_line:
                now = datetime.now().astimezone()
                orders.write(f"order {next(numbers)} placed at {now:%H:%M:%S}\n")
                orders.flush()
                next_line += 1.0
            _show_arrivals(arrived)
            time.sleep(0.05)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _run(layout: _Layout, seconds: float | None) -> None:
    _write_settings(layout)
    _create_topic(layout)
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell may have had SIGINT ignored
        signal.signal(number, _interrupt)
    worker = _start_worker(layout)
    try:
        _wait_until_running(layout, worker)
        _print_overview(layout)
        _follow(layout, worker, seconds)
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
    finally:
        end_child(worker, _STOP_TIMEOUT_S)
    print(f"Stopped. The files stay in {layout.directory}", flush=True)


def quickstart(
    bootstrap_servers: Annotated[
        str | None,
        typer.Option(help="Use this broker (HOST:PORT) instead of the embedded one."),
    ] = None,
    port: Annotated[int, typer.Option(help="Port of the REST API.")] = 8083,
    directory: Annotated[
        Path | None,
        typer.Option(help="Where to keep the files; a temporary directory when not given."),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="Stop by itself after so many seconds.")
    ] = None,
) -> None:
    """Show records moving from a file through Kafka to another file."""
    if directory is None:
        directory = Path(tempfile.mkdtemp(prefix="barnabas-quickstart-"))
    directory = directory.absolute()
    directory.mkdir(parents=True, exist_ok=True)
    if bootstrap_servers is not None:
        _run(_Layout(directory, bootstrap_servers, port, is_embedded=False), seconds)
        return
    with EmbeddedBroker(directory / "broker.log") as broker:
        _run(_Layout(directory, broker.bootstrap_servers, port, is_embedded=True), seconds)
