# SPDX-License-Identifier: Apache-2.0
"""The forkserver has everything imported, one thread, and hands on nothing of its own."""

from __future__ import annotations

import os
import socket

import psutil
import pytest

from barnabas.runtime.runners import forkserver
from barnabas.runtime.runners.last_words import LastWords


@pytest.fixture
async def server(launcher):
    """A forkserver that has forked once, so it is complete."""
    ours, theirs = socket.socketpair()
    words = LastWords()
    with ours, theirs:
        pid = await launcher.launch(theirs, words.descriptor)
        yield psutil.Process(launcher.forkserver_pid)
    os.waitpid(pid, 0)  # noqa: ASYNC222 - it ends with its socket
    words.close()


async def test_it_has_one_thread(server):
    assert server.num_threads() == 1


async def test_it_keeps_nothing_of_its_runners(server):
    assert server.children() == []
    assert server.num_fds() <= 4 + len({0, 1, 2})


async def test_what_every_runner_needs_is_imported(server):
    loaded = {os.path.basename(entry.path) for entry in server.memory_maps()}
    assert any(name.startswith("cimpl") for name in loaded)
    assert any(name.startswith("librdkafka") for name in loaded)


async def test_it_imports_no_server(server):
    loaded = " ".join(entry.path for entry in server.memory_maps())
    assert "uvloop" not in loaded
    assert "httptools" not in loaded


def test_it_ends_when_its_worker_closes_the_socket():
    worker, control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    worker.close()
    with control:
        forkserver.serve(control, lambda *_descriptors: 0)
