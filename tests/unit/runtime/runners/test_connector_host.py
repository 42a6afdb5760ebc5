# SPDX-License-Identifier: Apache-2.0
"""The life of a connector instance in its runner."""

from __future__ import annotations

import pytest

from barnabas.api import SourceConnector, SourceTask
from barnabas.errors import ConfigError, IllegalStateError
from barnabas.runtime.model import State, TargetState
from barnabas.runtime.runners.connector_host import ConnectorHost, checked_task_configs
from barnabas.runtime.runners.messages import (
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
    Stop,
    TaskConfigsAnswer,
)
from tests.unit.runtime.runners.wire import SETUP, WATCH, HostWire

STARTED, PAUSED, STOPPED = TargetState.STARTED, TargetState.PAUSED, TargetState.STOPPED
made = []


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
        return "1.0"

    def _do(self, method):
        self.calls.append(method)
        if method == self.props.get("fail"):
            raise ValueError(method)
        if method == self.props.get("read"):
            self.found = self.offset_storage_reader.offset({"file": "a"})
        if method == self.props.get("request"):
            self.context.request_task_reconfiguration()
        if method == self.props.get("raise"):
            self.context.raise_error(RuntimeError("first"))
            self.context.raise_error(RuntimeError("second"))


@pytest.fixture
def start():
    """Start a host, the first message being the order to start the connector."""
    wires = []
    made.clear()

    def start(state=STARTED, **config):
        config = {"name": "t", "connector.class": "Lines", "tasks.max": "3", **config}
        plugin = PluginRef("Lines", f"{__name__}:LinesConnector")
        order = StartConnector(1, ConnectorSpec("t", plugin, config, state))
        wire = HostWire(lambda channel: ConnectorHost(channel, SETUP, order, WATCH))
        wires.append(wire)
        return wire

    yield start
    for wire in wires:
        wire.close()


def running(wire):
    assert wire.hear() == StateReport(State.RUNNING, None, "1.0")
    assert wire.hear() == Done(1)
    return wire


def test_it_is_started_and_running(start):
    running(start())
    assert made[0].calls == ["start"]


def test_task_configs_come_with_class_and_limits(start):
    wire = running(start())
    wire.say(GenerateTaskConfigs(2))
    assert wire.hear() == TaskConfigsAnswer(2, [{"most": "3"}], f"{__name__}:Lines", 3, True)


@pytest.mark.parametrize(("target", "state"), [(PAUSED, State.PAUSED), (STOPPED, State.STOPPED)])
def test_a_connector_that_begins_suspended_is_made_but_not_started(start, target, state):
    wire = start(target)
    assert wire.hear() == StateReport(state, None, "1.0")
    assert wire.hear() == Done(1)
    assert made[0].calls == []


def test_a_resumed_connector_is_started_again_on_the_same_instance(start):
    wire = running(start())
    wire.say(SetConnectorState(2, PAUSED))
    assert [wire.hear(), wire.hear()] == [StateReport(State.PAUSED, None, "1.0"), Done(2)]
    wire.say(SetConnectorState(3, STARTED))
    assert [wire.hear(), wire.hear()] == [StateReport(State.RUNNING, None, "1.0"), Done(3)]
    assert (len(made), made[0].calls) == (1, ["start", "stop", "start"])


def test_a_state_it_has_already_changes_nothing(start):
    wire = running(start())
    wire.say(SetConnectorState(2, STARTED))
    assert wire.hear() == Done(2)
    assert made[0].calls == ["start"]


def test_a_stopped_connector_becomes_paused_without_being_started(start):
    wire = running(start())
    wire.say(SetConnectorState(2, STOPPED))
    assert [wire.hear(), wire.hear()] == [StateReport(State.STOPPED, None, "1.0"), Done(2)]
    wire.say(SetConnectorState(3, PAUSED))
    assert [wire.hear(), wire.hear()] == [StateReport(State.PAUSED, None, "1.0"), Done(3)]
    assert made[0].calls == ["start", "stop"]


def test_an_error_in_start_fails_it(start):
    wire = start(fail="start")
    report, answer = wire.hear(), wire.hear()
    assert report.state is State.FAILED
    assert (type(answer), answer.id) == (Failure, 1)
    assert answer.message == report.trace.splitlines()[0]


def test_a_failed_connector_can_only_be_stopped(start):
    wire = start(fail="start")
    wire.hear()
    wire.hear()
    wire.say(SetConnectorState(2, PAUSED))
    answer = wire.hear()
    assert (answer.kind, "since it has failed" in answer.message) == ("IllegalStateError", True)
    wire.say(SetConnectorState(3, STOPPED))
    assert wire.hear() == StateReport(State.STOPPED, None, "1.0")


def test_an_error_while_pausing_fails_it(start):
    wire = running(start(fail="stop"))
    wire.say(SetConnectorState(2, PAUSED))
    assert wire.hear().state is State.FAILED
    assert isinstance(wire.hear(), Failure)


def test_an_error_while_stopping_does_not_keep_it_from_being_stopped(start):
    wire = running(start(fail="stop"))
    wire.say(SetConnectorState(2, STOPPED))
    assert [wire.hear(), wire.hear()] == [StateReport(State.STOPPED, None, "1.0"), Done(2)]


def test_an_error_in_task_configs_leaves_it_running(start):
    wire = running(start(fail="task_configs"))
    wire.say(GenerateTaskConfigs(2), SetConnectorState(3, STARTED))
    assert isinstance(wire.hear(), Failure)
    assert wire.hear() == Done(3)


def test_a_wrong_framework_setting_fails_it(start):
    wire = start(**{"tasks.max": "many"})
    assert "tasks.max" in wire.hear().trace
    assert isinstance(wire.hear(), Failure)


def test_the_end_is_unassigned_and_status_0(start):
    wire = running(start())
    wire.say(Stop())
    assert wire.hear() == StateReport(State.UNASSIGNED, None, "1.0")
    assert wire.status.result(10) == 0
    assert made[0].calls == ["start", "stop"]


def test_it_reads_offsets_of_its_own_partitions(start):
    wire = start(read="start")
    question = wire.hear()
    assert question == ReadOffsets(1, [b'["t",{"file":"a"}]'])
    wire.say(OffsetsAnswer(1, [b'{"position":7}']))
    running(wire)
    assert made[0].found == {"position": 7}


def test_a_request_for_reconfiguration_is_passed_on(start):
    assert start(request="start").hear() == ReconfigurationRequest()


def test_a_request_after_the_end_is_rejected(start):
    wire = running(start())
    wire.say(Stop())
    wire.status.result(10)
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
