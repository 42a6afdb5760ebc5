# SPDX-License-Identifier: Apache-2.0
"""Starts runner processes: forks of the forkserver, or the interpreter of a plugin.

Used on the worker's event loop, which must run on a thread that lives as long as the process (the
main thread): Linux ties children to the thread that made them.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
from typing import Final

from barnabas.errors import ConnectError, DeadlineError
from barnabas.runtime.runners import forkserver, lifeline
from barnabas.runtime.runners.lease import Lease

__all__ = ["Launcher"]

_log = logging.getLogger(__name__)

_FORK_DEADLINE_S: Final = 30.0
_END_DEADLINE_S: Final = 5.0


class Launcher:
    """Starts processes whose end is this process's to wait for.

    Args:
        plugin_path: The worker's setting ``plugin.path``.
        lease: Until when runners may run; for ever when None.
    """

    def __init__(self, plugin_path: str = "", lease: Lease | None = None) -> None:
        self._plugin_path = plugin_path
        self._lease = lease or Lease.make(None)
        self._server: _ForkServer | None = None
        self._lock = asyncio.Lock()

    def start(self) -> None:
        """Start the forkserver; it loads what runners need while the worker goes on."""
        lifeline.become_subreaper()
        self._server = _ForkServer(self._plugin_path, self._lease)

    @property
    def forkserver_pid(self) -> int | None:
        """Process id of the forkserver."""
        return None if self._server is None else self._server.pid

    async def launch(
        self, sock: socket.socket, last_words: int, interpreter: str | None = None
    ) -> int:
        """Start a runner.

        Args:
            sock: The runner's end of its socket; still the caller's to close.
            last_words: Descriptor of the runner's last words; still the caller's to close.
            interpreter: Python of the plugin's virtual environment, None for ours.

        Returns:
            Its process id. It is a child of this process.

        Raises:
            ConnectError: It cannot be started; the message says why.
        """
        if interpreter is not None:
            return _run_interpreter(interpreter, sock, last_words, self._lease)
        async with self._lock:
            try:
                return await self._living_server().fork(sock, last_words)
            except _ServerGoneError:
                _log.warning("The forkserver ended unexpectedly; starting another one")
                self._end_server()
                try:
                    return await self._living_server().fork(sock, last_words)
                except _ServerGoneError as error:
                    self._end_server()
                    text = (
                        "The forkserver, which makes processes for connectors and tasks, ended "
                        "twice. Its own message is on standard error; is memory short?"
                    )
                    raise ConnectError(text) from error

    async def stop(self) -> None:
        """End the forkserver. Runners live on."""
        async with self._lock:
            server, self._server = self._server, None
            if server is not None:
                await asyncio.to_thread(server.end)

    def _living_server(self) -> _ForkServer:
        if self._server is None:
            self.start()
        if self._server is None:
            raise AssertionError
        return self._server

    def _end_server(self) -> None:
        if self._server is not None:
            self._server.kill()
        self._server = None


class _ServerGoneError(ConnectError):
    """The forkserver is gone."""


class _ForkServer:
    """The worker's end of one forkserver."""

    def __init__(self, plugin_path: str, lease: Lease) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, our own interpreter
                [
                    sys.executable,
                    "-P",
                    "-m",
                    forkserver.__name__,
                    str(theirs.fileno()),
                    str(lease.descriptor),
                    str(os.getpid()),
                    plugin_path,
                ],
                pass_fds=[theirs.fileno(), lease.descriptor],
            )
        self._control.setblocking(False)
        self.pid = self._process.pid

    async def fork(self, sock: socket.socket, last_words: int) -> int:
        """Have a runner forked."""
        try:
            socket.send_fds(self._control, [b"fork"], [sock.fileno(), last_words])
            async with asyncio.timeout(_FORK_DEADLINE_S):
                reply = await self._reply()
        except TimeoutError as error:
            self.kill()
            text = f"The forkserver made no process within {_FORK_DEADLINE_S:g} s; it was killed."
            raise DeadlineError(text) from error
        except OSError as error:
            raise _ServerGoneError from error
        if len(reply) < forkserver.REPLY.size:
            raise _ServerGoneError
        (pid,) = forkserver.REPLY.unpack_from(reply)
        if pid == 0:
            reason = reply[forkserver.REPLY.size :].decode(errors="replace")
            text = f"No process could be made for a runner: {reason}"
            raise ConnectError(text)
        return int(pid)

    async def _reply(self) -> bytes:
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        loop.add_reader(self._control.fileno(), readable.set)
        try:
            await readable.wait()
            return self._control.recv(4096)
        finally:
            loop.remove_reader(self._control.fileno())

    def end(self) -> None:
        """Let it end by itself, by end of file, or kill it. Blocks for some seconds at most."""
        self._control.close()
        try:
            self._process.wait(_END_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Kill it."""
        self._control.close()
        self._process.kill()
        self._process.wait(_END_DEADLINE_S)


def _run_interpreter(interpreter: str, sock: socket.socket, last_words: int, lease: Lease) -> int:
    descriptors = [sock.fileno(), last_words, lease.descriptor]
    arguments = [*map(str, descriptors), str(os.getpid())]
    command = [interpreter, "-P", "-m", "barnabas.runtime.runners.child", *arguments]
    try:
        process = subprocess.Popen(command, pass_fds=descriptors)  # noqa: S603 - from plugin.path
    except OSError as error:
        text = (
            f"The plugin's interpreter {interpreter} cannot be run: {error.strerror}. Make its "
            "virtual environment anew."
        )
        raise ConnectError(text) from error
    process.returncode = 0  # the runner's owner waits for it, this object must not
    return process.pid
