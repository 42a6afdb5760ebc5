# SPDX-License-Identifier: Apache-2.0
"""The wire of the tests carries, swallows, and carries again."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from tests.services.ports import free_port
from tests.services.wire import Wire


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(100):
            self.request.sendall(data)


@pytest.fixture
def wire() -> Iterator[Wire]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", free_port()), Echo)
    with server, Wire(free_port(), server.server_address[1]) as wire:
        serving = threading.Thread(target=server.serve_forever, args=[0.05])
        serving.start()
        yield wire
        server.shutdown()
        serving.join()


def connect(wire: Wire) -> socket.socket:
    return socket.create_connection(("127.0.0.1", wire.port), timeout=5)


def test_both_directions_are_carried(wire: Wire) -> None:
    with connect(wire) as end:
        end.sendall(b"there and back")
        assert end.recv(100) == b"there and back"


def test_a_cut_is_not_noticed_before_it_is_mended(wire: Wire) -> None:
    with connect(wire) as end:
        wire.cut()
        end.sendall(b"lost")
        end.settimeout(0.3)
        with pytest.raises(TimeoutError):
            end.recv(100)
        wire.mend()
        end.settimeout(5)
        assert end.recv(100) == b""
    with connect(wire) as end:
        end.sendall(b"new")
        assert end.recv(100) == b"new"


def test_where_nobody_listens_nobody_is_let_in() -> None:
    with Wire(free_port(), free_port()) as wire, connect(wire) as end:
        assert end.recv(100) == b""
