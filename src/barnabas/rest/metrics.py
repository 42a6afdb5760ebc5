# SPDX-License-Identifier: Apache-2.0
"""``/metrics``: what the worker measures, for Prometheus.

The answer is made from a snapshot that is taken on the event loop, and written on a thread of its
own: a thousand tasks have some 60,000 samples, and other threads may wait for Kafka. It needs
neither Kafka nor anybody's lock.

Differs:
    Java's workers have JMX, and an agent that shows it to Prometheus; names here are that agent's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from litestar import Request, Response, get
from litestar.openapi.datastructures import ResponseSpec

from barnabas.rest import exposition
from barnabas.rest.context import context_of
from barnabas.rest.exposition import Column, Family, labels, with_label
from barnabas.rest.metric_rows import Values, tables
from barnabas.rest.metrics_table import Attribute, Group
from barnabas.rest.schemas import answers
from barnabas.runtime.model import Metrics

__all__ = ["HANDLERS", "columns"]

_WRITER: Final = ThreadPoolExecutor(1, "metrics")

Row = tuple[str, Values]
"""Labels as they are written, and values by attribute."""


_TEXT = ResponseSpec(str, generate_examples=False, description="Done", media_type="text/plain")


def _take_any_type(_: Request[Any, Any, Any]) -> None:
    """Let a request pass that asks for anything else than JSON, as other resources do not."""


@get(
    "/metrics",
    before_request=_take_any_type,
    responses={**answers(None), 200: _TEXT},
    summary="Metrics for Prometheus",
)
async def _metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Answer in the format the client asks for: Prometheus's text format, or OpenMetrics."""
    form = exposition.choose_format(request.headers.get("accept"))
    measured = context_of(request).herder.metrics()
    loop = asyncio.get_running_loop()
    text = await loop.run_in_executor(_WRITER, lambda: exposition.write(columns(measured), form))
    return Response(text, headers={"content-type": form.content_type})


def columns(measured: Metrics) -> Iterator[Column]:
    """Arrange what is measured by families of metrics.

    Args:
        measured: What the herder says.
    """
    for groups, rows in tables(measured):
        yield from _group_columns(groups, [(labels(*pairs), values) for pairs, values in rows])


def _group_columns(groups: Iterable[Group], rows: Sequence[Row]) -> Iterator[Column]:
    """Make a column of each attribute the rows have; no attribute is in two of the groups."""
    found = _transposed(rows)
    for group in groups:
        for attribute in group.attributes:
            if attribute.name not in found:
                continue
            name, (written, values) = group.family_name(attribute), found[attribute.name]
            is_counter = attribute.name.endswith("-total")
            column = Column(Family(name, is_counter, attribute.help), written, values)
            yield _with_texts(column, attribute) if attribute.unit == "text" else column


def _with_texts(column: Column, attribute: Attribute) -> Column:
    """Have texts in a label of samples whose value is 1."""
    name = attribute.name.replace("-", "_")
    rows = zip(column.labels, column.values, strict=True)
    written = [with_label(label, name, str(text)) for label, text in rows if text]
    return Column(column.family, written, [1] * len(written))


def _transposed(rows: Sequence[Row]) -> dict[str, tuple[list[str], list[Any]]]:
    """Gather labels and values by attribute; rows that have the same, as most do, at once."""
    alike: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        alike.setdefault(tuple(row[1]), []).append(row)
    found: dict[str, tuple[list[str], list[Any]]] = {}
    for attributes, same in alike.items():
        written = [row[0] for row in same]
        gathered = zip(*[values.values() for _, values in same], strict=True)
        for attribute, column in zip(attributes, gathered, strict=True):
            known = found.setdefault(attribute, ([], []))
            known[0].extend(written)
            known[1].extend(column)
    return found


HANDLERS = [_metrics]
