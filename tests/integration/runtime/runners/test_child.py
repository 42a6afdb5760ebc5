# SPDX-License-Identifier: Apache-2.0
"""A runner process from its first line to its exit status, as an interpreter runs it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

import barnabas
from barnabas.runtime.runners import messages
from barnabas.runtime.runners.last_words import LastWords
from barnabas.runtime.runners.lease import Lease
from barnabas.runtime.runners.messages import (
    DescribePlugin,
    FrameReader,
    Hello,
    PluginAnswer,
    SetLoggerLevel,
    Setup,
    Stop,
)

SETUP = Setup("inspection", None, [], {}, is_distributed=False, logger_levels={})
QUESTION = DescribePlugin(1, "org.apache.kafka.connect.json.JsonConverter", None)


class Child:
    """A process and the worker's end of its socket."""

    def __init__(self, words):
        self.sock, theirs = socket.socketpair()
        self.sock.settimeout(20)
        self._frames, self._bodies = FrameReader(), []
        descriptors = [theirs.fileno(), words.descriptor, Lease.make(None).descriptor]
        command = [sys.executable, "-m", "barnabas.runtime.runners.child"]
        with theirs:
            self.process = subprocess.Popen(
                [*command, *map(str, descriptors), str(os.getpid())],
                pass_fds=descriptors,
                stderr=subprocess.PIPE,
                text=True,
            )

    def say(self, *said):
        self.sock.sendall(b"".join(messages.encode(message) for message in said))

    def hear(self):
        while not self._bodies:
            self._bodies = self._frames.feed(self.sock.recv(65536))
        return messages.decode_to_worker(self._bodies.pop(0))


@pytest.fixture
def child():
    words = LastWords()
    child = Child(words)
    yield child
    child.sock.close()
    child.process.kill()
    child.process.communicate()
    words.close()


def test_it_says_hello_first(child):
    assert child.hear() == Hello(child.process.pid, barnabas.__version__)


def test_it_is_what_its_first_order_says_and_ends_with_status_0(child):
    child.say(SETUP, QUESTION, Stop())
    heard = [child.hear(), child.hear()]
    assert [type(message) for message in heard] == [Hello, PluginAnswer]
    assert child.process.wait(20) == 0


def test_a_level_before_the_first_order_is_not_the_order(child):
    child.say(SETUP, SetLoggerLevel("a", "INFO"), QUESTION, Stop())
    child.hear()
    assert isinstance(child.hear(), PluginAnswer)


@pytest.mark.parametrize("said", [[], [SETUP], [QUESTION]])
def test_without_orders_it_ends_with_status_1(child, said):
    child.say(*said)
    child.sock.shutdown(socket.SHUT_WR)
    assert child.process.wait(20) == 1


def test_nonsense_ends_it_and_is_told_on_standard_error(child):
    child.sock.sendall(b"\xff\xff\xff\xff")
    assert child.process.wait(20) == 1
    assert child.process.stderr.read() == (
        "A frame claims 4294967295 bytes; at most 67108864 are allowed.\n"
    )
