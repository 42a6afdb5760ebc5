# SPDX-License-Identifier: Apache-2.0
"""Names that tell of failures in the way Java's workers do, for people and programs that read them.

A plugin that stands for a Java class is named by that, an error of Connect's tree by the exception
it is in Java; everything else by its Python name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from barnabas import errors
from barnabas.api import SinkTask

__all__ = ["JavaNames", "error_name", "stack_trace"]

_CONNECT: Final = "org.apache.kafka.connect.errors."
_ERRORS: Final[Mapping[type, str]] = {
    errors.AlreadyExistsError: f"{_CONNECT}AlreadyExistsException",
    errors.ConfigError: "org.apache.kafka.common.config.ConfigException",
    errors.ConnectError: f"{_CONNECT}ConnectException",
    errors.DataError: f"{_CONNECT}DataException",
    errors.IllegalStateError: f"{_CONNECT}IllegalWorkerStateException",
    errors.NotFoundError: f"{_CONNECT}NotFoundException",
    errors.RetriableError: f"{_CONNECT}RetriableException",
    errors.SchemaBuilderError: f"{_CONNECT}SchemaBuilderException",
    errors.SchemaProjectorError: f"{_CONNECT}SchemaProjectorException",
}
_MOST_FRAMES: Final = 50


class JavaNames:
    """Names of the classes of one task's plugins."""

    def __init__(self) -> None:
        self._names: dict[type, str] = {SinkTask: "org.apache.kafka.connect.sink.SinkTask"}

    def add(self, plugin: type, name: str) -> None:
        """Remember by what name a configuration may call a class."""
        self._names[plugin] = name

    def of(self, plugin: type) -> str:
        """Return the Java name of a class, or else its Python name."""
        return self._names.get(plugin) or _python_name(plugin)


def error_name(error: BaseException) -> str:
    """Return the Java name of an error's class, or else its Python name."""
    return _ERRORS.get(type(error)) or _python_name(type(error))


def stack_trace(error: BaseException) -> str:
    """Write an error and its causes with the places they came through, innermost first.

    Sources are not looked up, which makes this cheap enough for each of many bad records.
    """
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        lead = "Caused by: " if lines else ""
        text = str(current)
        lines.append(f"{lead}{error_name(current)}{': ' if text else ''}{text}")
        lines += _frames(current)
        current = current.__cause__
    return "\n".join(lines) + "\n"


def _frames(error: BaseException) -> list[str]:
    frames = []
    place = error.__traceback__
    while place is not None:
        code = place.tb_frame.f_code
        module = place.tb_frame.f_globals.get("__name__", "?")
        file = code.co_filename.rpartition("/")[2]
        frames.append(f"\tat {module}.{code.co_qualname}({file}:{place.tb_lineno})")
        place = place.tb_next
    return frames[::-1][:_MOST_FRAMES]


def _python_name(kind: type) -> str:
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else (f"{kind.__module__}.{kind.__qualname__}")
    )
