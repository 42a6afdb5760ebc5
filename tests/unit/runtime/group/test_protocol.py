# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.group.protocol import (
    NO_WORK,
    Assignment,
    AssignmentError,
    ConnectProtocol,
    Owners,
    Work,
    offered,
)
from barnabas.runtime.model import TaskId


def an_assignment(**fields) -> Assignment:
    return Assignment(2, "leader-1", "http://l:8083/", 7, **fields)


@pytest.mark.parametrize(
    ("mode", "names"),
    [
        ("eager", ["default"]),
        ("compatible", ["compatible", "default"]),
        ("sessioned", ["sessioned", "compatible", "default"]),
        ("SESSIONED", ["sessioned", "compatible", "default"]),
    ],
)
def test_a_mode_offers_its_protocol_first(mode, names):
    assert [protocol.wire_name for protocol in offered(mode)] == names


def test_an_unknown_mode_is_told_with_the_choices():
    with pytest.raises(ConfigError, match=r"connect\.protocol.*eager, compatible, sessioned"):
        offered("lazy")


def test_a_protocol_is_found_by_its_wire_name():
    assert [ConnectProtocol.named(p.wire_name) for p in ConnectProtocol] == list(ConnectProtocol)


def test_another_groups_protocol_is_told_with_a_way_out():
    with pytest.raises(ConfigError, match=r"'range'.*group\.id"):
        ConnectProtocol.named("range")


def test_only_sessioned_signs_and_only_eager_stops_everything():
    assert [p.is_signed for p in ConnectProtocol] == [False, False, True]
    assert [p.is_cooperative for p in ConnectProtocol] == [False, True, True]
    assert [p.version for p in ConnectProtocol] == [0, 1, 2]


def test_work_keeps_order_and_drops_repetitions():
    a0, a1 = TaskId("a", 0), TaskId("a", 1)
    work = Work.of(["b", "a", "b"], [a1, a0, a1])
    assert work == Work(("b", "a"), (a1, a0))
    assert len(work) == 4
    assert work.without(Work(("b",), (a0,))) == Work(("a",), (a1,))
    assert work.also_in(Work(("a", "c"), (a0,))) == Work(("a",), (a0,))
    assert work.plus(Work(("c", "a"), ())) == Work(("b", "a", "c"), (a1, a0))


def test_no_work_is_false():
    assert not NO_WORK
    assert Work((), (TaskId("a", 0),))


def test_new_work_joins_what_was_kept():
    before = an_assignment(connectors=("a", "b"), tasks=(TaskId("a", 0), TaskId("b", 0)))
    new = an_assignment(connectors=("c",), revoked_connectors=("a",), revoked_tasks=(("a", 0),))
    owned = new.applied_to(before)
    assert owned.work == Work(("c", "b"), (TaskId("b", 0),))
    assert owned.revoked == Work(("a",), (TaskId("a", 0),))
    assert owned.settled().work == owned.work
    assert owned.settled().revoked == NO_WORK


def test_the_first_assignment_is_all_there_is():
    new = an_assignment(connectors=("c",))
    assert new.applied_to(None) is new


def test_a_mismatch_makes_an_assignment_failed():
    assert an_assignment(error=AssignmentError.CONFIG_MISMATCH).is_failed
    assert not an_assignment().is_failed


def test_owners_are_found_by_connector_and_task():
    task = TaskId("a", 0)
    owners = Owners({"m1": "http://one/", "m2": "http://two/"}, {"a": "m1"}, {task: "m2"})
    assert owners.connector_url("a") == "http://one/"
    assert owners.task_url(task) == "http://two/"


def test_nobody_owns_what_is_not_assigned():
    assert Owners().connector_url("a") is None
    assert Owners().task_url(TaskId("a", 0)) is None
