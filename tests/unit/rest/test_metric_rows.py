# SPDX-License-Identifier: Apache-2.0
"""Rows of what is measured."""

from __future__ import annotations

from barnabas.rest.metric_rows import tables
from barnabas.rest.metrics_table import PROCESSES
from barnabas.runtime.model import Metrics, ProcessUsage, TaskId

TASK = TaskId("c", 0)


def labels(measured: Metrics) -> set[tuple[tuple[str, str], ...]]:
    return {
        row[0] for table in tables(measured) for row in table.rows if row[0] != (("clientid", ""),)
    }


def test_transformations_and_predicates_are_told_with_their_alias():
    measured = Metrics(
        transforms={TASK: {"a": {"transform-class": "X"}}},
        predicates={TASK: {"p": {"predicate-class": "Y"}}},
    )
    task = (("connector", "c"), ("task", "0"))
    assert labels(measured) == {(), (*task, ("transform", "a")), (*task, ("predicate", "p"))}


def test_a_process_tells_whose_it_is_as_far_as_it_is_somebodys():
    usages = (ProcessUsage("worker", None, None, 1, 0.1), ProcessUsage("task", "c", 0, 2, 0.2))
    assert labels(Metrics(processes=usages)) == {
        (),
        (("process", "worker"),),
        (("process", "task"), ("connector", "c"), ("task", "0")),
    }


def test_the_share_of_a_process_is_told_when_it_is_known():
    usages = (ProcessUsage("worker", None, None, 9, 0.1, 5), ProcessUsage("task", "c", 0, 2, 0.2))
    table = next(each for each in tables(Metrics(processes=usages)) if PROCESSES in each.groups)
    shares = [values.get("proportional-memory-bytes") for _, values in table.rows]
    assert shares == [5, None]


def test_clients_are_told_by_their_ids():
    measured = Metrics(clients={"consumer": {"c-0": {"request-total": 1.0}}})
    assert labels(measured) == {(), (("clientid", "c-0"),)}


def test_no_attribute_is_in_two_groups_of_a_table():
    for table in tables(Metrics()):
        names = [attribute.name for group in table.groups for attribute in group.attributes]
        assert len(set(names)) == len(names)
