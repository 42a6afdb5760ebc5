# SPDX-License-Identifier: Apache-2.0
"""What code prints, as lines of the log."""

from __future__ import annotations

import io
import logging
import sys
import threading
import traceback
from collections.abc import Iterator

import pytest

from barnabas.telemetry import logs, printed
from barnabas.telemetry.printed import PrintedLines


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """The log of a process."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    stream = io.StringIO()
    logs.configure("plain", stream=stream)
    yield stream
    root.setLevel(level)
    root.handlers[:] = handlers


@pytest.fixture
def out() -> PrintedLines:
    """What stands for standard output."""
    return PrintedLines(logging.getLogger("stdout"), logging.INFO, io.StringIO())


def messages(stream: io.StringIO) -> list[str]:
    """Lines without their moments."""
    return [line.partition("] ")[2] for line in stream.getvalue().splitlines()]


def test_printed_lines_have_the_context_of_their_connector(written, out):
    with logs.log_context("orders", "task-0"):
        out.write("one\ntwo")
        out.write("\n")
    assert messages(written) == [
        "INFO [orders|task-0] one (stdout)",
        "INFO [orders|task-0] two (stdout)",
    ]


def test_secrets_are_hidden_also_those_written_in_pieces(written, out, monkeypatch):
    monkeypatch.setattr(logs, "_secrets", [])
    logs.hide_secret("hunter2secret")
    out.write("login with hunter2")
    out.flush()
    out.write("secret, and again\n")
    assert messages(written) == ["INFO login with [hidden], and again (stdout)"]


def test_a_printed_trace_is_there_line_by_line(written, out):
    try:
        raise ValueError("told twice")
    except ValueError:
        traceback.print_exc(file=out)
    lines = messages(written)
    assert lines[0] == "INFO Traceback (most recent call last): (stdout)"
    assert lines[-1] == "INFO ValueError: told twice (stdout)"


def test_lines_of_threads_are_not_mixed(written, out):
    out.write("main ")
    thread = threading.Thread(target=out.write, args=["thread\n"])
    thread.start()
    thread.join()
    out.write("main\n")
    assert messages(written) == ["INFO thread (stdout)", "INFO main main (stdout)"]


def test_what_never_ended_is_told_at_the_end(written, out):
    out.write("almost")
    assert messages(written) == []
    out.finish()
    assert messages(written) == ["INFO almost (stdout)"]


def test_a_line_without_end_does_not_fill_the_memory(written, out):
    for _ in range(3):
        out.write("x" * 40_000)
    assert len(messages(written)) == 1


def test_empty_lines_say_nothing(written, out):
    out.write("\n  \n")
    assert messages(written) == []


def test_they_are_silenced_as_other_loggers(written, out):
    logging.getLogger("stdout").setLevel(logging.ERROR)
    try:
        out.write("chatter\n")
    finally:
        logging.getLogger("stdout").setLevel(logging.NOTSET)
    assert messages(written) == []


def test_a_handler_that_writes_to_the_stream_itself_never_ends_in_a_circle():
    original = io.StringIO()
    logger = logging.getLogger("test.circle")
    stream = PrintedLines(logger, logging.WARNING, original)
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    try:
        stream.write("hello\n")
    finally:
        logger.removeHandler(handler)
    assert original.getvalue() == "hello\n"


def test_bytes_and_descriptors_are_those_of_the_stream(tmp_path):
    with (tmp_path / "out").open("w", encoding="utf-8") as original:
        stream = PrintedLines(logging.getLogger("x"), logging.INFO, original)
        stream.buffer.write(b"raw\n")
        stream.flush()
        assert stream.fileno() == original.fileno()
        assert (stream.encoding, stream.errors) == ("utf-8", "strict")
        assert (stream.name, stream.isatty(), stream.writable()) == (original.name, False, True)
    assert (tmp_path / "out").read_text() == "raw\n"


def test_both_streams_of_a_process_are_captured_once(written, monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    printed.capture()
    printed.capture()
    sys.stdout.write("hello")
    sys.stderr.write("oh")
    printed.finish()
    assert messages(written) == ["INFO hello (stdout)", "WARN oh (stderr)"]
