# SPDX-License-Identifier: Apache-2.0
"""What is written is what Prometheus's own library would write, and reads back."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import exposition as theirs
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.openmetrics import exposition as their_open_metrics
from prometheus_client.openmetrics import parser as open_metrics_parser
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from barnabas.rest.exposition import (
    OPEN_METRICS,
    TEXT,
    Column,
    Family,
    choose_format,
    labels,
    with_label,
    write,
)

GAUGE = Family("size", is_counter=False, help="How large.")
COUNTER = Family("seen_total", is_counter=True, help="How many.")
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

# What encodes; line ends are the parsers' weak spot, and tested apart.
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]))
numbers = st.floats() | st.integers(-(2**53), 2**53)


def column(family: Family, rows: Sequence[tuple[str, float]]) -> Column:
    return Column(family, [labels(("name", name)) for name, _ in rows], [row[1] for row in rows])


class Given(Collector):
    """The same samples as :func:`column`, for Prometheus's library."""

    def __init__(self, family: Family, rows: Sequence[tuple[str, float]]) -> None:
        kind = CounterMetricFamily if family.is_counter else GaugeMetricFamily
        self._family = kind(family.name, family.help, labels=["name"])
        for name, value in rows:
            self._family.add_metric([name], value)

    def collect(self):
        yield self._family


def lines(text: bytes) -> list[str]:
    """Lines with numbers in one spelling."""
    spelt = []
    for line in text.decode().split("\n"):
        name, _, number = line.rpartition(" ")
        is_sample = name and not line.startswith("#")
        spelt.append(f"{name} {float(number)!r}" if is_sample else line)
    return spelt


@given(st.lists(st.tuples(texts, numbers), min_size=1, unique_by=lambda row: row[0]))
@pytest.mark.parametrize("family", [GAUGE, COUNTER])
def test_the_text_format_is_that_of_prometheus(family, rows):
    written = write([column(family, rows)], TEXT)
    assert lines(written) == lines(theirs.generate_latest(Given(family, rows)))


@given(st.lists(st.tuples(texts, numbers), min_size=1, unique_by=lambda row: row[0]))
@pytest.mark.parametrize("family", [GAUGE, COUNTER])
def test_open_metrics_are_those_of_prometheus(family, rows):
    written = write([column(family, rows)], OPEN_METRICS)
    theirs = their_open_metrics.generate_latest(Given(family, rows), version="1.0.0")
    assert lines(written) == lines(theirs)


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", "\\n", 'é"\\\n"', ""])
def test_labels_are_escaped(name):
    written = write([column(GAUGE, [(name, 1.5)])], TEXT).decode()
    [family] = text_string_to_metric_families(written)
    assert [(sample.labels, sample.value) for sample in family.samples] == [({"name": name}, 1.5)]


def test_numbers_that_are_not_finite_are_written():
    rows = [("up", math.inf), ("down", -math.inf), ("none", math.nan), ("one", 1)]
    written = write([column(GAUGE, rows)], TEXT).decode()
    assert [line.rpartition(" ")[2] for line in written.splitlines()[2:]] == [
        "+Inf",
        "-Inf",
        "NaN",
        "1",
    ]


def test_a_sample_without_labels():
    assert write([Column(COUNTER, [labels()], [7])], OPEN_METRICS).decode() == (
        "# HELP seen How many.\n# TYPE seen counter\nseen_total 7\n# EOF\n"
    )


def test_a_family_without_samples_is_left_out():
    assert write([Column(GAUGE, [], [])], TEXT) == b""
    assert write([Column(GAUGE, [], [])], OPEN_METRICS) == b"# EOF\n"


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), texts), unique_by=lambda pair: pair[0]))
def test_a_label_can_be_added(pairs):
    assert with_label(labels(*pairs), "z", "v") == labels(*pairs, ("z", "v"))


def test_several_families_are_read_as_open_metrics():
    text = write([column(GAUGE, [("a", 1)]), column(COUNTER, [("a", 2), ("b", 3)])], OPEN_METRICS)
    families = {
        family.name: (family.type, family.documentation, len(family.samples))
        for family in open_metrics_parser.text_string_to_metric_families(text.decode())
    }
    assert families == {"size": ("gauge", "How large.", 1), "seen": ("counter", "How many.", 2)}


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, TEXT.content_type),
        ("", TEXT.content_type),
        ("*/*", TEXT.content_type),
        (BROWSER, TEXT.content_type),
        ("application/json", TEXT.content_type),
        ("text/plain;version=0.0.4", TEXT.content_type),
        (PROMETHEUS_3, OPEN_METRICS.content_type),
        ("application/openmetrics-text", OPEN_METRICS.content_type),
        ('Application/OpenMetrics-Text; Version="1.0.0"', OPEN_METRICS.content_type),
        ("application/openmetrics-text; version=0.0.1,text/plain;q=0.5", "version=0.0.1"),
        ("application/openmetrics-text; version=9.0.0,*/*;q=0.5", TEXT.content_type),
        ("application/openmetrics-text;q=0", TEXT.content_type),
        ("application/openmetrics-text;q=much", TEXT.content_type),
        ("application/openmetrics-text;q=0.3,text/plain;q=0.5", TEXT.content_type),
        (";;=,", TEXT.content_type),
    ],
)
def test_the_client_chooses_the_format(accept, content_type):
    assert content_type in choose_format(accept).content_type
