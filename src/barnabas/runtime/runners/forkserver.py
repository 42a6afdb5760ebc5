# SPDX-License-Identifier: Apache-2.0
"""The forkserver: a small process that has everything imported and only forks runners.

Run by the worker as
``python -m barnabas.runtime.runners.forkserver FD LEASE WORKER_PID PLUGIN_PATH``.
``FD`` is a Unix socket of type SEQPACKET, ``LEASE`` the page of
:mod:`~barnabas.runtime.runners.lease`, which all runners inherit. Each request is one packet with
two file descriptors, the runner's socket and the file for its last words; the answer is a packet
with the runner's process id, or 0 and a reason. It forks twice and lets the process between end, so
that the worker, a subreaper, becomes the runner's parent: it then learns the exit status from the
kernel, and the end of the forkserver harms no runner.

It has one thread and runs no user code, so forking it is safe.

A runner shares the forkserver's memory until it writes to it, and Python writes a lot: also the
number of references to an object lies beside the object. So what all runners do at their start is
done here, once, and what runners get anew is kept apart from what is here. What comes of running
code is had from a :mod:`~barnabas.runtime.runners.rehearsal`.
"""

from __future__ import annotations

import gc
import importlib
import os
import socket
import struct
import sys
import traceback
from collections.abc import Callable
from typing import Final

from barnabas.runtime.runners import child, environment, heap, lifeline, rehearsal
from barnabas.runtime.runners.lease import Lease
from barnabas.telemetry import logs

__all__ = ["PRELOADED", "REPLY", "main", "serve"]

REPLY: Final = struct.Struct(">i")
"""Process id of the runner; 0 when it could not be made, followed by the reason in UTF-8."""

PRELOADED: Final = (
    "confluent_kafka",
    "decimal",
    "json",
    "msgspec",
    "orjson",
    "barnabas.api",
    "barnabas.runtime.tasks",
    "barnabas.connectors.file.connector",
    "barnabas.connectors.file.sink",
    "barnabas.connectors.file.source",
    "barnabas.converters.byte_array",
    "barnabas.converters.json",
    "barnabas.converters.simple_header",
    "barnabas.converters.string",
)
"""What runners need beyond what is imported here anyway; shared by all of them."""


def main(arguments: list[str]) -> None:
    """Serve until the worker is gone."""
    descriptor, lease_descriptor, worker = map(int, arguments[:3])
    lifeline.die_with_parent(worker)
    lifeline.leave_terminal()
    lifeline.be_deaf_to_polite_signals()
    logs.configure()
    for module in PRELOADED:
        importlib.import_module(module)
    environment.preload(arguments[3])
    lease = Lease.inherited(lease_descriptor)
    rehearsal.rehearse_all(_fill_holes)
    heap.forget_names()
    _fill_holes()
    gc.freeze()  # else the first collection in a runner would copy every shared page
    with socket.socket(fileno=descriptor) as control:
        control.set_inheritable(False)
        serve(control, lambda sock, words: child.main(child.Given(sock, words, worker, lease)))


def _fill_holes() -> None:
    gc.collect()
    heap.fill_holes()


def serve(control: socket.socket, be: Callable[[int, int], int]) -> None:
    """Fork a runner for each request until end of file.

    Args:
        control: Socket to the worker.
        be: What the fork does with its two descriptors; returns its exit status.
    """
    while True:
        data, descriptors, _flags, _address = socket.recv_fds(control, 16, 2)
        if not data:
            return
        try:
            pid = _fork_runner(control, descriptors, be)
            control.send(REPLY.pack(pid))
        except OSError as error:
            control.send(REPLY.pack(0) + str(error).encode()[:1024])
        finally:
            for descriptor in descriptors:
                os.close(descriptor)


def _fork_runner(
    control: socket.socket, descriptors: list[int], be: Callable[[int, int], int]
) -> int:
    reader, writer = os.pipe()
    between = os.fork()
    if between == 0:
        os.close(reader)
        _be_between(control, writer, lambda: be(*descriptors))
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(between, 0)
    if len(answer) != REPLY.size:
        text = "The system refused another process (see ulimit -u and the memory limit)."
        raise OSError(text)
    pid: int = REPLY.unpack(answer)[0]
    return pid


def _be_between(control: socket.socket, pipe: int, be: Callable[[], int]) -> None:
    """Fork the runner, tell its process id and vanish."""
    try:
        pid = os.fork()
        if pid == 0:
            control.close()
            os.close(pipe)
            _be_runner(be)
        os.write(pipe, REPLY.pack(pid))
    finally:
        os._exit(0)


def _be_runner(be: Callable[[], int]) -> None:
    status = 1
    try:
        status = be()
    except BaseException:  # noqa: BLE001 - nothing may run on into the forkserver's own code
        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1:])
