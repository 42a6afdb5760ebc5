# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.runtime.model import ProcessUsage, State, TaskId
from barnabas.runtime.plugins import Plugin, PluginKind
from barnabas.runtime.runners.messages import MetricsReport, StateReport
from barnabas.runtime.runners.supervisor import RunnerUsage
from barnabas.runtime.worker.instances import ConnectorInstance, TaskInstance
from barnabas.runtime.worker.metrics import (
    Starts,
    client_values,
    connector_values,
    process_usages,
    task_values,
)
from barnabas.runtime.worker.plugin_facts import PluginFacts
from tests.unit.runtime.worker.doubles import FakeHost, FakeRunner

TASK = TaskId("s", 0)
REPORT = MetricsReport({"source-record-poll-total": 7.0, "source-record-poll-rate": 2.0})


@pytest.fixture
async def task():
    task = TaskInstance(FakeHost(), TASK)
    task.runner = FakeRunner(None, task, None)
    return task


@pytest.fixture
async def connector():
    connector = ConnectorInstance(FakeHost(), "s", {"connector.class": "Lines"})
    connector.runner = FakeRunner(None, connector, None)
    return connector


def test_starts_are_counted_by_how_they_ended():
    starts = Starts()
    for succeeded in (True, True, True, False):
        starts.add(0.0, succeeded=succeeded)
    assert starts.values("task", 1.0) == {
        "task-startup-attempts-total": 4,
        "task-startup-success-total": 3,
        "task-startup-success-percentage": 0.75,
        "task-startup-failure-total": 1,
        "task-startup-failure-percentage": 0.25,
    }


def test_percentages_forget_what_was_a_minute_ago():
    starts = Starts()
    starts.add(0.0, succeeded=False)
    starts.add(50.0, succeeded=True)
    assert starts.values("task", 70.0)["task-startup-success-percentage"] == 1.0
    later = starts.values("task", 200.0)
    assert (later["task-startup-success-percentage"], later["task-startup-failure-total"]) == (0, 1)
    assert later["task-startup-failure-percentage"] == 0.0


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans())))
def test_attempts_are_successes_and_failures(gaps):
    starts, now_s = Starts(), 0.0
    for gap_s, succeeded in gaps:
        now_s += gap_s
        starts.add(now_s, succeeded=succeeded)
    values = starts.values("c", now_s)
    assert values["c-startup-attempts-total"] == len(gaps)
    assert (
        values["c-startup-success-total"] + values["c-startup-failure-total"]
        == values["c-startup-attempts-total"]
    )
    parts = values["c-startup-success-percentage"] + values["c-startup-failure-percentage"]
    assert parts == pytest.approx(1.0 if gaps else 0.0)


async def test_a_connector_tells_its_plugin(connector):
    connector.plugin = Plugin("com.example.Lines", PluginKind.SINK, "lines:Lines")
    connector.on_report(StateReport(State.PAUSED, None, "1.2"))
    assert connector_values(connector) == {
        "status": "paused",
        "connector-class": "com.example.Lines",
        "connector-version": "1.2",
        "connector-type": "sink",
    }


async def test_a_connector_whose_plugin_is_unknown_tells_what_was_asked_for(connector):
    assert connector_values(connector) == {"status": "unassigned", "connector-class": "Lines"}


async def test_a_task_tells_what_its_process_reported(task):
    task.on_report(StateReport(State.RUNNING))
    task.on_report(REPORT)
    expected = {"status": "running", "stalled": 0.0, **REPORT.values}
    assert task_values(task, task.measured_s + 5) == expected


async def test_a_task_that_ended_has_totals_only(task):
    task.on_report(REPORT)
    task.runner.die(-9)
    assert task_values(task, task.measured_s) == {
        "status": "failed",
        "stalled": 0.0,
        "source-record-poll-total": 7.0,
    }


async def test_ages_go_on_growing_whatever_became_of_the_task(task):
    task.on_report(MetricsReport({"last-record-seconds-ago": 2.0, "last-commit-seconds-ago": 9.0}))
    assert task_values(task, task.measured_s + 3)["last-record-seconds-ago"] == 5.0
    task.runner.die(-9)
    values = task_values(task, task.measured_s + 600)
    assert (values["last-record-seconds-ago"], values["last-commit-seconds-ago"]) == (602.0, 609.0)


async def test_errors_are_counted_beyond_the_end_of_the_task(task):
    errors = {"total-record-errors": 3.0, "deadletterqueue-produce-requests": 3.0}
    task.on_report(MetricsReport({**errors, "last-error-timestamp": 1e12}))
    task.runner.die(-9)
    assert task_values(task, task.measured_s).items() >= errors.items()


async def test_clients_of_tasks_are_told_by_their_ids_while_they_report(task):
    task.facts = PluginFacts(client_id="connector-producer-s-0")
    task.on_report(MetricsReport({"producer.request-total": 3.0, "batch-size-avg": 1.0}))
    expected = {"producer": {"connector-producer-s-0": {"request-total": 3.0}}}
    assert client_values([task], task.measured_s) == expected
    assert "producer.request-total" not in task_values(task, task.measured_s)
    assert client_values([task], task.measured_s + 100) == {}


async def test_a_task_tells_which_plugins_it_works_with(task):
    task.facts = PluginFacts({"task-class": "x:Y"})
    task.on_report(StateReport(State.RUNNING, None, "1.2"))
    values = task_values(task, 0.0)
    assert (values["task-class"], values["task-version"]) == ("x:Y", "1.2")


async def test_a_task_that_hangs_has_totals_only(task):
    task.on_report(StateReport(State.RUNNING))
    task.on_report(REPORT)
    assert "source-record-poll-rate" not in task_values(task, task.measured_s + 100)


async def test_processes_are_told_by_whose_they_are(connector, task):
    sampled = [
        RunnerUsage(1, "worker", 9, 0.1),
        RunnerUsage(2, "forkserver", 8, 0.2),
        RunnerUsage(connector.runner.pid, "connector s", 7, 0.3),
        RunnerUsage(task.runner.pid, "task s-0", 6, 0.4),
    ]
    assert process_usages(sampled, [connector, task]) == (
        ProcessUsage("worker", None, None, 9, 0.1),
        ProcessUsage("forkserver", None, None, 8, 0.2),
        ProcessUsage("connector", "s", None, 7, 0.3),
        ProcessUsage("task", "s", 0, 6, 0.4),
    )


async def test_a_process_several_connectors_share_is_told_once(connector):
    other = ConnectorInstance(FakeHost(), "t", {})
    other.runner = connector.runner
    sampled = [
        RunnerUsage(connector.runner.pid, "connectors s, t", 7, 0.3),
        RunnerUsage(1, "connectors s, t", 9, 0.9),  # being stopped
    ]
    assert process_usages(sampled, [connector, other]) == (
        ProcessUsage("connectors", None, None, 7, 0.3),
    )


@pytest.mark.parametrize(("shares", "sum_of_them"), [((3, 4), 7), ((3, None), None)])
async def test_shares_of_processes_are_added_if_all_are_known(shares, sum_of_them):
    sampled = [RunnerUsage(at, "inspection", 5, 0.5, share) for at, share in enumerate(shares)]
    assert [usage.pss_bytes for usage in process_usages(sampled, [])] == [sum_of_them]


async def test_inspections_are_taken_together():
    what = "inspection of plugins"
    sampled = [RunnerUsage(3, what, 5, 0.5), RunnerUsage(4, what, 6, 0.25)]
    assert process_usages(sampled, []) == (ProcessUsage("inspection", None, None, 11, 0.75),)


async def test_a_process_that_is_being_stopped_gives_way_to_its_successor(task):
    sampled = [RunnerUsage(1, "task s-0", 5, 0.5), RunnerUsage(task.runner.pid, "task s-0", 6, 0.1)]
    assert process_usages(sampled, [task]) == (ProcessUsage("task", "s", 0, 6, 0.1),)
