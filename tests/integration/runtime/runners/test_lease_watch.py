# SPDX-License-Identifier: Apache-2.0
"""A process without a lease is killed by the kernel, whatever it does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from barnabas.runtime.runners.last_words import LastWords
from barnabas.runtime.runners.lease import LAPSED, Lease

SESSION_S = 1.0
PROGRAM = """
import itertools, signal, sys, time
from barnabas.runtime.runners.lease import Lease
from barnabas.runtime.runners.lease_watch import LeaseWatch
lease = Lease.inherited(int(sys.argv[1]))
LeaseWatch(lease, int(sys.argv[2])).start(lambda: None)
print("ready", flush=True)
if sys.argv[3] == "spin":
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    sum(itertools.repeat(0))
time.sleep(60)
"""


@pytest.fixture
def lease():
    return Lease.make(SESSION_S)


@pytest.fixture
def words():
    words = LastWords()
    yield words
    words.close()


@pytest.fixture
def process(lease, words):
    """Start a program under the lease that sleeps or spins."""
    started = []

    def start(how, seconds=30):
        lease.extend(time.monotonic() + seconds)
        descriptors = [lease.descriptor, words.descriptor]
        command = [sys.executable, "-c", PROGRAM, *map(str, descriptors), how]
        process = subprocess.Popen(
            command, pass_fds=descriptors, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def renew(lease, words, seconds=2.0):
    """Extend the lease by so much from now, and wait until the process has seen it."""
    deadline = time.monotonic() + seconds
    lease.extend(deadline)
    while words.end_of_lease() != pytest.approx(deadline - 0.02):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return deadline


def test_a_process_ends_itself_before_the_end_of_its_lease(lease, words, process):
    ends = process("sleep")
    deadline = renew(lease, words)
    assert ends.wait(10) == LAPSED
    assert deadline - 0.2 < time.monotonic() < deadline


def test_a_process_that_spins_in_c_and_is_deaf_is_killed(lease, process):
    spins = process("spin", seconds=3)
    assert spins.wait(10) == -signal.SIGKILL
    assert time.monotonic() < lease.deadline_s + 0.5


def test_a_stopped_process_is_dead_when_it_is_continued(lease, words, process):
    stopped = process("sleep")
    deadline = renew(lease, words)
    os.kill(stopped.pid, signal.SIGSTOP)
    assert stopped.wait(10) == -signal.SIGKILL
    assert time.monotonic() < deadline + 0.5
