# SPDX-License-Identifier: Apache-2.0
r"""The way to a field, possibly nested, as KIP-821 writes it.

In version V1 a path is the name of one field. In V2 dots part the steps; a step that holds dots
stands between backticks, as in ``address.`street.name```. A backtick closes a step only before a
dot or at the end; a backslash takes that meaning from it. Elsewhere both mean themselves.

Source:
    KIP-821; Apache Kafka ``org.apache.kafka.connect.transforms.field.SingleFieldPath``.
"""

from __future__ import annotations

from typing import Any

from barnabas.data import Field, Schema, Type
from barnabas.errors import ConfigError
from barnabas.transforms.requirements import require_map, require_struct
from barnabas.transforms.structs import read_field

__all__ = ["FieldPath", "split_path"]

_PURPOSE = "nested field access"


def split_path(path: str) -> list[str]:
    """Split a path of version V2 into its steps.

    Raises:
        ConfigError: The path is empty, or a backtick opens a step that is not closed.
    """
    if not path:
        message = "A path must name a field, but it is empty"
        raise ConfigError(message)
    steps: list[str] = []
    position = 0
    while True:
        if path.startswith("`", position):
            step, position = _quoted_step(path, position)
        else:
            end = path.find(".", position)
            end = len(path) if end < 0 else end
            step, position = path[position:end], end
        steps.append(step)
        if position >= len(path):
            return steps
        position += 1


def _quoted_step(path: str, opening: int) -> tuple[str, int]:
    """Return the step between backticks, and the place of the dot behind it."""
    step = ""
    start = opening + 1
    while (at := path.find("`", start)) >= 0:
        if path[at + 1 : at + 2] not in ("", "."):
            step += path[start : at + 1]
        elif at > start and path[at - 1] == "\\":
            step += path[start : at - 1] + "`"
        else:
            return step + path[start:at], at + 1
        start = at + 1
    message = (
        f"Incomplete backtick pair in path: [{path}], consider adding a backslash before backtick"
        f" at position {opening} to escape it"
    )
    raise ConfigError(message)


class FieldPath:
    """A path, ready for use.

    Args:
        path: As the user wrote it.
        is_nested: Whether it is of version V2.

    Raises:
        ConfigError: The path is not valid.
    """

    def __init__(self, path: str, *, is_nested: bool) -> None:
        self.path = path
        self.steps = tuple(split_path(path)) if is_nested else (path,)

    def field_of(self, schema: Schema) -> Field | None:
        """Find the field in a schema; None when there is no such field."""
        found: Field | None = None
        inner = schema
        for step in self.steps:
            if inner.type is not Type.STRUCT:
                return None
            found = inner.field(step)
            if found is None:
                return None
            inner = found.schema
        return found

    def value_in_map(self, value: dict[Any, Any]) -> Any:
        """Read the member of a map; null when a step is missing.

        Raises:
            DataError: A step leads into something that is no map.
        """
        current: Any = value
        for step in self.steps[:-1]:
            current = current.get(step)
            if current is None:
                return None
            current = require_map(current, _PURPOSE)
        return current.get(self.steps[-1])

    def value_in_struct(
        self, schema: Schema, value: dict[str, Any], *, fills_defaults: bool
    ) -> Any:
        """Read the field of a struct whose schema has it; null when a struct on the way is.

        Raises:
            DataError: A value on the way is no struct.
        """
        current: Any = value
        inner = schema
        for step in self.steps:
            if current is None:
                return None
            members = require_struct(inner, current, _PURPOSE)
            found = inner.field(step)
            assert found is not None
            current = read_field(members, found, fills_defaults=fills_defaults)
            inner = found.schema
        return current
