# SPDX-License-Identifier: Apache-2.0
"""Connectors of one plugin in one runner do not wait for each other."""

from __future__ import annotations

import logging
import threading

import pytest
from structlog import contextvars

from barnabas.api import SourceConnector, SourceTask
from barnabas.runtime.model import State, TargetState
from barnabas.runtime.runners.connector_host import ConnectorHost, ConnectorOrder
from barnabas.runtime.runners.messages import (
    Begun,
    ConnectorSpec,
    Done,
    Failure,
    GenerateTaskConfigs,
    PluginRef,
    ReconfigurationRequest,
    StartConnector,
    StateReport,
    Stop,
    StopConnector,
)
from tests.unit.runtime.runners.wire import SETUP, WATCH, HostWire

gates = {"moon": threading.Event(), "sun": threading.Event()}


class Gated(SourceConnector):
    """Starts when the test lets it."""

    task_class = SourceTask

    def start(self, props):
        self.name = props["name"]
        context = contextvars.get_contextvars()
        logging.getLogger(__name__).info("%s|%s", context["connector"], context["part"])
        gates[self.name].wait(10)

    def task_configs(self, max_tasks):
        self.context.request_task_reconfiguration()
        return []

    def stop(self):
        pass


def order(number, seat, name):
    plugin = PluginRef("Gated", f"{__name__}:Gated")
    config = {"name": name, "connector.class": "Gated"}
    return StartConnector(number, seat, ConnectorSpec(name, plugin, config, TargetState.STARTED))


@pytest.fixture
def wire():
    """A host that is starting the moon on seat 1, and hangs in that."""
    for gate in gates.values():
        gate.clear()
    wire = HostWire(lambda channel: ConnectorHost(channel, SETUP, order(1, 1, "moon"), WATCH))
    assert isinstance(wire.hear(), Begun)
    yield wire
    for gate in gates.values():
        gate.set()
    wire.close()


def hear(wire, count):
    heard = [wire.hear() for _ in range(count)]
    return [message for message in heard if not isinstance(message, Begun)]


def start_sun(wire):
    gates["sun"].set()
    wire.say(order(2, 2, "sun"))
    assert hear(wire, 3) == [StateReport(State.RUNNING, None, "undefined", 2), Done(2)]


def test_one_that_hangs_does_not_hold_up_another(wire):
    start_sun(wire)
    gates["moon"].set()
    assert hear(wire, 2) == [StateReport(State.RUNNING, None, "undefined", 1), Done(1)]


def test_each_is_heard_by_its_seat(wire):
    start_sun(wire)
    wire.say(GenerateTaskConfigs(3, 2))
    assert ReconfigurationRequest(2) in hear(wire, 3)


def test_each_logs_on_its_own_behalf(wire, caplog):
    with caplog.at_level(logging.INFO):
        start_sun(wire)
    assert "sun|worker" in caplog.messages


def test_one_is_stopped_and_the_others_go_on(wire):
    start_sun(wire)
    wire.say(StopConnector(3, 2))
    assert hear(wire, 3) == [StateReport(State.UNASSIGNED, None, "undefined", 2), Done(3)]
    gates["moon"].set()
    assert Done(1) in hear(wire, 2)


def test_a_seat_nobody_has_is_told(wire):
    wire.say(StopConnector(2, 9), GenerateTaskConfigs(3, 9))
    done, failure = hear(wire, 2)
    assert done == Done(2)
    assert isinstance(failure, Failure)


def test_the_end_stops_all_and_has_status_0(wire):
    start_sun(wire)
    gates["moon"].set()
    wire.say(Stop())
    assert wire.status.result(10) == 0
    ended = [wire.hear() for _ in range(8)]
    last = {message.seat: message.state for message in ended if isinstance(message, StateReport)}
    assert last == {1: State.UNASSIGNED, 2: State.UNASSIGNED}


def test_after_the_end_nothing_is_started(wire):
    gates["moon"].set()
    wire.say(Stop(), order(2, 2, "sun"))
    assert wire.status.result(10) == 0
    assert wire._host._seats == {}


def test_a_connector_starts_where_another_was_stopped_before_it_began():
    stop = StopConnector(0, 1)
    assert isinstance(stop, ConnectorOrder)  # so that the process becomes one of connectors
    wire = HostWire(lambda channel: ConnectorHost(channel, SETUP, stop, WATCH))
    assert wire.hear() == Done(0)
    start_sun(wire)
    wire.close()
