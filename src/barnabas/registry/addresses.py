# SPDX-License-Identifier: Apache-2.0
"""The addresses of a registry, and the name and password some of them hold."""

from __future__ import annotations

import dataclasses
import urllib.parse
from collections.abc import Sequence

from barnabas.errors import ConfigError

__all__ = ["Address", "parse_addresses"]


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """Where a registry answers."""

    url: str
    """Without name, password and slash at its end: ``https://host:8081/path``."""
    user_info: str = dataclasses.field(default="", repr=False)
    """``name:password``, empty when the address held none."""

    def __str__(self) -> str:
        return self.url


def parse_addresses(urls: Sequence[str]) -> list[Address]:
    """Read the addresses of ``schema.registry.url``.

    Raises:
        ConfigError: There is none, or one is no http or https address. Passwords are not repeated.
    """
    addresses = [_parse(url.strip()) for url in urls if url.strip()]
    if not addresses:
        message = (
            "Invalid value for configuration schema.registry.url: it is empty; write one address "
            "or more, such as http://registry:8081"
        )
        raise ConfigError(message)
    return addresses


def _parse(url: str) -> Address:
    try:
        parts = urllib.parse.urlsplit(url)
        is_valid = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        is_valid = False
    if not is_valid:
        shown = url.rpartition("@")[2]
        message = (
            f"Invalid value {shown} for configuration schema.registry.url: it must be an address "
            "such as http://registry:8081, with commas between several, or a single mock://name"
        )
        raise ConfigError(message)
    user_info, _, host = parts.netloc.rpartition("@")
    plain = urllib.parse.urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
    return Address(plain, urllib.parse.unquote(user_info))
