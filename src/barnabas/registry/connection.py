# SPDX-License-Identifier: Apache-2.0
"""Requests to a registry: several addresses, repetitions, limits of time and size.

A request goes to the address that answered last, then to the others. When none answered, or all
with 408, 429 or 5xx, it is repeated after a wait, as often as ``max.retries`` says. After that the
registry counts as down, so that a task that needs many schemas, or has many records of one, does
not wait for each of them: for ``retries.wait.ms`` requests fail at once, and until
``retries.max.wait.ms`` have passed they are tried once and not repeated.

Each request has a connection of its own: they are rare, and one that was kept could be closed by
the registry at the moment it is used again.

Differs:
    Java repeats a request to one address before it turns to the next.
"""

from __future__ import annotations

import logging
import random
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from barnabas import __version__
from barnabas.errors import (
    ConfigError,
    RegistryAccessError,
    RegistryAnswerError,
    RegistryError,
    RegistryUnavailableError,
)
from barnabas.registry.addresses import Address, parse_addresses
from barnabas.registry.answers import NOT_JSON, Question, error_from_answer
from barnabas.registry.backoff import Backoff
from barnabas.registry.connection_settings import ConnectionConfig
from barnabas.registry.login import is_header_text, make_login
from barnabas.registry.tls import make_tls

if TYPE_CHECKING:
    import httpx

__all__ = ["Connection", "Request"]

_log = logging.getLogger(__name__)

_MEDIA_TYPE: Final = "application/vnd.schemaregistry.v1+json"
_HEADERS: Final = {
    "Accept": f"{_MEDIA_TYPE}, application/vnd.schemaregistry+json, application/json",
    "Confluent-Accept-Unknown-Properties": "true",
    "Confluent-Client-Version": f"barnabas/{__version__}",
    "User-Agent": f"barnabas/{__version__}",
}
_MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
_HEADER_PREFIX: Final = "request.header."
_LONGEST_ANSWER: Final = 3
"""An answer that comes in pieces may take so many times ``http.read.timeout.ms``."""
_LONG: Final = float("inf")


class Request(NamedTuple):
    """What a registry is asked."""

    question: Question
    method: str
    path: str
    """Percent-encoded, with a slash at its beginning."""
    query: Mapping[str, str] = {}
    body: Any = None


class _Answer(NamedTuple):
    status: int
    body: bytes
    retry_after_s: float


class _Down(NamedTuple):
    """The last time no address answered."""

    since: float
    failure: RegistryUnavailableError


class Connection:
    """Sends requests to a registry. Any thread may; `close` ends waits of all of them.

    Args:
        settings: Settings of the client.
        now: Seconds of a clock that never goes back.
        dice: Gives random numbers from 0 to 1.

    Raises:
        ConfigError: Settings are wrong or contradict each other.
    """

    def __init__(
        self,
        settings: ConnectionConfig,
        *,
        now: Callable[[], float] = time.monotonic,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self.addresses: list[Address] = parse_addresses(settings.schema_registry_url)
        self._settings = settings
        self._backoff = Backoff(
            settings.max_retries, settings.retries_wait_ms, settings.retries_max_wait_ms
        )
        self._now = now
        self._dice = dice
        self._login = make_login(settings, self._post_form, now)
        self._tls = make_tls(settings) if self._uses_tls() else None
        self._proxy = _proxy(settings)
        self._headers = _HEADERS | _own_headers(settings)
        self._first = int(dice() * len(self.addresses)) if settings.url_randomize else 0
        self._down: _Down | None = None
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._opened: httpx.Client | None = None

    def send(self, request: Request) -> Any:
        """Ask until there is an answer; gives the JSON of it, None for none.

        Takes at most ``http.connect.timeout.ms`` and three times ``http.read.timeout.ms`` for each
        try at each address, and the waits between.

        Raises:
            RegistryAnswerError: The answer is an error, or no JSON.
            RegistryAccessError: It is 401 or 403, or TLS fails for good.
            RegistryUnavailableError: There was none to any try.
        """
        down = self._down
        down_s = _LONG if down is None else self._now() - down.since
        if down is not None and down_s < self._backoff.wait_ms / 1000:
            raise _again(down.failure, request)
        is_down = down_s < self._backoff.max_wait_ms / 1000
        repetitions = 0 if is_down else self._backoff.retries
        for repetition in range(repetitions + 1):
            try:
                answer = self._send_to_any(request)
            except RegistryUnavailableError as error:
                if repetition == repetitions:
                    self._down = _Down(self._now(), error)
                    raise
                if not self._may_repeat(repetition, error):
                    raise
            else:
                self._down = None
                return answer
        raise AssertionError

    def close(self) -> None:
        """End waits and give connections back; later requests fail."""
        self._closed.set()
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def _may_repeat(self, repetition: int, error: RegistryUnavailableError) -> bool:
        """Wait before a repetition; tells whether it is still wanted."""
        wait_s = self._backoff.wait_s(repetition, self._dice(), error.retry_after_s)
        _log.info("%s. Asking again in %.1f s", error, wait_s)
        return not self._closed.wait(wait_s)

    def _send_to_any(self, request: Request) -> Any:
        failure: RegistryUnavailableError | None = None
        count = len(self.addresses)
        for place in range(self._first, self._first + count):
            try:
                answer = self._send_to(self.addresses[place % count], request)
            except RegistryUnavailableError as error:
                failure = error
            else:
                self._first = place % count
                return answer
        assert failure is not None, "there is an address"
        raise failure

    def _send_to(self, address: Address, request: Request) -> Any:
        answer = self._exchange(address, request)
        if answer.status == 401 and self._login.renew():
            answer = self._exchange(address, request)
        if 200 <= answer.status < 300:
            return _decoded(answer.body, address, request)
        error = error_from_answer(request.question, address.url, answer.status, answer.body)
        if isinstance(error, RegistryUnavailableError):
            error.retry_after_s = answer.retry_after_s
        raise error

    def _exchange(self, address: Address, request: Request) -> _Answer:
        headers = self._headers | self._login.headers(address)
        content = None
        if request.body is not None:
            content = msgspec.json.encode(request.body)
            headers["Content-Type"] = _MEDIA_TYPE
        try:
            return self._ask(
                request.method,
                address.url + request.path,
                headers=headers,
                params=dict(request.query) or None,
                content=content,
            )
        except OSError as error:
            raise _unanswered(address, request, error) from error

    def _post_form(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        answer = self._ask("POST", url, headers=dict(headers), data=dict(form))
        return answer.status, answer.body

    def _ask(self, method: str, url: str, **parts: Any) -> _Answer:
        """Send one request; OSError when no answer comes."""
        import httpx

        deadline = self._now() + self._settings.http_read_timeout_ms * _LONGEST_ANSWER / 1000
        try:
            with self._client().stream(method, url, **parts) as response:
                body = bytearray()
                for piece in response.iter_bytes():
                    body += piece
                    if self._now() > deadline or len(body) > _MAX_ANSWER_BYTES:
                        message = "its answer is too slow, or longer than 64 MiB"
                        raise OSError(message)
                return _Answer(response.status_code, bytes(body), _retry_after_s(response))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _as_os_error(error) from error

    def _client(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._closed.is_set():
                message = "the client is closed"
                raise OSError(message)
            if self._opened is None:
                settings = self._settings
                read_s = settings.http_read_timeout_ms / 1000
                connect_s = settings.http_connect_timeout_ms / 1000
                self._opened = httpx.Client(
                    verify=self._tls or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
                    trust_env=False,
                    follow_redirects=False,
                    timeout=httpx.Timeout(read_s, connect=connect_s),
                    limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
                    proxy=self._proxy,
                )
            return self._opened

    def _uses_tls(self) -> bool:
        issuer = self._settings.bearer_auth_issuer_endpoint_url or ""
        urls = [address.url for address in self.addresses]
        return any(url.startswith("https:") for url in (issuer, *urls))


def _decoded(body: bytes, address: Address, request: Request) -> Any:
    if not body.strip():
        return None
    try:
        return msgspec.json.decode(body)
    except ValueError as error:
        message = (
            f"Could not {request.question.words}: {address} answered, but not as a Schema Registry "
            "does (it is no JSON); check that schema.registry.url is the address of one"
        )
        raise RegistryAnswerError(message, status=200, error_code=NOT_JSON) from error


def _unanswered(address: Address, request: Request, error: OSError) -> RegistryError:
    question = request.question
    if isinstance(error, ssl.SSLCertVerificationError):
        message = (
            f"Could not {question.words}: the certificate of the Schema Registry at {address} is "
            f"not trusted ({error.verify_message}); check schema.registry.ssl.truststore.location"
        )
        return RegistryAccessError(message, subject=question.subject, schema_id=question.schema_id)
    message = (
        f"Could not {question.words}: the Schema Registry at {address} does not answer ({error}); "
        "check schema.registry.url, and whether it runs"
    )
    return RegistryUnavailableError(message, subject=question.subject, schema_id=question.schema_id)


def _again(failure: RegistryUnavailableError, request: Request) -> RegistryUnavailableError:
    """Make the error of a request that is not sent because of one that just failed."""
    question = request.question
    message = f"Could not {question.words}: the registry just failed. {failure.message}"
    return RegistryUnavailableError(
        message,
        status=failure.status,
        error_code=failure.error_code,
        subject=question.subject,
        schema_id=question.schema_id,
    )


def _as_os_error(error: Exception) -> OSError:
    """Find the error of the system or of TLS behind one of the library."""
    import httpx

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ConnectTimeout):
        return OSError("no connection within http.connect.timeout.ms")
    if isinstance(error, httpx.TimeoutException):
        return OSError("no answer within http.read.timeout.ms")
    return OSError(str(error) or type(error).__name__)


def _retry_after_s(response: httpx.Response) -> float:
    asked = response.headers.get("retry-after", "")
    return float(asked) if asked.isdecimal() else 0.0


def _own_headers(settings: ConnectionConfig) -> dict[str, str]:
    given = settings.originals_with_prefix(_HEADER_PREFIX)
    for name, value in given.items():
        if not is_header_text(str(value)) or not is_header_text(name) or " " in name:
            message = (
                f"Invalid value for configuration {_HEADER_PREFIX}{name}: names and values of "
                "headers are printable ASCII characters, names without spaces"
            )
            raise ConfigError(message)
    return {name: str(value) for name, value in given.items()}


def _proxy(settings: ConnectionConfig) -> str | None:
    if not settings.proxy_host:
        return None
    if not 0 < settings.proxy_port < 65536:
        message = (
            f"Invalid value {settings.proxy_port} for configuration proxy.port: write the port of "
            "the proxy that proxy.host names"
        )
        raise ConfigError(message)
    return f"http://{settings.proxy_host}:{settings.proxy_port}"
