# SPDX-License-Identifier: Apache-2.0
"""Free ports on loopback for the services of the tests."""

from __future__ import annotations

import os
import random
import socket

__all__ = ["free_port"]

# Below the range from which the kernel takes ports for outgoing connections (32768 and up): a
# service that is stopped and started again finds its port still free.
# Processes of pytest-xdist, gw0 and on, have ranges of their own: what one stopped for a moment
# keeps its port.
_OF_EACH = 3_000
_PLACE = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
_FIRST = 20_000 + _PLACE * _OF_EACH
_LAST = _FIRST + _OF_EACH - 1
_handed_out: set[int] = set()
_random = random.SystemRandom()


def free_port() -> int:
    """Return a loopback port nobody listens on and nobody in this process was given before."""
    for _ in range(1_000):
        port = _random.randint(_FIRST, _LAST)
        if port not in _handed_out and _is_free(port):
            _handed_out.add(port)
            return port
    msg = f"no free loopback port between {_FIRST} and {_LAST}"
    raise RuntimeError(msg)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
