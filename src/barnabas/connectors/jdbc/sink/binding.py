# SPDX-License-Identifier: Apache-2.0
"""From records to the parameters of a statement: one compiled function per pair of schemas.

What depends on the schemas alone is decided once: where each value is found, its default, what
converts it. The function made of that is a loop without a branch that is not needed, written as
source and compiled.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from barnabas import data
from barnabas.api import SinkRecord
from barnabas.connectors.jdbc.columns import Column
from barnabas.connectors.jdbc.dialects import Dialect, SinkField
from barnabas.connectors.jdbc.sink.fields import Fields, Place
from barnabas.connectors.jdbc.sink.moments import MomentRules, moment_converter, since_epoch
from barnabas.connectors.jdbc.time_zones import UTC

__all__ = ["Convert", "Rows", "Source", "compile_rows", "converter", "sources_of"]

Convert = Callable[[Any], Any]
Rows = Callable[[Sequence[SinkRecord]], list[tuple[Any, ...]]]

_STORES_INSTANTS: Final = frozenset({"SqliteDatabaseDialect"})
"""Dialects that write a moment as a number, in which no zone is told."""
_EXPRESSIONS: Final = {
    Place.TOPIC: "r.topic",
    Place.PARTITION: "r.kafka_partition",
    Place.OFFSET: "r.kafka_offset",
    Place.KEY: "r.key",
    Place.VALUE: "r.value",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """Where the value of one parameter comes from."""

    place: str
    name: str
    """The field, for places in a struct."""
    default: Any = None
    """Stands for null; None where there is none."""
    convert: Convert | None = None
    """Applied to what is not null then."""


def sources_of(
    fields: Fields,
    names: Iterable[str],
    convert: Callable[[SinkField], Convert | None],
    *,
    replace_null: bool = True,
) -> list[Source]:
    """Say for columns, in the order of parameters, where their values come from.

    Args:
        fields: The columns of a pair of schemas.
        names: Those wanted.
        convert: Tells for a field what converts its values.
        replace_null: Whether defaults stand for null.
    """
    chosen = [fields.by_name[name] for name in names]
    return [
        Source(
            fields.places[field.name],
            field.name,
            field.schema.default if replace_null else None,
            convert(field),
        )
        for field in chosen
    ]


def converter(
    field: SinkField, dialect: Dialect, column: Column | None, rules: MomentRules
) -> Convert | None:
    """Return what turns a record's value into the one for the driver; None when it stays.

    Args:
        field: The field.
        dialect: Knows the driver.
        column: The column of the database, where it is known.
        rules: Zones and calendar.
    """
    if dialect.name in _STORES_INSTANTS:
        rules = MomentRules(UTC, UTC, is_legacy=False)
    if field.timestamp_digits is not None:
        first: Convert | None = since_epoch(field.timestamp_digits, rules)
        second = dialect.binder(data.TIMESTAMP, column)
    else:
        first = moment_converter(field.schema, rules)
        second = dialect.binder(field.schema, column)
    if first is None or second is None:
        return first or second
    return lambda value: second(first(value))


def compile_rows(sources: Sequence[Source]) -> Rows:
    """Make the function from records to rows of parameters.

    A field that a struct leaves out counts as null. The function raises what converters raise.
    """
    strict = _compiled(sources, is_strict=True)
    lenient = _compiled(sources, is_strict=False)

    def rows(records: Sequence[SinkRecord]) -> list[tuple[Any, ...]]:
        try:
            return strict(records)
        except KeyError:
            return lenient(records)

    return rows


def _compiled(sources: Sequence[Source], *, is_strict: bool) -> Rows:
    names: dict[str, Any] = {}
    lines: list[str] = []
    items: list[str] = []
    for place, source in enumerate(sources):
        expression = _expression(source, is_strict=is_strict)
        if source.default is None and source.convert is None:
            items.append(expression)
            continue
        lines.append(f"x{place} = {expression}")
        if source.default is not None:
            names[f"d{place}"] = source.default
            lines.append(f"if x{place} is None: x{place} = d{place}")
        if source.convert is not None:
            names[f"c{place}"] = source.convert
            lines.append(f"if x{place} is not None: x{place} = c{place}(x{place})")
        items.append(f"x{place}")
    body = "\n        ".join(["k = r.key", "v = r.value", *lines])
    source_text = (
        "def rows(records):\n"
        "    done = []\n"
        "    add = done.append\n"
        "    for r in records:\n"
        f"        {body}\n"
        f"        add(({', '.join(items)},))\n"
        "    return done\n"
    )
    exec(compile(source_text, "<rows of a sink>", "exec"), names)  # noqa: S102 - names are quoted
    compiled: Rows = names["rows"]
    return compiled


def _expression(source: Source, *, is_strict: bool) -> str:
    if source.place in _EXPRESSIONS:
        return _EXPRESSIONS[source.place]
    struct = "k" if source.place == Place.KEY_FIELD else "v"
    return f"{struct}[{source.name!r}]" if is_strict else f"{struct}.get({source.name!r})"
