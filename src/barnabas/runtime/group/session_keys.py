# SPDX-License-Identifier: Apache-2.0
"""Session keys, with which workers sign what they ask of each other (KIP-507).

The leader makes a key and writes it to the config topic, where every worker of the group reads it;
who cannot read that topic cannot sign. Two requests are signed: a follower's task configurations
for the leader, and its wish that earlier tasks be fenced off. The signature is a MAC over the exact
bytes of the body, in Base64, in one header; the name of the MAC is in another.

Algorithms have the names of Java's: ``HmacSHA256`` and the like.

Source:
    Apache Kafka ``connect/runtime`` ``InternalRequestSignature`` and ``DistributedHerder``;
    reference pages *Worker group protocol and distributed herder*, section 9, and *REST API*,
    section 6.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Callable, Collection, Mapping
from typing import Final

from barnabas.errors import BadRequestError, ConfigError, ForbiddenError, UnavailableError
from barnabas.runtime.model import SessionKey

__all__ = [
    "ALGORITHMS",
    "ALGORITHM_HEADER",
    "LEAST_KEY_BITS",
    "MOST_SKEW_S",
    "SIGNATURE_HEADER",
    "expiry_ms",
    "generate",
    "is_from_the_future",
    "key_bytes",
    "needs_rotation",
    "sign",
    "skew_in_words",
    "verify",
]

SIGNATURE_HEADER = "X-Connect-Authorization"
ALGORITHM_HEADER = "X-Connect-Request-Signature-Algorithm"

LEAST_KEY_BITS: Final = 40
"""Shortest key, as in Java."""

MOST_SKEW_S: Final = 60
"""How far apart the clocks of two workers may be before it is worth a word."""

_JAVA_MACS = {
    "HmacMD5": ("md5", 64),
    "HmacSHA1": ("sha1", 64),
    "HmacSHA224": ("sha224", 28),
    "HmacSHA256": ("sha256", 32),
    "HmacSHA384": ("sha384", 48),
    "HmacSHA512": ("sha512", 64),
    "HmacSHA512/224": ("sha512_224", 28),
    "HmacSHA512/256": ("sha512_256", 32),
    "HmacSHA3-224": ("sha3_224", 28),
    "HmacSHA3-256": ("sha3_256", 32),
    "HmacSHA3-384": ("sha3_384", 48),
    "HmacSHA3-512": ("sha3_512", 64),
}
"""Java's name to the digest and the size of a key in bytes when none is set."""

ALGORITHMS: Final = tuple(_JAVA_MACS)
"""Names of the known algorithms; their case does not matter."""

_MACS = {name.lower(): mac for name, mac in _JAVA_MACS.items()}


def generate(
    algorithm: str,
    size_bits: int | None,
    now_ms: int,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> SessionKey:
    """Make a new key; the leader does when `needs_rotation` says so.

    Args:
        algorithm: The setting ``inter.worker.key.generation.algorithm``.
        size_bits: The setting ``inter.worker.key.size``; None = as Java, by algorithm.
        now_ms: The time, in ms since the epoch.
        random_bytes: Where the key comes from; must be fit for secrets.

    Raises:
        ConfigError: The algorithm is unknown or the size too small.
    """
    return SessionKey(random_bytes(key_bytes(algorithm, size_bits)), algorithm, now_ms)


def key_bytes(algorithm: str, size_bits: int | None) -> int:
    """Return how long a key is, in bytes.

    Raises:
        ConfigError: The algorithm is unknown or the size too small.
    """
    mac = _MACS.get(algorithm.lower())
    if mac is None:
        message = (
            f"Invalid value {algorithm} for configuration inter.worker.key.generation.algorithm:"
            " the MAC algorithm is not known here; use HmacSHA256"
        )
        raise ConfigError(message)
    if size_bits is None:
        return mac[1]
    if size_bits < LEAST_KEY_BITS:
        message = (
            f"Invalid value {size_bits} for configuration inter.worker.key.size: a key has at least"
            f" {LEAST_KEY_BITS} bits"
        )
        raise ConfigError(message)
    return (size_bits + 7) // 8


def expiry_ms(key: SessionKey, ttl_ms: int) -> int | None:
    """Return when the leader must replace the key, in ms since the epoch; None = never.

    Args:
        key: The current key.
        ttl_ms: The setting ``inter.worker.key.ttl.ms``.

    Differs:
        With a ttl of 0 a Java leader replaces a key it finds when it starts, and then never again.
    """
    return key.created_ms + ttl_ms if ttl_ms > 0 else None


def needs_rotation(
    key: SessionKey | None, *, algorithm: str, size_bits: int | None, ttl_ms: int, now_ms: int
) -> str | None:
    """Say why the leader must make a new key; None when it need not.

    Args:
        key: The current key; None when there is none yet.
        algorithm: The setting ``inter.worker.key.generation.algorithm``.
        size_bits: The setting ``inter.worker.key.size``.
        ttl_ms: The setting ``inter.worker.key.ttl.ms``.
        now_ms: The time, in ms since the epoch.

    Differs:
        A Java leader keeps a key from the future until it is old by its own clock.

    Raises:
        ConfigError: The algorithm is unknown or the size too small.
    """
    if key is None:
        return "there is none yet"
    expiry = expiry_ms(key, ttl_ms)
    if expiry is not None and expiry <= now_ms:
        return f"the old one is older than inter.worker.key.ttl.ms ({ttl_ms})"
    if expiry is not None and is_from_the_future(key, now_ms):
        return f"the old one {skew_in_words(key, now_ms)}"
    if key.algorithm != algorithm or len(key.key) != key_bytes(algorithm, size_bits):
        return (
            f"the old one is of {len(key.key)} bytes for {key.algorithm} and the settings want"
            f" {key_bytes(algorithm, size_bits)} bytes for {algorithm}"
        )
    return None


def is_from_the_future(key: SessionKey, now_ms: int) -> bool:
    """Say whether a key was made by a worker whose clock is ahead of this one's."""
    return key.created_ms - now_ms > MOST_SKEW_S * 1000


def skew_in_words(key: SessionKey, now_ms: int) -> str:
    """Tell of a key from the future, to be put after its name."""
    return (
        f"was made {(key.created_ms - now_ms) // 1000} s in the future by this worker's clock: the"
        " clocks of the workers differ; keep them right with NTP, or keys last too long and times"
        " in logs and statuses mislead"
    )


def sign(body: bytes, key: SessionKey, algorithm: str) -> dict[str, str]:
    """Return the headers to send with a request.

    Args:
        body: The exact bytes that are sent; empty for a request without body.
        key: The current key.
        algorithm: The setting ``inter.worker.signature.algorithm``.

    Raises:
        ConfigError: The algorithm is unknown.
    """
    mac = _mac(body, key, algorithm)
    if mac is None:
        message = (
            f"Invalid value {algorithm} for configuration inter.worker.signature.algorithm: the MAC"
            " algorithm is not known here; use HmacSHA256"
        )
        raise ConfigError(message)
    return {SIGNATURE_HEADER: base64.b64encode(mac).decode(), ALGORITHM_HEADER: algorithm}


def verify(
    headers: Mapping[str, str],
    body: bytes,
    key: SessionKey | None,
    allowed_algorithms: Collection[str],
) -> None:
    """Check that a request comes from a worker that knows the key.

    Args:
        headers: Of the request; their names in any case.
        body: The exact bytes received.
        key: The current key; None when none was read yet.
        allowed_algorithms: The setting ``inter.worker.verification.algorithms``.

    Raises:
        BadRequestError: A header is missing or makes no sense, or the algorithm is not allowed.
        UnavailableError: This worker has no key yet.
        ForbiddenError: The signature is not right.
    """
    algorithm, given = _signature(headers)
    if algorithm not in allowed_algorithms:
        allowed = ", ".join(allowed_algorithms)
        message = (
            f"This worker does not support the '{algorithm}' key signing algorithm used by other"
            f" workers. This worker is currently configured to use: [{allowed}]. Check that all"
            " workers' configuration files permit the same set of signature algorithms, and correct"
            " any misconfigured worker and restart it."
        )
        raise BadRequestError(message)
    if key is None:
        message = (
            "This worker is still starting up and has not been able to read a session key from the"
            " config topic yet"
        )
        raise UnavailableError(message)
    expected = _mac(body, key, algorithm)
    if expected is None or not hmac.compare_digest(expected, given):
        message = "Internal request contained invalid signature."
        raise ForbiddenError(message)


def _signature(headers: Mapping[str, str]) -> tuple[str, bytes]:
    """Return algorithm and MAC from the headers."""
    lower = {name.lower(): value for name, value in headers.items()}
    algorithm = lower.get(ALGORITHM_HEADER.lower())
    encoded = lower.get(SIGNATURE_HEADER.lower())
    if algorithm is None or encoded is None:
        message = "Internal request missing required signature"
        raise BadRequestError(message)
    if algorithm.lower() not in _MACS:
        message = f"Internal request is signed with '{algorithm}', which is not a known algorithm"
        raise BadRequestError(message)
    try:
        return algorithm, base64.b64decode(encoded + _padding(encoded), validate=True)
    except (binascii.Error, ValueError) as error:
        message = f"Internal request has a signature that is not Base64: {error}"
        raise BadRequestError(message) from error


def _padding(encoded: str) -> str:
    """Return what a sender that leaves the padding out, as Java's decoder allows, left out."""
    return "=" * (-len(encoded) % 4) if not encoded.endswith("=") else ""


def _mac(body: bytes, key: SessionKey, algorithm: str) -> bytes | None:
    mac = _MACS.get(algorithm.lower())
    return None if mac is None else hmac.digest(key.key, body, mac[0])
