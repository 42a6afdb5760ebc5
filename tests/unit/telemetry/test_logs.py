# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import io
import json
import logging
import os
import re
import threading
from collections.abc import Iterator

import pytest
import structlog

from barnabas.telemetry import logs


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Give back what the test did to logging when it ends."""
    monkeypatch.delenv(logs.FORMAT_VARIABLE, raising=False)
    monkeypatch.setattr(logs, "_secrets", [])
    monkeypatch.setattr(logs, "_owner", {})
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    monkeypatch.delenv(logs.FORMAT_VARIABLE, raising=False)


def test_a_line_is_laid_out_as_java_does(out: io.StringIO):
    logs.configure("plain", stream=out)
    with logs.log_context("orders", "task-0"):
        logging.getLogger("a.b").warning("Lost %d", 3)
    moment = r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\]"
    assert re.fullmatch(moment + r" WARN \[orders\|task-0\] Lost 3 \(a\.b\)\n", out.getvalue())


def test_a_line_without_context_has_no_brackets_for_it(out: io.StringIO):
    logs.configure("plain", stream=out)
    logging.getLogger("a").error("x")
    assert "] ERROR x (a)\n" in out.getvalue()


@pytest.mark.parametrize("log_format", ["plain", "json"])
def test_all_threads_of_a_process_tell_whose_it_is(out: io.StringIO, log_format: str):
    logs.configure(log_format, stream=out)
    logs.own_process("orders", "task-0")
    thread = threading.Thread(target=logging.getLogger("a").warning, args=("Lost",))
    thread.start()
    thread.join()
    with logs.log_context("other"):
        logging.getLogger("a").warning("Mine")
    lost, mine = out.getvalue().splitlines()
    if log_format == "json":
        lost, mine = (
            f"[{each['connector']}|{each['part']}]" for each in map(json.loads, (lost, mine))
        )
    assert "[orders|task-0]" in lost
    assert "[other|worker]" in mine


def test_json_is_one_object_per_record(out: io.StringIO):
    logs.configure("json", stream=out)
    with logs.log_context("orders"):
        logging.getLogger("a").info("Hello", extra={"topic": "t"})
    record = json.loads(out.getvalue())
    moment = record.pop("timestamp")
    assert moment.endswith("Z")
    assert record == {
        "level": "INFO",
        "logger": "a",
        "connector": "orders",
        "part": "worker",
        "message": "Hello",
        "topic": "t",
    }


def test_structlog_writes_to_the_same_place(out: io.StringIO):
    logs.configure("json", stream=out)
    structlog.get_logger("a.b").info("Hello", count=3)
    record = json.loads(out.getvalue())
    assert (record["logger"], record["message"], record["count"]) == ("a.b", "Hello", 3)


@pytest.mark.parametrize("log_format", logs.FORMATS)
def test_traces_are_written(out: io.StringIO, log_format: str):
    logs.configure(log_format, stream=out)
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("a").exception("Failed")
    assert "ValueError: broken" in out.getvalue()


@pytest.mark.parametrize("log_format", logs.FORMATS)
def test_a_secret_is_hidden_in_texts_fields_and_traces(out: io.StringIO, log_format: str):
    logs.configure(log_format, stream=out)
    logs.hide_secret("s3cret")
    try:
        raise ValueError("s3cret in trace")
    except ValueError:
        logging.getLogger("a").exception("with s3cret", extra={"more": ["s3cret"]})
    assert "s3cret" not in out.getvalue()
    for place in ("with [hidden]", "ValueError: [hidden] in trace", "['[hidden]']"):
        assert place in out.getvalue()


def test_a_secret_is_hidden_in_other_spellings_too():
    logs.hide_secret('p"ss wörd\n')
    for text in ('p"ss wörd', 'p\\"ss wörd', "p%22ss%20w%C3%B6rd", 'p\\"ss w\\u00f6rd'):
        assert logs.redact(f"<{text}>") == "<[hidden]>"


def test_of_secrets_in_each_other_the_longest_is_hidden():
    logs.hide_secret("pass")
    logs.hide_secret("password1")
    assert logs.redact("password1 pass") == "[hidden] [hidden]"


def test_a_very_short_secret_is_left_alone():
    logs.hide_secret("abc")
    assert logs.redact("abc") == "abc"


def test_the_format_comes_from_the_environment_and_is_left_there(out: io.StringIO, monkeypatch):
    monkeypatch.setenv(logs.FORMAT_VARIABLE, "json")
    logs.configure(stream=out)
    logging.getLogger("a").info("x")
    json.loads(out.getvalue())
    logs.configure("plain", stream=out)
    assert os.environ[logs.FORMAT_VARIABLE] == "plain"


def test_a_second_call_replaces_the_first(out: io.StringIO):
    logs.configure("plain", stream=out)
    logs.configure("plain", stream=out)
    logging.getLogger("a").info("once")
    assert out.getvalue().count("once") == 1


def test_the_level_holds_for_all_loggers(out: io.StringIO):
    logs.configure("plain", logging.ERROR, stream=out)
    logging.getLogger("a").warning("x")
    assert out.getvalue() == ""
