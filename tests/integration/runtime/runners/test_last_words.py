# SPDX-License-Identifier: Apache-2.0
"""What a process writes when it crashes or is asked where it is."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time

import pytest

from barnabas.runtime.runners.last_words import LastWords, note_end_of_lease

PROGRAM = """
import signal, sys, time, ctypes
from barnabas.runtime.runners import last_words
last_words.write_last_words_to(int(sys.argv[1]))
def hang():
    print("ready", flush=True)
    if sys.argv[2] == "deaf":
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    if sys.argv[2] == "crash":
        ctypes.string_at(0)
    while True:
        time.sleep(60)
hang()
"""


@pytest.fixture
def words():
    words = LastWords()
    yield words
    words.close()


@pytest.fixture
def process(words):
    """Start a program that hangs, is deaf to signals, or crashes."""
    started = []

    def start(how):
        command = [sys.executable, "-c", PROGRAM, str(words.descriptor), how]
        process = subprocess.Popen(
            command, pass_fds=[words.descriptor], stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


async def test_a_process_that_was_asked_often_still_answers(words, process):
    os.write(words.descriptor, b"asked before\n" * 10_000)
    hanging = process("hang")
    assert "in hang" in await words.ask(hanging.pid, patience_s=10)


async def test_a_process_with_a_lease_says_where_it_is_too(words, process):
    hanging = process("hang")
    note_end_of_lease(words.descriptor, 7.0)
    assert words.read() == ""
    assert "in hang\n" in await words.ask(hanging.pid, patience_s=10.0)
    assert words.end_of_lease() == 7.0


async def test_a_living_process_says_where_it_is(words, process):
    hanging = process("hang")
    text = await words.ask(hanging.pid, patience_s=10)
    assert "in hang" in text
    assert hanging.poll() is None


async def test_a_second_question_gets_its_own_answer(words, process):
    hanging = process("hang")
    await words.ask(hanging.pid, patience_s=10)
    assert (await words.ask(hanging.pid, patience_s=10)).count("in hang") == 1


async def test_a_deaf_process_is_not_waited_for(words, process):
    deaf = process("deaf")
    await asyncio.sleep(0.2)  # until it has blocked its signals
    began = time.monotonic()
    assert await words.ask(deaf.pid, patience_s=0.2) == ""
    assert time.monotonic() - began < 2


async def test_a_process_that_is_gone_says_nothing(words, process):
    gone = process("hang")
    gone.kill()
    gone.wait()
    assert await words.ask(gone.pid) == ""


def test_a_crash_is_written(words, process):
    crashed = process("crash")
    assert crashed.wait(10) == -11
    assert words.read().startswith("Fatal Python error: Segmentation fault")


def test_the_file_takes_no_place_on_a_disk(words):
    assert os.readlink(f"/proc/self/fd/{words.descriptor}").startswith("/memfd:")
