# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from barnabas.errors import ConfigError, DeadlineError, PeerLostError, PeerUnreachableError
from barnabas.runtime.herder import peers as peers_module
from barnabas.runtime.herder.peers import PeerAnswer, PeerClient, PeerRequest, connector_path
from tests.unit.rest.certificates import Authority

ASK = PeerRequest("GET", "/")
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Peer:
    """A worker that answers each connection with bytes, and keeps what it was sent."""

    def __init__(self, answer: bytes, tls: ssl.SSLContext | None = None) -> None:
        self.answer = answer
        self.silent = False
        self.listens = True
        self.sent: list[bytes] = []
        self.connections = 0
        self._tls = tls
        self._over = asyncio.Event()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        host, port = server.sockets[0].getsockname()
        try:
            yield f"{'https' if self._tls else 'http'}://{host}:{port}/"
        finally:
            self._over.set()
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.listens:
            await self._read(reader)
        if self.silent:
            await self._over.wait()
        writer.write(self.answer)
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = [line for line in head.lower().split(b"\r\n") if b"content-length" in line]
        body = await reader.readexactly(int(length[0].split(b":")[1])) if length else b""
        self.sent.append(head + body)


@pytest.fixture
async def peers() -> AsyncIterator[PeerClient]:
    made = PeerClient()
    yield made
    await made.close()


async def exchanged(
    peers: PeerClient, request: PeerRequest, answer: bytes
) -> tuple[PeerAnswer, bytes]:
    peer = Peer(answer)
    async with peer.listening() as url:
        answered = await peers.request(url, request, timeout_s=10)
    return answered, peer.sent[0]


async def test_the_answer_comes_as_it_is(peers: PeerClient):
    raw = b"HTTP/1.1 409 Conflict\r\nRetry-After: 7\r\ncontent-length: 3\r\n\r\n{ }"
    answer, _ = await exchanged(peers, ASK, raw)
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (409, b"{ }", "7")


async def test_redirects_are_answers(peers: PeerClient):
    raw = b"HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n"
    assert (await exchanged(peers, ASK, raw))[0].status == 302


async def test_path_query_headers_and_body_arrive_as_they_are(peers: PeerClient):
    request = PeerRequest(
        "POST",
        "/connectors/a%20b;x/%E2%82%AC/../c",
        "forward=true&q=%2f+1",
        b'{"a": 1 }\x00\xff',
        {"content-type": "application/json", "authorization": "Basic \xfc"},
    )
    _, sent = await exchanged(peers, request, OK)
    head, _, body = sent.partition(b"\r\n\r\n")
    first, *headers = head.split(b"\r\n")
    assert first == b"POST /connectors/a%20b;x/%E2%82%AC/../c?forward=true&q=%2f+1 HTTP/1.1"
    assert body == request.body
    assert {b"authorization: Basic \xfc", b"content-type: application/json"} <= set(headers)
    assert {b"user-agent: kafka-connect", b"accept: application/json"} <= set(headers)


async def test_a_large_body_arrives_whole(peers: PeerClient):
    body = bytes(8 * 1024 * 1024)
    _, sent = await exchanged(peers, PeerRequest("POST", "/", body=body), OK)
    assert sent.endswith(b"\r\n\r\n" + body)


async def test_every_request_has_its_own_connection(peers: PeerClient):
    peer = Peer(OK)
    async with peer.listening() as url:
        for _ in range(2):
            await peers.request(url, ASK, timeout_s=10)
    assert peer.connections == 2


async def test_many_requests_wait_at_the_same_time(peers: PeerClient):
    peer = Peer(OK)
    peer.silent = True
    async with peer.listening() as url:
        asking = [asyncio.create_task(peers.request(url, ASK, timeout_s=30)) for _ in range(150)]
        while len(peer.sent) < 150:
            await asyncio.wait(asking, timeout=0.01)
        peer._over.set()
        assert {answer.status for answer in await asyncio.gather(*asking)} == {200}


# -- what goes wrong ----------------------------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


async def test_a_refused_connection_names_the_address_and_what_to_check(peers: PeerClient):
    url = f"http://127.0.0.1:{free_port()}/"
    with pytest.raises(PeerUnreachableError) as raised:
        await peers.request(url, ASK, timeout_s=10)
    assert raised.value.may_pass
    for part in (url, "connection refused", "rest.advertised.host.name", "rest.advertised.port"):
        assert part in raised.value.message


async def test_a_host_nobody_knows(peers: PeerClient):
    with pytest.raises(PeerUnreachableError, match=r"host name is not known") as raised:
        await peers.request("http://no-such-host.invalid:8083/", ASK, timeout_s=10)
    assert raised.value.may_pass


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://[::1/", "nonsense", ""])
async def test_an_address_that_is_none(peers: PeerClient, url: str):
    with pytest.raises(PeerUnreachableError) as raised:
        await peers.request(url, ASK, timeout_s=10)
    assert not raised.value.may_pass


async def test_a_host_that_does_not_answer_the_connection(peers: PeerClient, monkeypatch):
    monkeypatch.setattr(peers_module, "_CONNECT_S", 0.01)
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    with listener, contextlib.ExitStack() as stack:
        for _ in range(4):  # fill the queue, so that the system leaves the next one unanswered
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(PeerUnreachableError) as raised:
            await peers.request(url, ASK, timeout_s=10)
        assert raised.value.may_pass
        with pytest.raises(PeerUnreachableError, match="no connection within 0 s"):
            await peers.request(url, ASK, timeout_s=0)


async def test_a_peer_that_dies_in_the_midst_may_have_done_it(peers: PeerClient):
    for answer in (b"", b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nok", b"what?\r\n\r\n"):
        with pytest.raises(PeerLostError, match=r"broke .* GET / .*may have been carried out"):
            await exchanged(peers, ASK, answer)


async def test_a_peer_that_takes_too_long_may_do_it_yet(peers: PeerClient):
    peer = Peer(OK)
    peer.silent = True
    async with peer.listening() as url:
        with pytest.raises(DeadlineError, match=r"did not answer GET / .*may have been carried"):
            await peers.request(url, ASK, timeout_s=0.3)


async def test_an_answer_without_end_is_cut_off(peers: PeerClient, monkeypatch):
    monkeypatch.setattr(peers_module, "MAX_ANSWER_BYTES", 1)
    with pytest.raises(PeerLostError, match="longer than 1 bytes"):
        await exchanged(peers, ASK, OK)


# -- TLS ------------------------------------------------------------------------------------------

AUTHORITY = Authority()


def server_tls(tmp_path: Path) -> ssl.SSLContext:
    signed = AUTHORITY.sign("server")
    path = tmp_path / "server.pem"
    path.write_text(signed.key_pem() + signed.certificate_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


async def test_a_peer_with_tls_is_asked_with_what_the_worker_trusts(tmp_path: Path):
    peers = PeerClient(lambda: ssl.create_default_context(cadata=AUTHORITY.certificate_pem))
    async with Peer(OK, server_tls(tmp_path)).listening() as url:
        assert (await peers.request(url, ASK, timeout_s=10)).body == b"ok"
    await peers.close()


async def test_a_certificate_nobody_trusts_is_not_tried_again(peers: PeerClient, tmp_path: Path):
    async with Peer(OK, server_tls(tmp_path)).listening() as url:
        with pytest.raises(PeerUnreachableError, match="certificate is not trusted") as raised:
            await peers.request(url, ASK, timeout_s=10)
    assert not raised.value.may_pass


async def test_a_peer_that_speaks_no_tls_at_an_https_address(peers: PeerClient):
    peer = Peer(OK)
    peer.listens = False
    async with peer.listening() as url:
        with pytest.raises(PeerUnreachableError, match="TLS failed"):
            await peers.request(url.replace("http:", "https:"), ASK, timeout_s=10)


async def test_wrong_tls_settings_can_be_mended_while_the_worker_runs(tmp_path: Path):
    settings = [ConfigError("no trust store")]

    def make() -> ssl.SSLContext:
        if settings:
            raise settings.pop()
        return ssl.create_default_context(cadata=AUTHORITY.certificate_pem)

    peers = PeerClient(make)
    async with Peer(OK, server_tls(tmp_path)).listening() as url:
        with pytest.raises(ConfigError, match="no trust store"):
            await peers.request(url, ASK, timeout_s=10)
        assert (await peers.request(url, ASK, timeout_s=10)).status == 200
    await peers.close()


# -- the rest -------------------------------------------------------------------------------------


def test_names_are_encoded_in_paths():
    assert connector_path("a b/ü%", "tasks") == "/connectors/a%20b%2F%C3%BC%25/tasks"


def test_a_worker_that_asks_nobody_does_not_load_the_library():
    code = "import sys, barnabas.runtime.herder.peers; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_client_that_is_prepared_imports_nothing_when_it_is_used_for_the_first_time():
    code = """
import asyncio, sys
from barnabas.errors import PeerUnreachableError
from barnabas.runtime.herder.peers import PeerClient, PeerRequest

async def main():
    peers = PeerClient()
    peers.prepare("http://127.0.0.1:1/")
    await asyncio.gather(*peers._clients.values())
    before = set(sys.modules)
    try:
        await peers.request("http://127.0.0.1:1/", PeerRequest("GET", "/"), 10)
    except PeerUnreachableError:
        print(set(sys.modules) - before)

asyncio.run(main())
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.stdout == "set()\n"


async def test_what_goes_wrong_in_preparation_is_told_to_who_asks():
    def fail() -> ssl.SSLContext:
        message = "no such key store"
        raise ConfigError(message)

    peers = PeerClient(fail)
    peers.prepare("https://127.0.0.1:1/")
    with pytest.raises(ConfigError, match="no such key store"):
        await peers.request("https://127.0.0.1:1/", ASK, timeout_s=10)
    await peers.close()


async def test_closing_ends_what_is_under_way(peers: PeerClient):
    peer = Peer(OK)
    peer.silent = True
    async with peer.listening() as url:
        asking = asyncio.create_task(peers.request(url, ASK, timeout_s=30))
        while not peer.sent:
            await asyncio.wait([asking], timeout=0.01)
        await peers.close()
        with pytest.raises(PeerLostError):
            await asking
