# SPDX-License-Identifier: Apache-2.0
"""Runs the connectors of one plugin in a runner: each on a thread of its own.

The main thread only waits for the end; user code runs on the connectors' threads, so one that takes
its time does not hold up the others.
"""

from __future__ import annotations

import contextlib
import logging
import threading

from barnabas.errors import ConnectError, IllegalStateError
from barnabas.runtime.runners import control
from barnabas.runtime.runners.channel import Channel, failure_of
from barnabas.runtime.runners.hosted_connector import HostedConnector
from barnabas.runtime.runners.lease import LAPSED
from barnabas.runtime.runners.lease_watch import LeaseWatch
from barnabas.runtime.runners.messages import (
    Done,
    GenerateTaskConfigs,
    SetConnectorState,
    Setup,
    StartConnector,
    Stop,
    StopConnector,
    ToRunner,
)

__all__ = ["ConnectorHost", "ConnectorOrder"]

_log = logging.getLogger(__name__)


ConnectorOrder = StartConnector | SetConnectorState | GenerateTaskConfigs | StopConnector
"""What makes a runner one of connectors when it comes first.

Mostly that is a start; but a connector may be stopped, or its process be asked whether it reacts,
before the process is up.
"""


class ConnectorHost:
    """The connectors of one runner, by their seats."""

    def __init__(
        self, channel: Channel, setup: Setup, order: ConnectorOrder, watch: LeaseWatch
    ) -> None:
        self._channel = channel
        self._setup = setup
        self._watch = watch
        self._seats: dict[int, HostedConnector] = {}
        self._ending = threading.Event()
        self._is_told_to_stop = False
        self._control = control.Control(channel, self._handle, self._ending.set)
        self._first = order

    def run(self) -> int:
        """Obey the worker until it says stop; returns the exit status of the runner."""
        self._watch.start(self._ending.set)
        self._handle(self._first)
        self._control.start()
        self._ending.wait()
        connectors = list(self._seats.values())
        for connector in connectors:
            connector.stop()
        for connector in connectors:
            connector.join()
        return LAPSED if self._watch.has_asked and not self._is_told_to_stop else 0

    # -- control thread ------------------------------------------------------------------------

    def _handle(self, message: ToRunner) -> None:
        if isinstance(message, StartConnector):
            self._start(message)
        elif isinstance(message, SetConnectorState | GenerateTaskConfigs | StopConnector):
            self._pass_on(message)
        elif isinstance(message, Stop):
            self._is_told_to_stop = True
            self._ending.set()
        else:
            _log.warning("Connectors have no use for %s", type(message).__name__)

    def _start(self, order: StartConnector) -> None:
        if not self._ending.is_set():
            self._seats[order.seat] = HostedConnector(
                self._channel, self._setup, order, lambda: self._free(order.seat)
            )

    def _pass_on(self, order: SetConnectorState | GenerateTaskConfigs | StopConnector) -> None:
        connector = self._seats.get(order.seat)
        if connector is not None:
            connector.take(order)
            return
        gone = IllegalStateError("This connector has ended.")
        is_stop = isinstance(order, StopConnector)
        with contextlib.suppress(ConnectError):  # the worker is gone: the next receive tells
            self._channel.send(Done(order.id) if is_stop else failure_of(order.id, gone))

    def _free(self, seat: int) -> None:
        self._seats.pop(seat, None)
