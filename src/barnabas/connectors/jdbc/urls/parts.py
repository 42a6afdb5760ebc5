# SPDX-License-Identifier: Apache-2.0
"""Parts that several forms of URLs share: hosts, options, numbers."""

from __future__ import annotations

from urllib.parse import unquote_plus

from barnabas.errors import ConfigError

__all__ = ["flag", "options_of", "seconds", "split_hosts"]


def options_of(text: str, separator: str = "&") -> dict[str, str]:
    """Read ``a=1&b=2``, whose values may be percent-encoded."""
    pairs = [pair.partition("=") for pair in text.split(separator) if pair]
    return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}


def split_hosts(text: str) -> list[tuple[str, int | None]]:
    """Read ``host1:5432,[::1]:5433,host3``.

    Raises:
        ConfigError: A port is no number from 1 to 65535.
    """
    return [_host_and_port(part.strip()) for part in text.split(",")]


def _host_and_port(part: str) -> tuple[str, int | None]:
    if part.startswith("["):
        host, _, rest = part[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = part.partition(":")
    if not port:
        return host, None
    if not port.isdecimal() or not 1 <= int(port) <= 65535:
        message = f"The port of {host} must be a number from 1 to 65535, not {port!r}"
        raise ConfigError(message)
    return host, int(port)


def seconds(name: str, text: str, *, unit_s: float = 1.0) -> float:
    """Read a length of time in the given unit; the result is in seconds.

    Raises:
        ConfigError: It is no number of at least 0.
    """
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        message = f"The option {name} must be a number of at least 0, not {text!r}"
        raise ConfigError(message)
    return value * unit_s


def flag(name: str, text: str) -> bool:
    """Read ``true`` or ``false``; nothing means true.

    Raises:
        ConfigError: It is neither.
    """
    lowered = text.strip().lower()
    if lowered in {"true", "yes", "1", ""}:
        return True
    if lowered in {"false", "no", "0"}:
        return False
    message = f"The option {name} must be true or false, not {text!r}"
    raise ConfigError(message)
