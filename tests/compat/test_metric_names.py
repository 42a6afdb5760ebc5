# SPDX-License-Identifier: Apache-2.0
"""Metrics have the names of Apache Kafka Connect 4.1, as the exporter of Prometheus writes them."""

from __future__ import annotations

import pytest

from barnabas.rest.metrics_table import GROUPS

JAVA = {
    ("connector-metrics", "connector"): """
        status connector-type connector-class connector-version
    """,
    ("connector-task-metrics", "connector, task"): """
        status running-ratio pause-ratio offset-commit-max-time-ms offset-commit-avg-time-ms
        batch-size-max batch-size-avg offset-commit-failure-percentage
        offset-commit-success-percentage connector-class connector-version connector-type
        task-class task-version key-converter-class key-converter-version
        value-converter-class value-converter-version header-converter-class
        header-converter-version
    """,
    ("connector-transform-metrics", "connector, task, transform"): """
        transform-class transform-version
    """,
    ("connector-predicate-metrics", "connector, task, predicate"): """
        predicate-class predicate-version
    """,
    ("source-task-metrics", "connector, task"): """
        source-record-poll-rate source-record-poll-total source-record-write-rate
        source-record-write-total poll-batch-max-time-ms poll-batch-avg-time-ms
        source-record-active-count source-record-active-count-max
        source-record-active-count-avg transaction-size-min transaction-size-max
        transaction-size-avg
    """,
    ("sink-task-metrics", "connector, task"): """
        sink-record-read-rate sink-record-read-total sink-record-send-rate
        sink-record-send-total sink-record-lag-max partition-count offset-commit-seq-no
        offset-commit-completion-rate offset-commit-completion-total offset-commit-skip-rate
        offset-commit-skip-total put-batch-max-time-ms put-batch-avg-time-ms
        sink-record-active-count sink-record-active-count-max sink-record-active-count-avg
    """,
    ("task-error-metrics", "connector, task"): """
        total-record-failures total-record-errors total-records-skipped total-retries
        total-errors-logged deadletterqueue-produce-requests
        deadletterqueue-produce-failures last-error-timestamp
    """,
    ("connect-worker-metrics", ""): """
        connector-count task-count connector-startup-attempts-total
        connector-startup-success-total connector-startup-success-percentage
        connector-startup-failure-total connector-startup-failure-percentage
        task-startup-attempts-total task-startup-success-total
        task-startup-success-percentage task-startup-failure-total
        task-startup-failure-percentage
    """,
    ("connect-worker-metrics", "connector"): """
        connector-total-task-count connector-running-task-count connector-paused-task-count
        connector-failed-task-count connector-unassigned-task-count
        connector-destroyed-task-count connector-restarting-task-count
    """,
    ("connect-worker-rebalance-metrics", ""): """
        connect-protocol leader-name epoch completed-rebalances-total rebalancing
        rebalance-max-time-ms rebalance-avg-time-ms time-since-last-rebalance-ms
    """,
}
"""Attributes by group and tags of the registered names (``ConnectMetricsRegistry``)."""


@pytest.mark.parametrize(("group", "tags"), JAVA, ids=lambda text: text or "-")
def test_every_attribute_of_java_is_there_under_its_group(group: str, tags: str) -> None:
    ours = {
        attribute.name for each in GROUPS if each.type == group for attribute in each.attributes
    }
    assert set(JAVA[group, tags].split()) <= ours


def test_what_java_does_not_have_has_a_name_of_ours() -> None:
    known = {name for attributes in JAVA.values() for name in attributes.split()}
    for group in GROUPS:
        if group.type in {each for each, _ in JAVA}:
            assert {attribute.name for attribute in group.attributes} <= known, group.type


def test_families_are_named_after_groups_as_strimzis_rules_do() -> None:
    for group in GROUPS:
        if group.type in {each for each, _ in JAVA}:
            words = group.type.removeprefix("connect-").removesuffix("-metrics")
            assert group.prefix == f"kafka_connect_{words.replace('-', '_')}"
