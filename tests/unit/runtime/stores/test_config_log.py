# SPDX-License-Identifier: Apache-2.0
"""Record lists and what they add up to.

Sources of the lists: reference pages *internal topics*, 3.2, and *upstream tests*, 2.4 and 3.5.
"""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.runtime.model import RestartRequest, SessionKey, TargetState, TaskId
from barnabas.runtime.stores import config_log
from barnabas.runtime.stores.config_log import (
    ConfigLog,
    ConnectorRemoved,
    ConnectorWritten,
    Garbage,
    LoggerLevelWritten,
    RestartRequested,
    SessionKeyWritten,
    TargetStateChanged,
    TasksWritten,
)

CONFIG = {"connector.class": "Moon", "name": "c"}
KEY = SessionKey(b"0123456789abcdef", "HmacSHA256", 1795405504166)
C0, C1 = TaskId("c", 0), TaskId("c", 1)


def written(name="c", **config):
    return config_log.connector_record(name, {**CONFIG, **config})


def tasks(*configs, name="c"):
    """Task records with the commit that makes them effective."""
    records = config_log.task_records(name, [{"n": text} for text in configs])
    return [*records, config_log.task_commit_record(name, len(configs))]


def log_of(*records):
    log = ConfigLog()
    for offset, (key, value) in enumerate(records):
        log.apply(key, value, offset)
    return log


def state_of(*records):
    return log_of(*records).state


def last_events(*records):
    *before, (key, value) = records
    return log_of(*before).apply(key, value, len(before))


# -- connectors and target states -----------------------------------------------------------------


def test_an_empty_log_has_no_offset():
    assert state_of().offset == -1


def test_a_connector_is_known_and_wanted_to_run():
    state = state_of(written())
    assert state.configs == {"c": CONFIG}
    assert state.target_states == {"c": TargetState.STARTED}
    assert state.offset == 1


def test_a_target_state_written_before_its_connector_counts():
    state = state_of(config_log.target_state_record("c", TargetState.STOPPED), written())
    assert state.target_state("c") is TargetState.STOPPED


def test_a_removed_connector_leaves_no_tasks():
    tombstone, target_tombstone = config_log.connector_tombstones("c")
    state = state_of(written(), *tasks("a", "b"), tombstone, target_tombstone)
    assert (state.configs, state.task_configs, state.tasks("c")) == ({}, {}, [])
    assert (state.target_states, state.applied_configs) == ({}, {})


def test_the_tombstone_of_a_target_state_alone_means_started():
    state = state_of(
        written(),
        config_log.target_state_record("c", TargetState.PAUSED),
        (b"target-state-c", None),
    )
    assert state.target_states == {"c": TargetState.STARTED}


def test_a_target_state_for_no_connector_is_kept_until_its_tombstone():
    paused = config_log.target_state_record("c", TargetState.PAUSED)
    assert state_of(paused).target_states == {"c": TargetState.PAUSED}
    assert state_of(paused, (b"target-state-c", None)).target_states == {}


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (b'{"state":"PAUSED","state.v2":"STOPPED"}', TargetState.STOPPED),
        (b'{"state":"PAUSED"}', TargetState.PAUSED),
        (b'{"state":"PAUSED","state.v2":null}', TargetState.PAUSED),
        (b'{"state":"PAUSED","state.v2":7}', TargetState.PAUSED),
        (b'{"state":"PAUSED","state.v2":"DANCING"}', TargetState.STARTED),
        (b'{"state":7}', TargetState.STARTED),
        (b"[]", TargetState.STARTED),
    ],
)
def test_the_newer_form_of_a_target_state_counts_first(value, wanted):
    assert state_of(written(), (b"target-state-c", value)).target_state("c") is wanted


def test_a_target_state_is_told_only_when_it_changes_that_of_a_connector():
    started = config_log.target_state_record("c", TargetState.STARTED)
    paused = config_log.target_state_record("c", TargetState.PAUSED)
    assert last_events(paused) == []
    assert last_events(written(), started) == []
    assert last_events(written(), paused) == [TargetStateChanged("c")]
    assert last_events(written(), paused, paused) == []
    assert last_events(written(), paused, (b"target-state-c", None)) == []


def test_connectors_are_told_whether_they_changed_or_not():
    assert last_events(written(), written()) == [ConnectorWritten("c")]
    assert last_events(written(), (b"connector-c", None)) == [ConnectorRemoved("c")]


# -- tasks ----------------------------------------------------------------------------------------


def test_tasks_are_effective_with_their_commit():
    *records, commit = tasks("a", "b")
    assert state_of(written(), *records).tasks("c") == []
    state = state_of(written(), *records, commit)
    assert state.tasks("c") == [C0, C1]
    assert state.task_configs == {C0: {"n": "a"}, C1: {"n": "b"}}
    assert last_events(written(), *records, commit) == [TasksWritten("c", (C0, C1))]


def test_fewer_tasks_leave_the_configurations_of_the_others_known():
    state = state_of(written(), *tasks("a", "b"), *tasks("x"))
    assert state.tasks("c") == [C0]
    assert state.task_configs == {C0: {"n": "x"}, C1: {"n": "b"}}


def test_a_commit_remembers_the_configuration_it_was_made_for():
    state = state_of(written(v="1"), *tasks("a"), written(v="2"))
    assert state.applied_configs == {"c": {**CONFIG, "v": "1"}}


def test_generations_count_commits_from_zero():
    assert state_of(written(), *tasks("a")).task_config_generations == {"c": 0}
    assert state_of(written(), *tasks("a"), *tasks("b")).task_config_generations == {"c": 1}


def test_no_tasks_are_a_complete_set():
    state = state_of(written(), *tasks())
    assert (state.tasks("c"), state.task_counts, state.inconsistent) == ([], {"c": 0}, frozenset())
    assert state.task_config_generations == {}
    after = state_of(written(), *tasks("a"), *tasks())
    assert after.task_config_generations == {"c": 1}


def test_a_gap_makes_a_connector_have_no_tasks_until_all_are_written_again():
    first, _second, commit = tasks("a", "b")
    records = [written(), first, commit]
    state = state_of(*records)
    assert (state.tasks("c"), state.inconsistent) == ([], frozenset({"c"}))
    assert (state.task_configs, state.task_counts) == ({}, {"c": 2})
    assert last_events(*records) == [TasksWritten("c", ())]
    again = state_of(*records, *tasks("x", "y"))
    assert (again.tasks("c"), again.inconsistent) == ([C0, C1], frozenset())


def test_what_an_incomplete_set_left_does_not_complete_a_later_one():
    first, second, commit = tasks("a", "b")
    assert state_of(written(), first, commit, second, commit).tasks("c") == []


def test_tasks_beyond_the_commit_are_no_harm():
    *two, _commit = tasks("a", "b")
    state = state_of(written(), *two, config_log.task_commit_record("c", 1))
    assert (state.tasks("c"), state.inconsistent) == ([C0], frozenset())
    assert state.task_configs == {C0: {"n": "a"}, C1: {"n": "b"}}


def test_a_commit_repeated_without_its_tasks_makes_them_missing():
    state = state_of(written(), *tasks("a"), config_log.task_commit_record("c", 1))
    assert (state.tasks("c"), state.inconsistent) == ([], frozenset({"c"}))


def test_tasks_of_a_connector_that_compaction_removed_are_ignored():
    state = state_of(*tasks("a"))
    assert (state.task_counts, state.task_configs) == ({}, {})
    assert last_events(*tasks("a")) == []


def test_a_connector_made_anew_has_its_own_tasks():
    residue = [*tasks("old", "older"), (b"connector-c", None), (b"target-state-c", None)]
    state = state_of(*residue, written(), *tasks("new"))
    assert state.tasks("c") == [C0]
    assert state.task_configs == {C0: {"n": "new"}}


def test_task_records_left_behind_by_a_removal_count_for_nobody():
    *leftover, _commit = tasks("old", "older")
    state = state_of(*leftover, written(), (b"connector-c", None), written(), *tasks("new"))
    assert state.task_configs == {C0: {"n": "new"}}


@pytest.mark.parametrize(
    ("key", "task"),
    [
        (b"task-c-0", C0),
        (b"task-with-dashes-7", TaskId("with-dashes", 7)),
        (b"task-c-0-", C0),
    ],
)
def test_the_name_of_a_connector_may_have_dashes(key, task):
    name = task.connector
    extra = config_log.task_records(name, [{}] * task.task)
    commit = config_log.task_commit_record(name, task.task + 1)
    record = (key, b'{"properties":{"k":"v"}}')
    state = state_of(written(name), *extra, record, commit)
    assert state.task_configs[task] == {"k": "v"}


def test_a_task_without_a_value_of_a_property_lacks_the_property():
    record = (b"task-c-0", b'{"properties":{"k":null,"l":"v"}}')
    state = state_of(written(), record, config_log.task_commit_record("c", 1))
    assert state.task_configs == {C0: {"l": "v"}}


# -- the rest -------------------------------------------------------------------------------------


def test_tasks_written_after_their_count_need_fencing():
    count = config_log.task_count_record("c", 4)
    state = state_of(written(), *tasks("a"), count)
    assert (state.task_count_records, state.pending_fencing) == ({"c": 4}, frozenset())
    state = state_of(written(), *tasks("a"), count, *tasks("b"))
    assert (state.task_count_records, state.pending_fencing) == ({"c": 4}, frozenset({"c"}))


def test_what_concerns_fencing_outlives_the_connector():
    state = state_of(
        written(), *tasks("a"), config_log.task_count_record("c", 1), (b"connector-c", None)
    )
    assert (state.task_count_records, state.task_config_generations) == ({"c": 1}, {"c": 0})


def test_the_newest_session_key_counts():
    newer = SessionKey(b"fedcba9876543210", "HmacSHA512", 7)
    records = [config_log.session_key_record(KEY), config_log.session_key_record(newer)]
    assert state_of(*records).session_key == newer
    assert last_events(*records) == [SessionKeyWritten(newer)]


@pytest.mark.parametrize(
    ("value", "request_"),
    [
        (b'{"include-tasks":true,"only-failed":false}', RestartRequest("c", False, True)),
        (b'{"include-tasks":false,"only-failed":true}', RestartRequest("c", True, False)),
        (b'{"include-tasks":"yes","only-failed":true}', RestartRequest("c", True, False)),
        (b"{}", RestartRequest("c", False, False)),
    ],
)
def test_restarts_are_told_and_wrong_flags_are_false(value, request_):
    assert last_events((b"restart-connector-c", value))[-1] == RestartRequested(request_)


def test_levels_of_loggers_are_told():
    record = config_log.logger_record("org.apache", "DEBUG")
    assert last_events(record) == [LoggerLevelWritten("org.apache", "DEBUG")]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (None, b"{}"),
        (b"unknown", b"{}"),
        (b"session-keys", b"{}"),
        (b"\xff", b"{}"),
        (b"connector-c", b"[]"),
        (b"connector-c", b'{"properties":[]}'),
        (b"connector-c", b'{"properties":{"a":1}}'),
        (b"task-c", b'{"properties":{}}'),
        (b"task-c-x", b'{"properties":{}}'),
        (b"task-c-99999999999", b'{"properties":{}}'),
        (b"task-c-0", None),
        (b"task-c-0", b"7"),
        (b"commit-d", b"7"),
        (b"commit-d", b'{"tasks":"1"}'),
        (b"commit-d", b'{"tasks":1.5}'),
        (b"commit-d", b'{"tasks":true}'),
        (b"commit-d", b'{"tasks":-1}'),
        (b"tasks-fencing-c", b'{"task-count":null}'),
        (b"restart-connector-c", None),
        (b"session-key", None),
        (b"session-key", b'{"key":"AAAA","algorithm":"HmacSHA256","creation-timestamp":"1"}'),
        (b"session-key", b'{"key":"AAAA","algorithm":null,"creation-timestamp":1}'),
        (b"session-key", b'{"key":"?","algorithm":"HmacSHA256","creation-timestamp":1}'),
        (b"session-key", b'{"key":"","algorithm":"HmacSHA256","creation-timestamp":1}'),
        (b"logger-cluster-", b'{"level":"DEBUG"}'),
        (b"logger-cluster-a", b'{"level":7}'),
        (b"logger-cluster-a", None),
    ],
)
def test_garbage_is_named_and_changes_nothing_but_the_offset(key, value):
    before = [written("d"), written(), *tasks("a")]
    log = log_of(*before)
    old = log.state
    (event,) = log.apply(key, value, 41)
    assert isinstance(event, Garbage)
    assert log.state.offset == 42
    assert log.state == type(old)(42, *[getattr(old, name) for name in old.__slots__[1:]])


def test_a_value_that_is_no_json_leaves_even_the_offset():
    log = log_of(written())
    (event,) = log.apply(b"connector-c", b"{junk", 41)
    assert isinstance(event, Garbage)
    assert log.state.offset == 1


@pytest.mark.parametrize("value", [None, b"", b"null", b" \n"])
def test_a_value_that_says_nothing_is_a_tombstone(value):
    assert state_of(written(), (b"connector-c", value)).configs == {}


def test_what_is_wrong_with_a_session_key_is_told_without_it():
    (event,) = last_events((b"session-key", b'{"key":["c2VjcmV0"],"algorithm":"x"}'))
    assert "c2VjcmV0" not in str(event)


def test_a_snapshot_stays_as_it_is():
    log = log_of(written(), *tasks("a"))
    before = log.state
    assert before is log.state
    for offset, (key, value) in enumerate([*tasks("b", "c"), (b"connector-c", None)], 3):
        log.apply(key, value, offset)
    assert (before.tasks("c"), before.task_configs) == ([C0], {C0: {"n": "a"}})


@pytest.mark.parametrize(
    ("record", "key", "value"),
    [
        (written(), b"connector-c", b'{"properties":{"connector.class":"Moon","name":"c"}}'),
        (
            config_log.task_records("c", [{"a": "\n"}])[0],
            b"task-c-0",
            b'{"properties":{"a":"\\n"}}',
        ),
        (config_log.task_commit_record("c", 3), b"commit-c", b'{"tasks":3}'),
        (config_log.connector_tombstones("c")[0], b"connector-c", None),
        (config_log.connector_tombstones("c")[1], b"target-state-c", None),
        (
            config_log.target_state_record("c", TargetState.PAUSED),
            b"target-state-c",
            b'{"state":"PAUSED","state.v2":"PAUSED"}',
        ),
        (
            config_log.target_state_record("c", TargetState.STOPPED),
            b"target-state-c",
            b'{"state":"PAUSED","state.v2":"STOPPED"}',
        ),
        (config_log.task_count_record("c", 2), b"tasks-fencing-c", b'{"task-count":2}'),
        (
            config_log.restart_record(RestartRequest("c", True, False)),
            b"restart-connector-c",
            b'{"include-tasks":false,"only-failed":true}',
        ),
        (
            config_log.session_key_record(KEY),
            b"session-key",
            b'{"key":"MDEyMzQ1Njc4OWFiY2RlZg==","algorithm":"HmacSHA256",'
            b'"creation-timestamp":1795405504166}',
        ),
    ],
)
def test_records_are_javas_bytes(record, key, value):
    assert record == (key, value)


def test_a_thousand_connectors_load_in_a_blink():
    records = [written(f"c{number}") for number in range(1000)]
    for number in range(1000):
        records += tasks("a", "b", "c", name=f"c{number}")
    began = time.process_time()
    state = state_of(*records)
    assert len(state.task_configs) == 3000
    assert time.process_time() - began < 1.0


# -- laws -----------------------------------------------------------------------------------------

names = st.sampled_from(["c", "d", "with-dash"])
texts = st.text(max_size=3)
whole_operations = st.one_of(
    st.builds(lambda name, text: [written(name, v=text)], names, texts),
    st.builds(lambda name, texts: tasks(*texts, name=name), names, st.lists(texts, max_size=3)),
    st.builds(config_log.connector_tombstones, names),
    st.builds(
        lambda name, state: [config_log.target_state_record(name, state)],
        names,
        st.sampled_from(TargetState),
    ),
    st.builds(lambda name, count: [config_log.task_count_record(name, count)], names, st.just(2)),
    st.just([config_log.session_key_record(KEY)]),
)
histories = st.lists(whole_operations, max_size=12).map(
    lambda parts: list(itertools.chain.from_iterable(parts))
)


def compacted(records):
    """Keep the newest record of each key, as the broker does sooner or later."""
    newest = {key: number for number, (key, _value) in enumerate(records)}
    return [record for number, record in enumerate(records) if newest[record[0]] == number]


@given(histories, st.integers(0, 60))
def test_compaction_keeps_connectors_target_states_and_keys(records, prefix):
    whole, short = state_of(*records), state_of(*compacted(records[:prefix]), *records[prefix:])
    assert short.configs == whole.configs
    assert short.session_key == whole.session_key
    for name in whole.configs:
        assert short.target_state(name) == whole.target_state(name)


@given(histories, st.integers(0, 60), st.lists(texts, max_size=3))
def test_tasks_written_after_their_connector_survive_compaction(records, prefix, last):
    records = [*records, written(v="last"), *tasks(*last)]
    for kept in (records, compacted(records), [*compacted(records[:prefix]), *records[prefix:]]):
        state = state_of(*kept)
        assert [state.task_configs[task]["n"] for task in state.tasks("c")] == last
        assert state.applied_configs["c"] == state.configs["c"]


@given(histories, st.integers(0, 60))
def test_compaction_never_invents_tasks(records, prefix):
    whole, short = state_of(*records), state_of(*compacted(records[:prefix]), *records[prefix:])
    for name in short.configs:
        assert set(short.tasks(name)) <= set(short.task_configs)
        assert len(short.tasks(name)) in {0, len(whole.tasks(name)), short.task_counts.get(name)}


keys = st.one_of(
    st.binary(max_size=12),
    st.sampled_from(
        [
            b"connector-c",
            b"task-c-0",
            b"commit-c",
            b"target-state-c",
            b"session-key",
            b"tasks-fencing-c",
            b"restart-connector-c",
            b"logger-cluster-c",
        ]
    ),
    st.none(),
)
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["properties", "tasks", "state", "state.v2", "key", "level", "task-count"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=5,
)
values = st.one_of(st.none(), st.binary(max_size=12), json.map(config_log.java_json.encode))


@given(st.lists(st.tuples(keys, values), max_size=8))
def test_garbage_never_raises(records):
    log = log_of(written(), *tasks("a"), *records)
    for name in log.state.configs:
        assert all(task in log.state.task_configs for task in log.state.tasks(name))
