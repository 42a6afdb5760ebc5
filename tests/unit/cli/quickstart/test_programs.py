# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from barnabas.cli.embedded_broker import free_port
from barnabas.cli.quickstart import programs
from barnabas.errors import ConnectError


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(404 if self.path == "/bad" else 200)
        self.end_headers()
        self.wfile.write(b"<p>Hello</p>" if self.path == "/page" else b'{"state": "RUNNING"}')

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answers) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()
        thread.join()


def test_answers_are_read_and_errors_are_none(server: str):
    assert programs.ask(f"{server}/good") == {"state": "RUNNING"}
    assert programs.ask(f"{server}/bad") is None
    assert programs.ask(f"{server}/page") is None  # of another program on that port
    assert programs.ask(f"http://127.0.0.1:{free_port()}/") is None


def test_what_ended_is_told_with_the_end_of_its_log(tmp_path: Path):
    program = programs.Program("worker", ["standalone", "absent.properties"], tmp_path / "log")
    said = r"(?s)The worker ended with .*absent\.properties"
    with program, pytest.raises(ConnectError, match=said):
        program.wait_for(f"http://127.0.0.1:{free_port()}/", lambda _: True)


def test_failed_tasks_are_told_by_the_first_line_of_their_trace():
    good = {"state": "RUNNING"}
    bad = {"state": "FAILED", "trace": "DataError: no\n  at ..."}
    statuses = {
        name: {"status": {"tasks": tasks}}
        for name, tasks in {"a": [good], "b": [good, bad]}.items()
    }
    assert programs.failed_tasks(statuses) == {"b": "DataError: no"}
    assert programs.failed_tasks(None) == {}
