# SPDX-License-Identifier: Apache-2.0
"""The text formats of Prometheus: which one a client wants, and writing it. Pure, and fast.

A worker with a thousand tasks has some 60,000 samples, and writes them beside the event loop that
answers all other requests. So samples come in columns, one per family of metrics, and are joined by
what is written in C.

Source:
    *Exposition formats* of Prometheus, text format 0.0.4; *OpenMetrics* 1.0.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import orjson

__all__ = [
    "OPEN_METRICS",
    "TEXT",
    "Column",
    "Family",
    "Format",
    "choose_format",
    "labels",
    "with_label",
    "write",
]


class Format(NamedTuple):
    """A text format."""

    content_type: str
    is_open_metrics: bool


class Family(NamedTuple):
    """Metrics of one name."""

    name: str
    """As the samples have it; that of a counter ends in ``_total``."""
    is_counter: bool
    help: str
    """One line."""


class Column(NamedTuple):
    """The samples of a family."""

    family: Family
    labels: Sequence[str]
    """Of each sample what :func:`labels` made; each occurs once."""
    values: Sequence[float]
    """Of each sample the value; as many as labels."""


TEXT: Final = Format("text/plain; version=0.0.4; charset=utf-8", is_open_metrics=False)
OPEN_METRICS: Final = Format(
    "application/openmetrics-text; version=1.0.0; charset=utf-8", is_open_metrics=True
)
_EARLY_OPEN_METRICS: Final = Format(
    "application/openmetrics-text; version=0.0.1; charset=utf-8", is_open_metrics=True
)
_VERSIONS: Final = {"": OPEN_METRICS, "1.0.0": OPEN_METRICS, "0.0.1": _EARLY_OPEN_METRICS}
_ESCAPES: Final = str.maketrans({'"': r"\"", "\\": r"\\", "\n": r"\n"})


def choose_format(accept: str | None) -> Format:
    """Choose a format; the text format is for all who do not ask for another one.

    Args:
        accept: The request's header of that name.
    """
    wanted: dict[Format, float] = {}
    for part in (accept or "").lower().split(","):
        media_type, *pieces = (piece.strip() for piece in part.split(";"))
        parameters = dict(piece.replace(" ", "").split("=", 1) for piece in pieces if "=" in piece)
        found = TEXT if media_type == "text/plain" else None
        if media_type == "application/openmetrics-text":
            found = _VERSIONS.get(parameters.get("version", "").strip('"'))
        if found is not None:
            wanted[found] = max(_quality(parameters.get("q", "1")), wanted.get(found, 0.0))
    best = max(wanted, key=lambda found: (wanted[found], found.content_type), default=TEXT)
    return best if wanted.get(best) else TEXT


@functools.lru_cache(8192)
def labels(*pairs: tuple[str, str]) -> str:
    """Write the labels of a sample, to be used in all families that have the sample.

    What was written is kept: names of connectors are the same each time.

    Args:
        pairs: Names and values; names are of ASCII letters and underscores.
    """
    if not pairs:
        return ""
    return "{" + ",".join([f'{name}="{_escaped(value)}"' for name, value in pairs]) + "}"


def with_label(written: str, name: str, value: str) -> str:
    """Add a label to what :func:`labels` wrote."""
    if not written:
        return labels((name, value))
    return f'{written[:-1]},{name}="{_escaped(value)}"}}'


def write(columns: Iterable[Column], form: Format) -> bytes:
    """Write samples.

    Args:
        columns: One for each family; those without samples are left out.
        form: What to write.
    """
    parts: list[str] = []
    for (name, is_counter, help_text), names, values in columns:
        if not names:
            continue
        family = name.removesuffix("_total") if is_counter and form.is_open_metrics else name
        kind = "counter" if is_counter else "gauge"
        parts.append(f"# HELP {family} {help_text}\n# TYPE {family} {kind}\n{name}")
        parts.append(f"\n{name}".join(map(operator.add, names, _numbers(values))))
        parts.append("\n")
    if form.is_open_metrics:
        parts.append("# EOF\n")
    return "".join(parts).encode()


def _numbers(values: Sequence[float]) -> list[str]:
    """Write numbers, each after a space."""
    text = orjson.dumps(values).decode()
    if "null" in text:  # JSON has no other numbers than finite ones
        return [f" {_number(value)}" for value in values]
    return [*map(" ".__add__, text[1:-1].split(","))]


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)


@functools.lru_cache(4096)
def _escaped(value: str) -> str:
    return value.translate(_ESCAPES)


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
