# SPDX-License-Identifier: Apache-2.0
"""Processes are made by the forkserver, or by an interpreter of the plugin's own."""

from __future__ import annotations

import os
import socket
import sys

import psutil
import pytest

from barnabas.errors import ConnectError
from barnabas.runtime.runners.last_words import LastWords


@pytest.fixture
async def launch(launcher):
    """Launch a process; it is ended by closing its socket, and waited for."""
    made = []

    async def launch(interpreter=None):
        ours, theirs = socket.socketpair()
        words = LastWords()
        made.append([ours, words, None])
        with theirs:
            made[-1][2] = await launcher.launch(theirs, words.descriptor, interpreter)
        return made[-1][2]

    yield launch
    for ours, words, pid in made:
        ours.close()
        words.close()
        if pid is not None:
            os.waitpid(pid, 0)  # noqa: ASYNC222 - it ends with its socket


async def test_a_fork_is_a_child_of_this_process(launch, launcher):
    process = psutil.Process(await launch())
    assert process.ppid() == os.getpid()
    assert process.pid != launcher.forkserver_pid


async def test_another_interpreter_is_a_child_of_this_process_too(launch):
    assert psutil.Process(await launch(sys.executable)).ppid() == os.getpid()


async def test_an_interpreter_that_is_not_there_is_named(launch):
    with pytest.raises(ConnectError, match="/nowhere/bin/python cannot be run: No such file"):
        await launch("/nowhere/bin/python")


async def test_a_forkserver_that_was_killed_is_replaced(launch, launcher):
    await launch()
    before = launcher.forkserver_pid
    psutil.Process(before).kill()
    await launch()
    assert launcher.forkserver_pid not in {None, before}


async def test_the_forkserver_ends_with_the_launcher(launch, launcher):
    await launch()
    pid = launcher.forkserver_pid
    await launcher.stop()
    assert launcher.forkserver_pid is None
    assert not psutil.pid_exists(pid)
