# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import socket

import pytest

from barnabas.errors import ConfigError
from barnabas.rest import listeners
from barnabas.rest.listeners import Listener, advertised_address, open_socket, parse_listeners
from barnabas.runtime.settings.listeners import ListenerOptions


@pytest.mark.parametrize(
    ("text", "listener"),
    [
        ("http://:8083", Listener("http", "", 8083)),
        (" HTTPS://Host.example:1 ", Listener("https", "Host.example", 1)),
        ("http://[::1]:0", Listener("http", "::1", 0)),
    ],
)
def test_addresses_are_read(text: str, listener: Listener):
    assert parse_listeners("listeners", [text]) == [listener]


@pytest.mark.parametrize(
    "text", ["8083", "ftp://:1", "http://a", "http://a:x", "http://a:70000", "a:1"]
)
def test_other_addresses_are_refused(text: str):
    with pytest.raises(ConfigError, match=r"doesn't have the right format .*admin\.listeners"):
        parse_listeners("admin.listeners", [text])


def test_an_address_of_ipv6_is_written_in_brackets():
    assert str(Listener("http", "::1", 80)) == "http://[::1]:80"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", ""])
def test_a_socket_takes_connections_at_once(host: str):
    with open_socket(Listener("http", host, 0)) as opened:
        port = opened.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), 5).close()


def test_answers_are_sent_at_once():
    with (
        open_socket(Listener("http", "127.0.0.1", 0)) as opened,
        socket.create_connection(opened.getsockname()),
    ):
        opened.setblocking(True)
        accepted, _ = opened.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_in_use_is_told():
    with open_socket(Listener("http", "127.0.0.1", 0)) as opened:
        taken = Listener("http", "127.0.0.1", opened.getsockname()[1])
        with pytest.raises(ConfigError, match=r"127\.0\.0\.1:\d+: .*another program listens there"):
            open_socket(taken)


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("192.0.2.1", "address of this machine"),
        ("no.such.invalid", "host name"),
        ("a..b", "host name is not known"),
        ("x" * 70, "host name is not known"),
    ],
)
def test_a_host_that_is_not_here_is_told(host: str, why: str):
    with pytest.raises(ConfigError, match=why):
        open_socket(Listener("http", host, 0))


def test_a_port_that_needs_rights_is_told(monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(ConfigError, match="ports below 1024"):
        open_socket(Listener("http", "127.0.0.1", 80))


HTTP, HTTPS = Listener("http", "a", 0), Listener("https", "b", 443)


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, ("http", "a", 8083)),
        ({"rest.advertised.listener": "HTTPS"}, ("https", "b", 443)),
        ({"rest.advertised.host.name": "h", "rest.advertised.port": "1"}, ("http", "h", 1)),
    ],
)
def test_others_know_the_worker_by_its_first_address_of_http(settings, address):
    config = ListenerOptions(settings)
    assert advertised_address(config, [HTTPS, HTTP], [443, 8083]) == address


def test_a_protocol_nobody_listens_with_cannot_be_advertised():
    config = ListenerOptions({"rest.advertised.listener": "https"})
    with pytest.raises(ConfigError, match=r"rest\.advertised\.listener is https"):
        advertised_address(config, [HTTP], [1])


def test_without_a_host_it_is_that_of_the_machine(monkeypatch):
    anywhere = [Listener("http", "", 0)]
    monkeypatch.setattr(listeners.socket, "gethostbyname", lambda _: "10.0.0.7")
    assert advertised_address(ListenerOptions({}), anywhere, [9])[1] == "10.0.0.7"

    def fail(_: str) -> str:
        raise OSError("no such name")

    monkeypatch.setattr(listeners.socket, "gethostbyname", fail)
    assert advertised_address(ListenerOptions({}), anywhere, [9])[1] == "127.0.0.1"
