# SPDX-License-Identifier: Apache-2.0
"""Rounds that Java's incremental assignor decided, and what ours decides.

The rounds were made at random: joins, leaves, new and deleted connectors, changed task counts,
rounds that were not heard, reports with work missing or doubled. ``RecordAssignor.java`` has
answered them. Who gets which connector and task is compared, and who must stop which.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from barnabas.runtime.group.assignors.incremental import Memory, Plan, Reports, plan_round
from barnabas.runtime.group.protocol import NO_WORK, GroupConfig, Work
from barnabas.runtime.model import TaskId

SCENARIOS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "assignor_recorded.json").read_text(encoding="utf-8")
)["scenarios"]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=range(len(SCENARIOS)))
def test_every_round_is_decided_as_in_java(scenario):
    memory = Memory()
    for recorded in scenario["rounds"]:
        plan = plan_round(
            memory,
            reports(recorded),
            now_ms=recorded["now"],
            max_delay_ms=scenario["max_delay"],
        )
        memory = plan.memory
        assert decided(plan) == expected(recorded), recorded["generation"]


def test_the_rounds_cover_what_matters():
    rounds = [(scenario, each) for scenario in SCENARIOS for each in scenario["rounds"]]
    answers = [each["expect"] for _, each in rounds]
    assert {scenario["max_delay"] for scenario, _ in rounds} >= {0, 1, 300_000}
    assert any(answer["delay"] for answer in answers)
    assert any("revoked_tasks" in member for a in answers for member in a["members"].values())
    assert any(each["last_completed"] != each["generation"] - 1 for _, each in rounds)


def reports(recorded) -> Reports:
    members = {
        member["id"]: Work(tuple(member["connectors"]), tuple(map(task, member["tasks"])))
        for member in recorded["members"]
    }
    configured = GroupConfig(0, recorded["configured"]).work
    return Reports(configured, members, recorded["generation"], recorded["last_completed"])


def task(text: str) -> TaskId:
    connector, _, number = text.rpartition("-")
    return TaskId(connector, int(number))


def decided(plan: Plan):
    return plan.delay_ms, {
        member: sorted_fields(work, plan.revoked.get(member, NO_WORK))
        for member, work in plan.assigned.items()
        if work or member in plan.revoked
    }


def sorted_fields(assigned: Work, revoked: Work):
    fields = (assigned.connectors, assigned.tasks, revoked.connectors, revoked.tasks)
    return tuple(sorted(map(str, field)) for field in fields)


def expected(recorded):
    names = ("connectors", "tasks", "revoked_connectors", "revoked_tasks")
    return recorded["expect"]["delay"], {
        member: tuple(sorted(fields.get(name, ())) for name in names)
        for member, fields in recorded["expect"]["members"].items()
    }
