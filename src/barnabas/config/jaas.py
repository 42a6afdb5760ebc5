# SPDX-License-Identifier: Apache-2.0
r"""Reading ``sasl.jaas.config``: ``<login module> <flag> <option>=<value> …;``.

Values may be bare words or quoted with ``"`` or ``'``; inside quotes a backslash escapes the next
character (``\\n``, ``\\t`` … and octal codes as in Java). ``//``, ``/* */`` comments are skipped.

Source:
    Apache Kafka ``org.apache.kafka.common.security.JaasConfig``; ``java.io.StreamTokenizer``.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from barnabas.errors import ConfigError

__all__ = ["LoginModule", "parse_jaas_config"]

_FLAGS = frozenset({"required", "requisite", "sufficient", "optional"})
_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
      | (?P<quoted>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
      | (?P<mark>[=;])
      | (?P<word>[^\s=;"']+)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\([0-3]?[0-7]{1,2}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "a": "\a", "v": "\v"}
_FORM = 'the form is: LoginModuleClass required name="value" name="value";'


@dataclasses.dataclass(frozen=True, slots=True)
class LoginModule:
    """One entry of a JAAS configuration."""

    name: str
    """Java class of the login module."""
    options: dict[str, str] = dataclasses.field(repr=False)
    """Its options; never printed, they hold passwords."""

    @property
    def simple_name(self) -> str:
        """The class name without its package."""
        return self.name.rpartition(".")[2]


def parse_jaas_config(text: str) -> LoginModule:
    """Read a configuration of exactly one login module.

    Raises:
        ConfigError: The text does not have that form. The message does not repeat the text.
    """
    tokens = list(_tokens(text))
    ends = [index for index, token in enumerate(tokens) if token == (";", False)]
    if not tokens or not ends or ends[-1] != len(tokens) - 1:
        message = "it does not end with a semicolon"
        raise _malformed(message)
    if len(ends) > 1:
        message = f"it has {len(ends)} login modules, but must have one"
        raise _malformed(message)
    return _module(tokens[:-1])


def _module(tokens: list[tuple[str, bool]]) -> LoginModule:
    if len(tokens) < 2 or tokens[1][0].lower() not in _FLAGS:
        message = "the control flag (required) is missing after the class name"
        raise _malformed(message)
    options: dict[str, str] = {}
    rest = tokens[2:]
    while rest:
        match rest[:3]:
            case [(name, False), ("=", False), (value, quoted)] if quoted or value not in "=;":
                options[name] = value
                rest = rest[3:]
            case _:
                message = f"option number {len(options) + 1} is not name=value"
                raise _malformed(message)
    return LoginModule(tokens[0][0], options)


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each token and whether it was quoted."""
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            message = "a quotation mark is not closed"
            raise _malformed(message)
        position = match.end()
        if match.lastgroup == "quoted":
            yield _ESCAPE.sub(_unescape, match.group()[1:-1]), True
        elif match.lastgroup != "space":
            yield match.group(), False


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1)
    return chr(int(code, 8)) if code[0] in "01234567" else _ESCAPES.get(code, code)


def _malformed(why: str) -> ConfigError:
    return ConfigError(f"sasl.jaas.config cannot be read: {why}; {_FORM}")
