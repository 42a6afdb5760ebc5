# SPDX-License-Identifier: Apache-2.0
"""Headers that ``response.http.headers.config`` puts on every answer (KIP-577)."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Sequence

from barnabas.errors import ConfigError
from barnabas.rest.asgi import ASGIApp, Header, Message, Receive, Scope, Send, changing_start
from barnabas.runtime.settings.listeners import header_rules

__all__ = ["HeaderRules"]

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")


class HeaderRules:
    """Applies the rules to each answer."""

    def __init__(self, app: ASGIApp, rules: str) -> None:
        """Read the rules.

        Raises:
            ConfigError: A rule is malformed, a date is not milliseconds since the epoch, or HTTP
                cannot carry the name or value.
        """
        self._app = app
        self._rules = [_compiled(*rule) for rule in header_rules(rules)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        await self._app(scope, receive, changing_start(send, self._apply))

    def _apply(self, message: Message) -> None:
        headers: Sequence[Header] = message["headers"]
        for replaces, name, value in self._rules:
            if replaces:
                headers = [one for one in headers if one[0].lower() != name]
            headers = [*headers, (name, value)]
        message["headers"] = headers


def _compiled(action: str, name: str, value: str) -> tuple[bool, bytes, bytes]:
    if action.endswith("Date"):
        try:
            value = email.utils.formatdate(int(value) / 1000, usegmt=True)
        except (ValueError, OverflowError, OSError) as error:
            message = (
                f"response.http.headers.config: '{value}' for {name} is no date; "
                f"{action} takes milliseconds since 1970"
            )
            raise ConfigError(message) from error
    if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        message = (
            f"response.http.headers.config: HTTP cannot carry the header {name!r} with the value "
            f"{value!r}; a name has letters, digits and dashes, a value Latin-1 on one line"
        )
        raise ConfigError(message)
    return action.startswith("set"), name.lower().encode("latin-1"), value.encode("latin-1")
