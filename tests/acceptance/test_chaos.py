# SPDX-License-Identifier: Apache-2.0
"""A cluster under random faults loses nothing; and the program that says so sees what is wrong."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from benchmarks.chaos import __main__ as chaos
from benchmarks.chaos.checks import (
    Commit,
    backward_commits,
    examine_topic,
    missing_lines,
    read_group_commit,
    read_source_commit,
    repeated_lines,
)
from benchmarks.chaos.lines import find_lines
from benchmarks.chaos.plan import Fault, Shape, make_plan

SHAPE = Shape(
    workers=["worker-1", "worker-2", "worker-3"],
    brokers=["broker-1", "broker-2", "broker-3"],
    sources=["source-1", "source-2"],
    sink="sink",
    has_runners=True,
)
BROKER_DOWN = {Fault.KILL_BROKER, Fault.STOP_BROKER, Fault.FREEZE_BROKER}
BROKER_UP = {Fault.START_BROKER, Fault.THAW_BROKER}


def at(numbers: list[int]) -> list[tuple[int, int]]:
    return [(number, 1000 + index) for index, number in enumerate(numbers)]


def test_a_seed_makes_the_same_plan_again() -> None:
    assert make_plan(7, 600, SHAPE) == make_plan(7, 600, SHAPE)
    assert make_plan(7, 600, SHAPE) != make_plan(8, 600, SHAPE)


@pytest.mark.parametrize("seed", range(20))
def test_a_plan_takes_one_broker_away_at_a_time_and_brings_all_back(seed: int) -> None:
    away: list[str] = []
    for step in make_plan(seed, 300, SHAPE):
        if step.fault in BROKER_DOWN:
            assert away == []
            away.append(step.target)
        elif step.fault in BROKER_UP:
            away.remove(step.target)
    assert away == []


@pytest.mark.parametrize("seed", range(20))
def test_a_plan_starts_only_workers_that_it_took_away(seed: int) -> None:
    away: set[str] = set()
    for step in make_plan(seed, 300, SHAPE):
        if step.fault in {Fault.KILL_WORKER, Fault.STOP_WORKER}:
            assert step.target not in away
            away.add(step.target)
        elif step.fault is Fault.START_WORKER:
            away.remove(step.target)
    assert away == set()


def test_a_half_hour_has_every_fault() -> None:
    assert {step.fault for step in make_plan(1, 1800, SHAPE)} == set(Fault)


def test_workers_without_runners_have_none_frozen_or_killed() -> None:
    shape = Shape(SHAPE.workers, SHAPE.brokers, SHAPE.sources, SHAPE.sink, has_runners=False)

    faults = {step.fault for step in make_plan(1, 1800, shape)}

    assert faults.isdisjoint({Fault.FREEZE_RUNNER, Fault.KILL_RUNNER})


def test_lines_are_found_behind_half_a_line() -> None:
    data = b"<source-1:1> text\n<source-1:<source-1:2> text\n<source-2:10> text\n"

    assert list(find_lines(data)) == [("source-1", 1), ("source-1", 2), ("source-2", 10)]


def test_lines_that_are_repeated_after_a_restart_are_no_anomaly() -> None:
    passage = examine_topic("s", at([1, 2, 3, 2, 3, 4]), 4)

    assert (passage.records, passage.repeated, passage.rewinds) == (6, 2, 1)
    assert passage.anomalies == []


def test_a_missing_line_is_an_anomaly() -> None:
    anomalies = examine_topic("s", at([1, 2, 4]), 4).anomalies

    assert anomalies[0] == "topic of s: 1 of 4 lines are missing: 3"
    assert missing_lines("sink", [1, 2, 5], 2) == ["sink: lines that were never written: 5"]


def test_two_tasks_that_write_at_the_same_time_are_an_anomaly() -> None:
    (anomaly,) = examine_topic("s", at([1, 2, 3, 1, 4, 2, 5, 3]), 5).anomalies

    assert "2 jumps forward" in anomaly
    assert "4 after 1" in anomaly


def test_lines_that_come_twice_in_the_calm_are_an_anomaly() -> None:
    assert repeated_lines("topic", [1, 1, 2, 3], after=1) == []
    assert repeated_lines("topic", [1, 2, 2, 3], after=1) == [
        "topic: 1 lines came twice in the calm: 2"
    ]


def test_a_commit_behind_an_earlier_one_is_an_anomaly() -> None:
    commits = [Commit("a", 5, 1), Commit("b", 1, 2), Commit("a", 5, 3), Commit("a", 4, 4)]

    assert backward_commits(commits) == ["a: 4 committed after 5 (4 ms)"]


def test_commits_of_sources_are_read() -> None:
    key = b'["s",{"filename":"f"}]'

    assert read_source_commit(key, b'{"position":7}', 1) == Commit('s {"filename": "f"}', 7, 1)
    assert read_source_commit(key, None, 1) is None
    assert read_source_commit(b'"other"', b'{"position":7}', 1) is None


def test_commits_of_a_consumer_group_are_read() -> None:
    key = struct.pack(">hh5sh1si", 1, 5, b"group", 1, b"t", 3)
    value = struct.pack(">hq", 3, 42) + b"\xff\xff\xff\xff"

    assert read_group_commit(key, value, 1, {"group": "sink"}) == Commit("sink t-3", 42, 1)
    assert read_group_commit(key, None, 1, {"group": "sink"}) is None
    assert read_group_commit(key, value, 1, {"other": "sink"}) is None
    assert read_group_commit(struct.pack(">hh5s", 2, 5, b"group"), b"x", 1, {}) is None


@pytest.mark.timeout(480)
def test_a_cluster_under_random_faults_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # At 50 lines a second to each source, what runs twice repeats hundreds of lines in that time.
    monkeypatch.setattr(chaos, "CALM_S", 4.0)
    monkeypatch.setattr(chaos, "SETTLED_S", 3.0)
    report = chaos.run(tmp_path, ["barnabas"] * 3, seed=8, seconds=45, sources=2, rate=50)

    assert report["anomalies"] == []
