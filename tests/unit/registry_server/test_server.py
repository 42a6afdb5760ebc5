# SPDX-License-Identifier: Apache-2.0
import socket

import httpx
import pytest

from barnabas.errors import ConfigError
from barnabas.registry_server.logs import MemoryLog
from barnabas.registry_server.server import RegistryServer, open_socket


async def test_registry_serves_and_stops() -> None:
    server = RegistryServer(MemoryLog(), "127.0.0.1", 0)
    await server.start()
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{server.url}/subjects")
    await server.stop()
    await server.stop()

    assert (answer.status_code, answer.json()) == (200, [])
    assert answer.headers["content-type"] == "application/vnd.schemaregistry.v1+json"


async def test_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"127\.0\.0\.1:{port}: .*in use.*--port"):
            await RegistryServer(MemoryLog(), "127.0.0.1", port).start()


@pytest.mark.parametrize(
    ("host", "port", "advice"),
    [
        ("192.0.2.1", 0, "--host"),
        ("127.0.0.1", 70_000, "from 0 to 65535"),
        ("no.invalid", 0, "--host"),
    ],
)
def test_wrong_address_is_told(host: str, port: int, advice: str) -> None:
    with pytest.raises(ConfigError, match=advice):
        open_socket(host, port)
