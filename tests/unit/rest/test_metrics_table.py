# SPDX-License-Identifier: Apache-2.0
"""The table has all that is measured, and the page has all of the table."""

from __future__ import annotations

import re
from pathlib import Path

from barnabas.api import OffsetAndMetadata, TopicPartition
from barnabas.kafka.client_statistics import ClientStatistics
from barnabas.rest.metrics_table import (
    CLIENTS,
    CONNECTORS,
    COORDINATOR,
    GROUPS,
    REBALANCES,
    TASK_COUNTS,
    TASKS,
    WORKER,
    Attribute,
    Group,
)
from barnabas.runtime.group.metrics import GroupMetrics
from barnabas.runtime.herder import reports
from barnabas.runtime.tasks.lag import SinkLag
from barnabas.runtime.tasks.sink_metrics import SinkMetrics
from barnabas.runtime.tasks.source_metrics import SourceMetrics
from barnabas.runtime.worker.metrics import Starts
from barnabas.runtime.worker.plugin_facts import plugin_facts
from barnabas.testing.task_link import MemoryTaskLink
from tests.unit.runtime.herder.doubles import PLUGINS
from tests.unit.runtime.tasks.doubles import spec

_ELSEWHERE = ("status", "-class", "-version", "-type", "-min", "transaction-size-max", "size-avg")
"""What the worker knows, and what only exactly-once source tasks have."""
PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"


def names(*groups: Group) -> set[str]:
    return {attribute.name for group in groups for attribute in group.attributes}


def test_a_name_means_one_thing():
    families = [group.family_name(each) for group in GROUPS for each in group.attributes]
    assert len(set(families)) == len(families)
    tasks = [attribute.name for group in TASKS for attribute in group.attributes]
    assert len(set(tasks)) == len(tasks)


def test_names_and_meanings_can_be_written():
    for group in GROUPS:
        for attribute in group.attributes:
            assert re.fullmatch(r"[a-z_]+", group.family_name(attribute))
            assert re.fullmatch(r"[^\\\n|]+\.", attribute.help)


def test_everything_tasks_report_is_in_the_table():
    where = TopicPartition("t", 0)
    lag = SinkLag({where: 1}.get, lambda: {where: OffsetAndMetadata(1)})
    for make, group in (
        (lambda link: SourceMetrics(link, lambda: 0.0), TASKS[1]),
        (lambda link: SinkMetrics(link, lambda: 0.0, lag), TASKS[2]),
    ):
        link = MemoryTaskLink()
        measured = make(link)
        measured.common.note_record()
        measured.common.note_commit()
        measured.tick(1)
        measured.common.report()
        if isinstance(measured, SinkMetrics):
            measured.commit_began(1)
            measured.common.fixed.update(lag.values([]))
            measured.common.report()
        reported = set(link.metrics)
        assert reported <= names(*TASKS)
        counted = {each for each in names(TASKS[0], group) if not each.endswith(_ELSEWHERE)}
        assert counted <= reported


def test_everything_clients_measure_is_in_the_table():
    for text in ('{"ts":1}', '{"ts":1,"cgrp":{}}'):
        statistics = ClientStatistics()
        statistics(text)
        for name in statistics.values():
            kind, _, attribute = name.partition(".")
            assert attribute in names(*(each for each in CLIENTS if each.type == f"{kind}-metrics"))


def test_everything_the_worker_knows_of_a_task_is_in_the_table():
    assert names(TASKS[4]) >= {"stalled", "restarts-total", "restart-given-up"}
    plugin = PLUGINS.find_connector("ClockSource")
    assert names(TASKS[0]) >= set(plugin_facts(spec(), plugin, PLUGINS).task)


def test_everything_the_membership_measures_is_in_the_table():
    measured = GroupMetrics()
    known = {"connect-protocol", "leader-name", "epoch"}
    assert names(REBALANCES) == known | set(measured.rebalance_values(0.0))
    known = {"assigned-connectors", "assigned-tasks"}
    assert names(COORDINATOR) == known | set(measured.coordinator_values(0.0))


def test_everything_the_worker_counts_is_in_the_table():
    starts = Starts()
    known = {"connector-count", "task-count"}
    known |= {name for kind in ("connector", "task") for name in starts.values(kind, 0.0)}
    assert names(WORKER) == known
    assert names(TASK_COUNTS) == set(reports.task_counts([]))
    assert names(CONNECTORS) >= {"status", "connector-class"}


def test_the_page_lists_the_table():
    rows = {
        f"| `{group.family_name(each)}` | {kind(each)} | {each.unit} | {each.help} |"
        for group in GROUPS
        for each in group.attributes
    }
    listed = {line for line in PAGE.read_text().splitlines() if line.startswith("| `")}
    assert listed == rows


def kind(attribute: Attribute) -> str:
    if attribute.unit == "text":
        return "text"
    return "counter" if attribute.name.endswith("-total") else "gauge"
