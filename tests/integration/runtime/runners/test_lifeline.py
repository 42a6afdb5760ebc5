# SPDX-License-Identifier: Apache-2.0
"""Children end with their parents, whatever those die of."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

PARENT = """
import os, sys, time
from barnabas.runtime.runners import lifeline
pid = os.fork()
if pid == 0:
    lifeline.die_with_parent(int(sys.argv[1]) or os.getppid())
    lifeline.leave_terminal()
    lifeline.be_deaf_to_polite_signals()
    print(os.getpid(), os.getsid(0), flush=True)
    while True:
        time.sleep(60)
os.waitpid(pid, 0)
"""


@pytest.fixture
def parent():
    started = []

    def start(said_parent=0):
        command = [sys.executable, "-c", PARENT, str(said_parent)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def gone(pid, seconds=5.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie":
            return True
        time.sleep(0.01)
    return False


def test_a_child_dies_with_its_parent(parent):
    process = parent()
    child, _session = map(int, process.stdout.readline().split())
    process.kill()
    assert gone(child)


def test_a_child_whose_parent_is_not_the_one_it_was_told_ends(parent):
    process = parent(1)
    assert process.wait(15) == 0
    assert process.stdout.read() == ""


def test_a_child_is_in_a_session_of_its_own_and_takes_no_polite_signal(parent):
    process = parent()
    child, session = map(int, process.stdout.readline().split())
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(child, number)
    assert session == child
    assert not gone(child, 0.2)


def test_a_subreaper_adopts_the_children_of_its_children():
    program = """
import os, time
from barnabas.runtime.runners import lifeline
lifeline.become_subreaper()
reader, writer = os.pipe()
between = os.fork()
if between == 0:
    pid = os.fork()
    if pid == 0:
        time.sleep(0.1)
        os._exit(7)
    os.write(writer, str(pid).encode())
    os._exit(0)
child = int(os.read(reader, 20))
os.waitpid(between, 0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True
    )
    assert answer.stdout == "7\n"
