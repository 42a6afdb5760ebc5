# SPDX-License-Identifier: Apache-2.0
"""The command: starts broker, registry and worker, adds rows, shows what arrives, ends everything.

All of it happens on the main thread. The programs it starts end with it, however it ends.
"""

from __future__ import annotations

import contextlib
import importlib.util
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from barnabas import errors
from barnabas.cli.embedded_broker import EmbeddedBroker, free_port
from barnabas.cli.quickstart.lake import Lake
from barnabas.cli.quickstart.layout import (
    COMMIT_AFTER,
    COMMIT_EVERY_MS,
    SINK,
    SOURCE,
    Layout,
    prepare_directory,
    write_files,
)
from barnabas.cli.quickstart.programs import Program, ask, failed_tasks
from barnabas.cli.quickstart.screen import Screen
from barnabas.cli.quickstart.shop import Shop

__all__ = ["quickstart"]

_LAST_ROWS_TIMEOUT_S = COMMIT_EVERY_MS / 1000 + 3
_ORDER_EVERY_S = 1.0
_LOOK_EVERY_S = 0.1
_SCHEMAS_TOPIC = "quickstart-schemas"
_LIBRARIES = ("avro", "fastavro", "pyarrow", "sqlalchemy")


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
    """Show rows of a database arriving in Parquet files: SQLite, Kafka with Avro, Parquet."""
    started = time.monotonic()
    check_libraries(_LIBRARIES)
    if directory is None:
        directory = Path(tempfile.mkdtemp(prefix="barnabas-quickstart-"))
    directory = prepare_directory(directory, is_embedded=bootstrap_servers is None)
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell may have had SIGINT ignored
        signal.signal(number, _interrupt)
    screen = Screen()
    try:
        with contextlib.ExitStack() as parts:
            servers = bootstrap_servers
            if servers is None:
                broker = parts.enter_context(EmbeddedBroker(directory / "broker.log"))
                servers = broker.bootstrap_servers
            layout = Layout(directory, servers, port, free_port(), bootstrap_servers is None)
            _Quickstart(layout, screen, parts).run(started, seconds)
    except KeyboardInterrupt:
        screen.say("Interrupted")
    screen.say(f"Stopped. The files stay in {directory}")


def check_libraries(names: Sequence[str]) -> None:
    """Name the libraries that are missing.

    Raises:
        ConnectError: Some are.
    """
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        message = (
            f"The quickstart needs {', '.join(missing)}, which this Python does not have. Install"
            " all it needs with: pip install 'barnabas[quickstart]'"
        )
        raise errors.ConnectError(message)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


class _Quickstart:
    """Everything that runs once there is a broker."""

    def __init__(self, layout: Layout, screen: Screen, parts: contextlib.ExitStack) -> None:
        self._layout = layout
        self._screen = screen
        self._lake = Lake(layout.lake)
        self._failed: dict[str, str] = {}
        write_files(layout)
        self._registry = parts.enter_context(_registry(layout))
        _create_topic(layout)
        self._shop = parts.enter_context(Shop(layout.database))
        files = map(str, layout.settings)
        worker = Program("worker", ["standalone", *files], layout.worker_log)
        self._worker = parts.enter_context(worker)

    def run(self, started: float, seconds: float | None) -> None:
        """Show rows arriving until the time is over or somebody interrupts.

        Args:
            started: When the command was called.
            seconds: How long; None for ever.

        Raises:
            ConnectError: A program ended, or did not begin in time.
        """
        for _ in range(COMMIT_AFTER):
            self._shop.order()
        self._registry.wait_for(f"{self._layout.registry_url}/subjects", lambda _: True)
        for connector in (SOURCE, SINK):
            self._worker.wait_for(f"{self._layout.url}/connectors/{connector}/status", _has_begun)
        self._screen.overview(self._layout, time.monotonic() - started)
        try:
            self._follow(seconds)
        except KeyboardInterrupt:
            self._screen.say("\nStopping: no more rows, the last ones are still to arrive …")
        self._await_last_rows()
        self._screen.end(self._shop.count(), self._lake.rows, self._lake.files)

    def _follow(self, seconds: float | None) -> None:
        begun = next_order = time.monotonic()
        while seconds is None or time.monotonic() - begun < seconds:
            if time.monotonic() >= next_order:
                self._registry.check()
                self._worker.check()
                self._shop.order()
                self._tell_failures()
                next_order += _ORDER_EVERY_S
            self._show_arrivals()
            time.sleep(_LOOK_EVERY_S)

    def _tell_failures(self) -> None:
        """Say once what made a task fail, and how it is started again."""
        failed = failed_tasks(ask(f"{self._layout.url}/connectors?expand=status"))
        for connector, reason in failed.items():
            if connector not in self._failed:
                self._screen.failure(self._layout, connector, reason)
        self._failed = failed

    def _show_arrivals(self) -> None:
        for arrival in self._lake.arrivals():
            self._screen.arrival(arrival)

    def _await_last_rows(self) -> None:
        """Wait a moment for rows on their way; a sink that is paused takes none."""
        deadline = time.monotonic() + _LAST_ROWS_TIMEOUT_S
        while self._lake.rows < self._shop.count() and time.monotonic() < deadline:
            self._show_arrivals()
            time.sleep(_LOOK_EVERY_S)


def _registry(layout: Layout) -> Program:
    arguments = ["registry", "--port", str(layout.registry_port)]
    if not layout.is_embedded:  # records there outlive this registry, and so must their schemas
        arguments += ["--bootstrap-servers", layout.bootstrap_servers, "--topic", _SCHEMAS_TOPIC]
    return Program("registry", arguments, layout.registry_log)


def _create_topic(layout: Layout) -> None:
    """Make the topic with one partition, so that rows arrive in the order they were written."""
    from barnabas.kafka import layering
    from barnabas.kafka.admin import Admin, NewTopic

    worker = {"bootstrap.servers": layout.bootstrap_servers}
    with Admin(layering.admin(worker, "barnabas-quickstart")) as admin:
        admin.create_topics([NewTopic(layout.topic, partitions=1)], timeout_s=10)


def _has_begun(status: dict[str, Any]) -> bool:
    """Whether the tasks run; one that failed has begun, too, and is told of later."""
    tasks = status["tasks"]
    return bool(tasks) and all(task["state"] in ("RUNNING", "FAILED") for task in tasks)
