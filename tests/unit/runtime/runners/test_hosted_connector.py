# SPDX-License-Identifier: Apache-2.0
"""The life of a connector instance on its thread."""

from __future__ import annotations

import threading

import msgspec
import pytest

from barnabas.api import ConfigData, ConfigProvider, SourceConnector, SourceTask
from barnabas.errors import ConfigError, IllegalStateError
from barnabas.runtime.model import State, TargetState
from barnabas.runtime.runners import expiry
from barnabas.runtime.runners.connector_host import ConnectorHost
from barnabas.runtime.runners.hosted_connector import checked_task_configs
from barnabas.runtime.runners.messages import (
    Begun,
    ConfigExpired,
    ConnectorSpec,
    Done,
    Failure,
    GenerateTaskConfigs,
    OffsetsAnswer,
    PluginRef,
    ReadOffsets,
    ReconfigurationRequest,
    SetConnectorState,
    StartConnector,
    StateReport,
    StopConnector,
    TaskConfigsAnswer,
)
from tests.unit.runtime.runners.wire import SETUP, WATCH, HostWire

STARTED, PAUSED, STOPPED = TargetState.STARTED, TargetState.PAUSED, TargetState.STOPPED
made = []
doze, gate = threading.Event(), threading.Event()
gate.set()


class Lines(SourceTask):
    """A task nobody runs here."""

    def start(self, props):
        pass

    def poll(self):
        return None

    def stop(self):
        pass


class LinesConnector(SourceConnector):
    """Does what its configuration says."""

    task_class = Lines

    def __init__(self):
        made.append(self)
        self.calls = []

    def start(self, props):
        self.props = dict(props)
        self._do("start")

    def task_configs(self, max_tasks):
        self._do("task_configs")
        return [{"most": str(max_tasks)}]

    def stop(self):
        self._do("stop")

    def version(self):
        gate.wait(10)
        return "1.0"

    def _do(self, method):
        self.calls.append(method)
        if method == self.props.get("fail"):
            raise ValueError(method)
        if method == self.props.get("read"):
            self.found = self.offset_storage_reader.offset({"file": "a"})
        if method == self.props.get("doze"):
            doze.wait(10)
        if method == self.props.get("request"):
            self.context.request_task_reconfiguration()
        if method == self.props.get("raise"):
            self.context.raise_error(RuntimeError("first"))
            self.context.raise_error(RuntimeError("second"))


def start_order(state=STARTED, **config):
    config = {"name": "t", "connector.class": "Lines", "tasks.max": "3", **config}
    plugin = PluginRef("Lines", f"{__name__}:LinesConnector")
    return StartConnector(1, 7, ConnectorSpec("t", plugin, config, state))


class Wire(HostWire):
    """Leaves out which questions were begun."""

    def __init__(self, make_host):
        self.begun = []
        super().__init__(make_host)

    def hear(self):
        heard = super().hear()
        while isinstance(heard, Begun):
            self.begun.append(heard)
            heard = super().hear()
        return heard


@pytest.fixture
def start():
    """Start a host, the first message being the order to start the connector."""
    wires = []
    made.clear()
    doze.clear()

    def start(state=STARTED, **config):
        order = start_order(state, **config)
        wire = Wire(lambda channel: ConnectorHost(channel, SETUP, order, WATCH))
        wires.append(wire)
        return wire

    yield start
    for wire in wires:
        wire.close()


def running(wire):
    assert wire.hear() == StateReport(State.RUNNING, None, "1.0", 7)
    assert wire.hear() == Done(1)
    return wire


def test_it_is_started_and_running(start):
    running(start())
    assert made[0].calls == ["start"]


def test_task_configs_come_with_class_and_limits(start):
    wire = running(start())
    wire.say(GenerateTaskConfigs(2, 7))
    assert wire.hear() == TaskConfigsAnswer(2, [{"most": "3"}], f"{__name__}:Lines", 3, True)


@pytest.mark.parametrize(("target", "state"), [(PAUSED, State.PAUSED), (STOPPED, State.STOPPED)])
def test_a_connector_that_begins_suspended_is_made_but_not_started(start, target, state):
    wire = start(target)
    assert wire.hear() == StateReport(state, None, "1.0", 7)
    assert wire.hear() == Done(1)
    assert made[0].calls == []


def test_a_resumed_connector_is_started_again_on_the_same_instance(start):
    wire = running(start())
    wire.say(SetConnectorState(2, 7, PAUSED))
    assert [wire.hear(), wire.hear()] == [StateReport(State.PAUSED, None, "1.0", 7), Done(2)]
    wire.say(SetConnectorState(3, 7, STARTED))
    assert [wire.hear(), wire.hear()] == [StateReport(State.RUNNING, None, "1.0", 7), Done(3)]
    assert (len(made), made[0].calls) == (1, ["start", "stop", "start"])


def test_a_state_it_has_already_changes_nothing(start):
    wire = running(start())
    wire.say(SetConnectorState(2, 7, STARTED))
    assert wire.hear() == Done(2)
    assert made[0].calls == ["start"]


def test_a_stopped_connector_becomes_paused_without_being_started(start):
    wire = running(start())
    wire.say(SetConnectorState(2, 7, STOPPED))
    assert [wire.hear(), wire.hear()] == [StateReport(State.STOPPED, None, "1.0", 7), Done(2)]
    wire.say(SetConnectorState(3, 7, PAUSED))
    assert [wire.hear(), wire.hear()] == [StateReport(State.PAUSED, None, "1.0", 7), Done(3)]
    assert made[0].calls == ["start", "stop"]


def test_an_error_in_start_fails_it(start):
    wire = start(fail="start")
    report, answer = wire.hear(), wire.hear()
    assert report.state is State.FAILED
    assert (type(answer), answer.id) == (Failure, 1)
    assert answer.message == report.trace.splitlines()[0]


def test_only_the_failure_of_the_connector_itself_is_logged_by_its_runner(start):
    wire = start(fail="start")
    assert [wire.hear().state, wire.hear().is_logged] == [State.FAILED, True]
    wire = running(start(fail="task_configs"))
    wire.say(GenerateTaskConfigs(2, 7))
    assert not wire.hear().is_logged


def test_a_failed_connector_can_only_be_stopped(start):
    wire = start(fail="start")
    wire.hear()
    wire.hear()
    wire.say(SetConnectorState(2, 7, PAUSED))
    answer = wire.hear()
    assert (answer.kind, "since it has failed" in answer.message) == ("IllegalStateError", True)
    wire.say(SetConnectorState(3, 7, STOPPED))
    assert wire.hear() == StateReport(State.STOPPED, None, "1.0", 7)


def test_an_error_while_pausing_fails_it(start):
    wire = running(start(fail="stop"))
    wire.say(SetConnectorState(2, 7, PAUSED))
    assert wire.hear().state is State.FAILED
    assert isinstance(wire.hear(), Failure)


def test_an_error_while_stopping_does_not_keep_it_from_being_stopped(start):
    wire = running(start(fail="stop"))
    wire.say(SetConnectorState(2, 7, STOPPED))
    assert [wire.hear(), wire.hear()] == [StateReport(State.STOPPED, None, "1.0", 7), Done(2)]


def test_an_error_in_task_configs_leaves_it_running(start):
    wire = running(start(fail="task_configs"))
    wire.say(GenerateTaskConfigs(2, 7), SetConnectorState(3, 7, STARTED))
    assert isinstance(wire.hear(), Failure)
    assert wire.hear() == Done(3)


def test_a_wrong_framework_setting_fails_it(start):
    wire = start(**{"tasks.max": "many"})
    assert "tasks.max" in wire.hear().trace
    assert isinstance(wire.hear(), Failure)


def test_wrong_settings_of_topic_creation_fail_it(start):
    wire = start(**{"topic.creation.default.partitions": "3"})
    assert '"topic.creation.default.replication.factor" which has no' in wire.hear().trace
    assert isinstance(wire.hear(), Failure)


class Leases(ConfigProvider):
    """Values that are good for a moment."""

    def get(self, path, keys=None):
        return ConfigData({"key": "value"}, 1)


@pytest.mark.parametrize(("reload", "asks"), [("restart", True), ("none", False)])
def test_expired_values_have_it_restarted(start, monkeypatch, reload, asks):
    monkeypatch.setattr(expiry, "_LEAST_S", 0.0)
    worker = {"config.providers": "v", "config.providers.v.class": f"{__name__}:Leases"}
    setup = msgspec.structs.replace(SETUP, worker_config={**SETUP.worker_config, **worker})
    monkeypatch.setitem(globals(), "SETUP", setup)
    wire = running(start(**{"leased": "${v:key}", "config.action.reload": reload}))
    if asks:
        assert wire.hear() == ConfigExpired(7)
    else:
        wire.say(StopConnector(2, 7))
        assert wire.hear() == StateReport(State.UNASSIGNED, None, "1.0", 7)


def test_the_end_is_unassigned(start):
    wire = running(start())
    wire.say(StopConnector(9, 7))
    assert wire.hear() == StateReport(State.UNASSIGNED, None, "1.0", 7)
    assert wire.hear() == Done(9)
    assert made[0].calls == ["start", "stop"]


def test_it_reads_offsets_of_its_own_partitions(start):
    wire = start(read="start")
    question = wire.hear()
    assert question == ReadOffsets(1, [b'["t",{"file":"a"}]'], 7)
    wire.say(OffsetsAnswer(1, [b'{"position":7}']))
    running(wire)
    assert made[0].found == {"position": 7}


def test_the_worker_hears_which_thread_begins_what(start):
    wire = running(start())
    wire.say(GenerateTaskConfigs(2, 7))
    wire.hear()
    assert [begun.id for begun in wire.begun] == [1, 2]
    assert len({begun.thread for begun in wire.begun} - {threading.get_ident()}) == 1


def test_what_was_not_begun_before_the_stop_is_not_done(start):
    wire = running(start(doze="task_configs"))
    wire.say(GenerateTaskConfigs(2, 7))
    assert HostWire.hear(wire).id == 2  # begun
    wire.say(SetConnectorState(3, 7, PAUSED), StopConnector(4, 7), GenerateTaskConfigs(5, 8))
    assert (wire.hear().id, doze.set()) == (5, None)
    heard = [wire.hear() for _ in range(4)]
    assert [getattr(message, "id", None) for message in heard] == [2, 3, None, 4]
    assert "was stopped before that was begun" in heard[1].message
    assert made[0].calls == ["start", "task_configs", "stop"]


def test_a_newer_state_before_the_start_has_the_connector_made(start):
    gate.clear()
    wire = start()
    wire.say(SetConnectorState(2, 7, PAUSED), GenerateTaskConfigs(3, 8))
    assert (wire.hear().id, gate.set()) == (3, None)
    assert "before another request to change state was made" in wire.hear().message
    assert [wire.hear(), wire.hear()] == [StateReport(State.PAUSED, None, "1.0", 7), Done(2)]


def test_a_request_for_reconfiguration_is_passed_on(start):
    assert start(request="start").hear() == ReconfigurationRequest(7)


def test_a_request_after_the_end_is_rejected(start):
    wire = running(start())
    wire.say(StopConnector(9, 7))
    while wire.hear() != Done(9):
        pass
    with pytest.raises(IllegalStateError, match="'t' has already been shut down"):
        made[0].context.request_task_reconfiguration()


def test_of_errors_it_finds_itself_the_first_counts(start):
    wire = start(**{"raise": "start"})
    report = wire.hear()
    assert (report.state, "RuntimeError: first" in report.trace) == (State.FAILED, True)
    assert "RuntimeError: second" not in report.trace


@pytest.mark.parametrize(
    ("configs", "said"),
    [
        (None, "must return a list, not NoneType"),
        ("text", "must return a list, not str"),
        ([["a"]], "item 0: must be a dict, not list"),
        ([{}, {"a": 1}], "item 1: key 'a' has a value of type int"),
        ([{1: "a"}], "item 0: key 1 has a value of type str"),
    ],
)
def test_task_configs_of_the_wrong_form_are_refused(configs, said):
    with pytest.raises(ConfigError, match=said):
        checked_task_configs(configs, "Lines")


def test_keys_without_a_value_are_left_out():
    assert checked_task_configs([{"a": None, "b": "c"}], "Lines") == [{"b": "c"}]
