# SPDX-License-Identifier: Apache-2.0
"""How a Kafka client is opened, and how what it says reaches Python's logging."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from barnabas.errors import ConfigError, ConnectError, RetriableError
from barnabas.kafka.client_settings import Translation
from barnabas.kafka.errors import KafkaError, KafkaException, is_refusal, is_summary
from barnabas.kafka.layering import ClientProperties

__all__ = ["LastError", "open_client", "unreachable_error", "warn_about"]

logger = logging.getLogger("barnabas.kafka")
librdkafka_logger = logging.getLogger("barnabas.kafka.librdkafka")

_Client = TypeVar("_Client")
_WHEN = re.compile(r" \(after \d+ms in state \w+(?:, \d+ identical error\(s\) suppressed)?\)")
_SIZE = re.compile(r"Invalid response size (-?\d+)")
_CLOSED = (
    "all connections were closed by the other side; if they always are, it expects TLS or a login: "
    "see security.protocol"
)
_GSSAPI = (
    "; this build of librdkafka has no Kerberos: install confluent-kafka from source against a "
    "librdkafka with libsasl2 (pip install --no-binary confluent-kafka confluent-kafka)"
)


class LastError:
    """The last thing that went wrong between a client and its brokers.

    librdkafka mends broken connections by itself and only mentions them, on the thread that polls
    or closes the client; this remembers the mention, for the message of a call that ran out of
    time. The same mention is logged at most once in :attr:`QUIET_S` seconds.
    """

    QUIET_S = 30.0

    def __init__(
        self,
        client_id: str,
        now: Callable[[], float] = time.monotonic,
        *,
        level: int = logging.WARNING,
    ) -> None:
        """Remember for one client; ``level`` is lower where its owner tells what matters."""
        self.text = ""
        self.outages = 0
        """How often no broker was left that could be reached."""
        self.is_refusal = False
        """Whether it was a wrong login or an untrusted certificate, which waiting does not mend."""
        self._client_id = client_id
        self._now = now
        self._level = level
        self._logged: dict[str, float] = {}

    def __call__(self, error: KafkaError) -> None:
        """Take a mention; librdkafka's ``error_cb``."""
        text = _in_words(error)
        if not is_summary(error) or not self.text:
            self.text = text
            self.is_refusal = is_refusal(error)
        self.outages += is_summary(error)
        if error.fatal():
            logger.error("[%s] %s (%s)", self._client_id, text, error.name())
        elif not is_summary(error) and self._is_news(text):
            logger.log(self._level, "[%s] %s (%s)", self._client_id, text, error.name())

    def _is_news(self, text: str) -> bool:
        now = self._now()
        before = self._logged.get(text)
        if before is not None and now - before < self.QUIET_S:
            return False
        self._logged = {old: at for old, at in self._logged.items() if now - at < self.QUIET_S}
        self._logged[text] = now
        return True


def _in_words(error: KafkaError) -> str:
    """Make a sentence of what librdkafka only hints at."""
    text = _WHEN.sub("", error.str())
    if is_summary(error):
        return _CLOSED
    size = _SIZE.search(text)
    beginning = (int(size[1]) % 2**32).to_bytes(4, "big") if size else b""
    if beginning[:2] == b"\x15\x03":
        says = "it answers with an alert of TLS"
    elif beginning and beginning.isascii() and beginning.decode().isprintable():
        says = f"its answer begins with '{beginning.decode()}'"
    else:
        return text
    where = text.partition(":")[0] if "/" not in text else text.partition("/")[0]
    return f"{where}: what answers there is no listener of a Kafka broker, or one with TLS: {says}"


class _NoNews(logging.Filter):
    """Drops of librdkafka's log what is told already, or mends itself.

    Failed connections and producers are told by :class:`LastError`, or by the call that failed.
    Asking for a producer's id is tried again until the broker, newly started perhaps, is ready to
    give one. A partition without a leader gets one, or the call that needs it fails.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        facility = record.args[0] if isinstance(record.args, tuple) and record.args else None
        if facility == "GETPID":
            return "retrying" not in record.getMessage()
        if facility == "METADATAUPDATE":
            return "not found in cache" not in record.getMessage()
        return facility not in ("FAIL", "FATAL", "TXNERR")


librdkafka_logger.addFilter(_NoNews())


def open_client(
    make: Callable[..., _Client],
    properties: ClientProperties,
    callbacks: Mapping[str, Any],
) -> tuple[_Client, Translation]:
    """Translate the properties, name what has no counterpart in one warning, make the client.

    Makes no connection itself; the client connects in the background.

    Raises:
        ConfigError: A setting is wrong or contradicts another.
    """
    translation = properties.translate()
    warn_about(translation, properties.client_id)
    try:
        client = make({**translation.settings, **callbacks}, logger=librdkafka_logger)
    except (KafkaException, TypeError, ValueError) as error:
        told = error.args[0]
        reason = told.str() if isinstance(told, KafkaError) else str(told)
        if "GSSAPI" in reason or "kerberos" in reason:
            reason += _GSSAPI
        message = f"The settings of {properties.kind.value} {properties.client_id} do not work: "
        raise ConfigError(message + reason) from None
    return client, translation


def unreachable_error(servers: str, last_error: LastError, doing: str) -> ConnectError:
    """Make the error to raise when no broker answered in time.

    Args:
        servers: The addresses tried.
        last_error: What went wrong; the client should have been polled just before.
        doing: What was tried, to begin the sentence.

    Returns:
        RetriableError, or ConnectError when broker and client do not accept each other.
    """
    why = f" ({last_error.text})" if last_error.text else ""
    if last_error.is_refusal:
        return ConnectError(
            f"{doing} failed: the broker at {servers} and this client do not accept each "
            f"other{why}; check security.protocol, sasl.* and ssl.*"
        )
    return RetriableError(
        f"{doing} failed: no broker answered at {servers}{why}; check bootstrap.servers, "
        "security.protocol and that the brokers run"
    )


def warn_about(translation: Translation, client_id: str) -> None:
    """Log what the translation could not keep: one warning for all settings of a client."""
    if translation.unsupported:
        logger.warning(
            "[%s] Settings without a counterpart in librdkafka are ignored: %s",
            client_id,
            ", ".join(translation.unsupported),
        )
    for note in translation.notes:
        logger.info("[%s] %s", client_id, note)
