# SPDX-License-Identifier: Apache-2.0
"""The control thread of a runner."""

from __future__ import annotations

import logging
import socket
import threading

import pytest

from barnabas.runtime.runners import control as controls
from barnabas.runtime.runners import messages
from barnabas.runtime.runners.channel import Channel
from barnabas.runtime.runners.messages import SetLoggerLevel, Stop
from barnabas.telemetry.loggers import JAVA_LOGGERS


@pytest.fixture
def heard():
    return []


@pytest.fixture
def control(heard):
    """The worker's end of a socket whose other end a control thread reads, and when it is gone."""
    worker, runner = socket.socketpair()
    gone = threading.Event()
    controls.Control(Channel(runner), heard.append, gone.set).start()
    yield worker, gone
    worker.close()
    assert gone.wait(10)
    runner.close()


def test_messages_are_passed_on_in_order(control, heard):
    worker, gone = control
    pause = messages.SetTargetState(messages.TargetState.PAUSED)
    worker.sendall(messages.encode(pause) + messages.encode(Stop()))
    worker.close()
    assert gone.wait(10)
    assert heard == [pause, Stop()]


def test_a_worker_that_is_gone_ends_the_process_soon(control, ends):
    worker, gone = control
    worker.close()
    assert gone.wait(10)
    assert ends == ["end"]


def test_a_worker_that_talks_nonsense_counts_as_gone(control, ends):
    worker, gone = control
    worker.sendall(b"\xff\xff\xff\xff")
    assert gone.wait(10)
    assert ends == ["end"]


def test_levels_of_loggers_are_set_without_the_host(control, heard):
    worker, gone = control
    worker.sendall(messages.encode(SetLoggerLevel("tests.control", "WARN")))
    worker.close()
    assert gone.wait(10)
    assert logging.getLogger("tests.control").level == logging.WARNING
    assert heard == []


@pytest.mark.parametrize("name", ["tests.control.parent", "org.example.java"])
def test_a_level_holds_for_all_loggers_below_also_by_the_names_of_java(name, monkeypatch):
    monkeypatch.setitem(JAVA_LOGGERS, "org.example.java", "tests.control.parent")
    parent = logging.getLogger("tests.control.parent")
    child = parent.getChild("child")
    child.setLevel(logging.ERROR)
    controls.set_logger_level(name, "DEBUG")
    assert (parent.level, child.level) == (logging.DEBUG, logging.DEBUG)
    controls.set_logger_level(name, "INFO")
    assert child.level == logging.INFO


def test_an_unknown_level_changes_nothing():
    logger = logging.getLogger("tests.control.unknown")
    logger.setLevel(logging.ERROR)
    controls.set_logger_level("tests.control.unknown", "LOUD")
    assert logger.level == logging.ERROR
