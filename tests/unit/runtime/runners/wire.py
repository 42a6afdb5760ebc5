# SPDX-License-Identifier: Apache-2.0
"""The worker's end of a host that runs in a thread of the test."""

from __future__ import annotations

import concurrent.futures
import socket
from collections import deque

from barnabas.runtime.runners import messages
from barnabas.runtime.runners.channel import Channel
from barnabas.runtime.runners.lease import Lease
from barnabas.runtime.runners.lease_watch import LeaseWatch
from barnabas.runtime.runners.messages import Setup

__all__ = ["SETUP", "WATCH", "HostWire"]

WORKER_CONFIG = {
    "bootstrap.servers": "127.0.0.1:1",
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.storage.StringConverter",
    "offset.storage.file.filename": "unused",
}
SETUP = Setup("task t-0", None, [], WORKER_CONFIG, is_distributed=False, logger_levels={})

WATCH = LeaseWatch(Lease.make(None), -1)


class HostWire:
    """Says and hears what a worker would; ``host`` is made from a channel."""

    def __init__(self, make_host):
        self._worker, self._runner = socket.socketpair()
        self._worker.settimeout(10)
        self._frames = messages.FrameReader()
        self._heard = deque()
        self._pool = concurrent.futures.ThreadPoolExecutor(1)
        self._host = make_host(Channel(self._runner))
        self.status = self._pool.submit(self._host.run)

    def say(self, *said):
        self._worker.sendall(b"".join(messages.encode(message) for message in said))

    def hear(self):
        while not self._heard:
            bodies = self._frames.feed(self._worker.recv(65536))
            self._heard.extend(messages.decode_to_worker(body) for body in bodies)
        return self._heard.popleft()

    def close(self):
        """End the host and its control thread."""
        if not self.status.done():
            self.say(messages.Stop())
        self.status.result(10)
        self._pool.shutdown()
        self._worker.close()
        if hasattr(self._host, "_control"):
            self._host._control._thread.join(10)
        self._runner.close()
