# SPDX-License-Identifier: Apache-2.0
"""One connection to one broker: requests of Kafka's protocol out, answers in.

kafka-python knows the bytes of requests and answers and the SCRAM and Kerberos exchanges; sockets,
TLS and time limits are asyncio's. A connection asks one thing at a time. It belongs to one event
loop and is not opened again: after an error there is nothing to be done with it but :meth:`close`.

Differs:
    kafka-python's own client is not used. A coordinator that holds back the answer to a JoinGroup
    reads nothing more from that connection, so signs of life need a connection of their own; that
    client has one per broker, resolves names on the thread that sends heartbeats, gives a TLS
    handshake no time limit and remembers a refused login for ever.

Source:
    Kafka protocol guide; KIP-35 (ApiVersions), KIP-43 (SASL), KIP-368 (sessions that end).
"""

from __future__ import annotations

import asyncio
import dataclasses
import errno
import io
import itertools
import os
import ssl
import struct
import time
from typing import Any, Final

import kafka.errors
from kafka.net.sasl.gssapi import SaslMechanismGSSAPI
from kafka.net.sasl.scram import ScramClient
from kafka.protocol.metadata import ApiVersionsRequest
from kafka.protocol.sasl import SaslAuthenticateRequest, SaslHandshakeRequest

import barnabas
from barnabas.errors import ConfigError, ConnectError, ProtocolError, RetriableError
from barnabas.kafka.connection_security import ConnectionSecurity, SaslLogin
from barnabas.kafka.oauth_tokens import TokenSource

__all__ = [
    "Address",
    "BrokerConnection",
    "Doorman",
    "LoginRefusedError",
    "UnreachableError",
    "error_word",
]

_MAX_FRAME_BYTES: Final = 100_000_000
_UNSUPPORTED_VERSION: Final = 35
_SESSION_USED_SHARE: Final = 0.85
_NAME: Final = "barnabas"


class UnreachableError(RetriableError):
    """A broker cannot be reached, or went away."""


class LoginRefusedError(ConnectError):
    """Broker and worker do not accept each other: login or certificate is wrong."""


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """Where a broker listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Doorman:
    """Opens connections, all secured in the same way.

    Args:
        security: TLS and login.
        client_id: The name brokers see.
    """

    def __init__(self, security: ConnectionSecurity, client_id: str) -> None:
        self.client_id = client_id
        self.security = security
        login = security.login
        oauth = login is not None and login.mechanism == "OAUTHBEARER"
        self._tokens = TokenSource(login.options) if login is not None and oauth else None

    async def open(self, address: Address, timeout_s: float) -> BrokerConnection:
        """Connect, agree on versions, log in.

        Args:
            address: Of the broker.
            timeout_s: For all of that together.

        Raises:
            UnreachableError: That did not work in time, or the broker hung up.
            LoginRefusedError: The login or a certificate is refused.
            ConfigError: The login needs something that is not installed.
        """
        try:
            async with asyncio.timeout(timeout_s):
                connection = await self._connect(address)
                try:
                    await connection.learn_versions()
                    if self.security.login is not None:
                        await self._log_in(connection, self.security.login)
                except BaseException:
                    connection.close()
                    raise
                return connection
        except TimeoutError:
            message = f"The broker at {address} did not answer within {timeout_s:g} s"
            raise UnreachableError(message) from None

    async def _connect(self, address: Address) -> BrokerConnection:
        tls = self.security.tls
        name = address.host.rstrip(".") if tls is not None else None
        try:
            reader, writer = await asyncio.open_connection(
                address.host, address.port, ssl=tls, server_hostname=name, limit=2**20
            )
        except ssl.SSLCertVerificationError as error:
            message = (
                f"The certificate of the broker at {address} is not trusted: "
                f"{error.verify_message}; check ssl.truststore.*"
            )
            raise LoginRefusedError(message) from None
        except ssl.SSLError as error:
            message = (
                f"TLS with the broker at {address} failed: {error.reason or error}; check that "
                "this listener speaks TLS, and ssl.keystore.* if it wants a certificate"
            )
            raise LoginRefusedError(message) from None
        except OSError as error:
            message = f"The broker at {address} cannot be reached: {_reason(error)}"
            raise UnreachableError(message) from None
        return BrokerConnection(reader, writer, address, self.client_id)

    async def _log_in(self, connection: BrokerConnection, login: SaslLogin) -> None:
        conversation = await self._conversation(connection.address, login)
        await connection.shake_hands(login.mechanism)
        lifetime_ms = 0
        while not conversation.is_done:
            token = await conversation.next_token()
            answer = await connection.authenticate(token, login.mechanism)
            conversation.hear(answer.auth_bytes)
            lifetime_ms = getattr(answer, "session_lifetime_ms", 0) or 0
        if lifetime_ms > 0:
            connection.good_until_s = time.monotonic() + lifetime_ms / 1000 * _SESSION_USED_SHARE

    async def _conversation(self, address: Address, login: SaslLogin) -> _Conversation:
        options = login.options
        if self._tokens is not None:
            return _OneMessage(await _token(self._tokens))
        if login.mechanism == "GSSAPI":
            return await asyncio.to_thread(_Kerberos, address, options)
        user, password = options["sasl.username"], options["sasl.password"]
        if login.mechanism == "PLAIN":
            return _OneMessage(f"\0{user}\0{password}".encode())
        return _Scram(user, password, login.mechanism)


class BrokerConnection:
    """An open connection; made by :class:`Doorman`."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        address: Address,
        client_id: str,
    ) -> None:
        self.address = address
        self.good_until_s = float("inf")
        """Monotonic second from which on the broker may want a new login (KIP-368)."""
        self._reader = reader
        self._writer = writer
        self._client_id = client_id
        self._numbers = itertools.count(1)
        self._versions: dict[int, tuple[int, int]] = {}
        self._is_usable = True

    @property
    def is_usable(self) -> bool:
        """Whether the next question can be asked here."""
        return (
            self._is_usable
            and not self._reader.at_eof()
            and not self._writer.is_closing()
            and time.monotonic() < self.good_until_s
        )

    def close(self) -> None:
        """Let it go at once, without waiting for the broker."""
        self._is_usable = False
        self._writer.transport.abort()

    async def ask(self, request: Any, timeout_s: float) -> Any:
        """Send a request, in the newest version both sides know, and wait for the answer.

        When it is cancelled or fails, the connection is closed: an answer may still be on its way.

        Args:
            request: One of kafka-python's requests, without a version.
            timeout_s: How long the answer may take.

        Raises:
            UnreachableError: The answer did not come in time, or the broker hung up.
            ProtocolError: Broker and worker have no version in common, or what came is no answer.
        """
        request.API_VERSION = self._version(request)
        try:
            async with asyncio.timeout(timeout_s):
                return await self._exchange(request)
        except TimeoutError:
            message = (
                f"The broker at {self.address} did not answer a {request.name} within "
                f"{timeout_s:g} s"
            )
            raise UnreachableError(message) from None

    async def learn_versions(self) -> None:
        """Ask which versions the broker knows, as the first thing of all."""
        request = ApiVersionsRequest(
            client_software_name=_NAME, client_software_version=barnabas.__version__, version=3
        )
        answer = await self._exchange(request)
        if answer.error_code == _UNSUPPORTED_VERSION:
            answer = await self._exchange(ApiVersionsRequest(version=0))
        self._check(answer, "agree on versions with")
        self._versions = {
            item.api_key: (item.min_version, item.max_version) for item in answer.api_keys
        }

    async def shake_hands(self, mechanism: str) -> None:
        """Ask for a mechanism to log in with.

        Raises:
            LoginRefusedError: The broker does not offer it.
        """
        request = SaslHandshakeRequest(mechanism=mechanism)
        request.API_VERSION = 1
        answer = await self._exchange(request)
        if answer.error_code:
            offered = ", ".join(answer.mechanisms) or "none"
            message = (
                f"The broker at {self.address} does not offer sasl.mechanism={mechanism}; "
                f"it offers: {offered}"
            )
            raise LoginRefusedError(message)

    async def authenticate(self, token: bytes, mechanism: str) -> Any:
        """Take one step of the login.

        Raises:
            LoginRefusedError: The broker does not accept it; has its words.
        """
        request = SaslAuthenticateRequest(auth_bytes=token)
        request.API_VERSION = self._version(request)
        answer = await self._exchange(request)
        if answer.error_code:
            message = (
                f"The broker at {self.address} refused the login with {mechanism}: "
                f"{answer.error_message or error_word(answer.error_code)}; check sasl.jaas.config"
            )
            raise LoginRefusedError(message)
        return answer

    async def _exchange(self, request: Any) -> Any:
        if not self._is_usable:
            message = f"The connection to the broker at {self.address} is closed"
            raise UnreachableError(message)
        number = next(self._numbers)
        request.with_header(correlation_id=number, client_id=self._client_id)
        self._is_usable = False
        try:
            self._writer.write(bytes(request.encode(framed=True, header=True)))
            await self._writer.drain()
            frame = await self._frame()
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            reason = getattr(error, "strerror", None) or "it closed the connection"
            message = f"The broker at {self.address} is lost: {reason}"
            raise UnreachableError(message) from None
        except BaseException:
            self.close()
            raise
        answer = self._decoded(request, frame, number)
        self._is_usable = True
        return answer

    async def _frame(self) -> bytes:
        (size,) = struct.unpack(">i", await self._reader.readexactly(4))
        if not 0 <= size <= _MAX_FRAME_BYTES:
            message = (
                f"What answers at {self.address} is no Kafka broker, or speaks TLS there; check "
                "bootstrap.servers and security.protocol"
            )
            raise ProtocolError(message)
        return await self._reader.readexactly(size)

    def _decoded(self, request: Any, frame: bytes, number: int) -> Any:
        kind = request.header.get_response_class()
        try:
            (received,) = struct.unpack_from(">i", frame)
            if received == number:
                return kind.decode(_after_header(kind, frame))
            reason = f"it belongs to request {received}, not {number}"
        except (ValueError, struct.error, IndexError, TypeError) as error:
            reason = str(error)
        self.close()
        message = (
            f"The answer of the broker at {self.address} to a {request.name} is broken: {reason}"
        )
        raise ProtocolError(message)

    def _version(self, request: Any) -> int:
        low, high = self._versions.get(request.API_KEY, (0, -1))
        version = min(high, request.max_version)
        if version < low:
            message = (
                f"The broker at {self.address} is too new or too old for this worker: it knows "
                f"{request.name} in versions {low} to {high}, the worker up to "
                f"{request.max_version}"
            )
            raise ProtocolError(message)
        return int(version)

    def _check(self, answer: Any, doing: str) -> None:
        if answer.error_code:
            message = (
                f"Cannot {doing} the broker at {self.address}: {error_word(answer.error_code)}"
            )
            raise ProtocolError(message)


def _reason(error: OSError) -> str:
    """Say why there is no connection; asyncio hides the system's word behind its own."""
    if error.errno is not None and error.errno in errno.errorcode:
        return os.strerror(error.errno)
    return error.strerror or str(error)


async def _token(tokens: TokenSource) -> bytes:
    try:
        return await asyncio.to_thread(tokens.first_message)
    except RetriableError as error:
        raise UnreachableError(error.message) from error
    except ConnectError as error:
        raise LoginRefusedError(error.message) from error


def _after_header(kind: Any, frame: bytes) -> io.BytesIO:
    stream = io.BytesIO(frame)
    kind.parse_header(stream)
    return stream


def error_word(code: int) -> str:
    """Kafka's name of an error."""
    return str(getattr(kafka.errors.for_code(code), "message", None) or f"error {code}")


class _Conversation:
    """What client and broker say to each other until the client is logged in."""

    is_done = False

    async def next_token(self) -> bytes:
        raise NotImplementedError

    def hear(self, answer: bytes) -> None:
        raise NotImplementedError


class _OneMessage(_Conversation):
    def __init__(self, message: bytes) -> None:
        self._message = message

    async def next_token(self) -> bytes:
        return self._message

    def hear(self, answer: bytes) -> None:
        if answer:  # OAUTHBEARER tells a refusal in this way (RFC 7628 section 3.2.3)
            message = f"The broker refused the token: {answer.decode('utf-8', 'replace')}"
            raise LoginRefusedError(message)
        self.is_done = True


class _Scram(_Conversation):
    def __init__(self, user: str, password: str, mechanism: str) -> None:
        # kafka-python leaves out what RFC 5802 asks for in names.
        escaped = user.replace("=", "=3D").replace(",", "=2C")
        self._client = ScramClient(escaped, password, mechanism)
        self._is_proving = False

    async def next_token(self) -> bytes:
        if not self._is_proving:
            return bytes(self._client.first_message())
        return bytes(self._client.final_message())

    def hear(self, answer: bytes) -> None:
        try:
            if self._is_proving:
                self._client.process_server_final_message(answer)
                self.is_done = True
            else:
                self._client.process_server_first_message(answer)
                self._is_proving = True
        except (ValueError, KeyError) as error:
            message = f"The broker's part of the SCRAM login is wrong: {error}"
            raise LoginRefusedError(message) from None


class _Kerberos(_Conversation):
    def __init__(self, address: Address, options: Any) -> None:
        service = options.get("sasl.kerberos.service.name", "kafka")
        try:
            self._mechanism = SaslMechanismGSSAPI(
                host=address.host, sasl_kerberos_service_name=service
            )
        except RuntimeError:
            message = (
                "sasl.mechanism=GSSAPI needs the Python package gssapi for the worker's "
                "membership in its group; install it with: pip install gssapi"
            )
            raise ConfigError(message) from None

    async def next_token(self) -> bytes:
        return bytes(self._mechanism.auth_bytes())

    def hear(self, answer: bytes) -> None:
        if not self._mechanism.is_done():
            self._mechanism.receive(answer)
        self.is_done = self._mechanism.is_done()
