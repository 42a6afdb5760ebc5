# SPDX-License-Identifier: Apache-2.0
"""One connector instance in a runner, on a thread of its own.

States, as Java's ``WorkerConnector`` has them: INIT → STARTED ⇄ PAUSED / STOPPED, and FAILED, which
only STOPPED follows. The control thread of the runner puts what the worker wants into a queue, the
connector's thread takes it from there and calls the connector. A wanted state that waits in the
queue is overtaken by a newer one.
"""

from __future__ import annotations

import enum
import logging
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from barnabas.api import Connector, SourceConnector
from barnabas.errors import ConfigError, ConnectError, IllegalStateError
from barnabas.runtime.model import State, TargetState
from barnabas.runtime.runners import channel as channels
from barnabas.runtime.runners import traces
from barnabas.runtime.runners.channel import Channel
from barnabas.runtime.runners.environment import Environment, load_connector, location_of
from barnabas.runtime.runners.expiry import ExpiryTimer
from barnabas.runtime.runners.messages import (
    Begun,
    ConfigExpired,
    Done,
    GenerateTaskConfigs,
    Message,
    OffsetsAnswer,
    ReadOffsets,
    ReconfigurationRequest,
    SetConnectorState,
    Setup,
    StartConnector,
    StateReport,
    StopConnector,
    TaskConfigsAnswer,
)
from barnabas.runtime.settings.connector import ConnectorConfig
from barnabas.runtime.settings.topic_creation import enabled_topic_groups
from barnabas.runtime.stores import offset_format
from barnabas.telemetry import logs

__all__ = ["HostedConnector", "Order", "checked_task_configs"]

_log = logging.getLogger(__name__)

_READ_DEADLINE_S: Final = 60.0

Order = StartConnector | SetConnectorState | GenerateTaskConfigs | StopConnector


class _Phase(enum.Enum):
    INIT = enum.auto()
    STARTED = enum.auto()
    PAUSED = enum.auto()
    STOPPED = enum.auto()
    FAILED = enum.auto()


class _OffsetReader:
    """Reads a connector's source offsets from the worker."""

    def __init__(self, channel: Channel, connector: str, seat: int) -> None:
        self._channel = channel
        self._connector = connector
        self._seat = seat

    def offset(self, partition: Mapping[str, Any]) -> dict[str, Any] | None:
        return self.offsets([partition])[0]

    def offsets(self, partitions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any] | None]:
        keys = [offset_format.offset_key(self._connector, item) for item in partitions]
        future = self._channel.ask(lambda number: ReadOffsets(number, keys, self._seat))
        answer = channels.result_within(future, _READ_DEADLINE_S, "reading source offsets")
        if not isinstance(answer, OffsetsAnswer) or len(answer.values) != len(keys):
            text = "The worker answered something else than the offsets asked for."
            raise ConnectError(text)
        values = zip(keys, answer.values, strict=True)
        return [offset_format.decode_value(value, key) for key, value in values]


class HostedConnector:
    """Calls the methods of one connector; is its context, too.

    Args:
        channel: Connection to the worker.
        setup: What the worker said first.
        order: Which connector, and on which seat.
        on_end: Called on the connector's thread when it has ended.
    """

    def __init__(
        self, channel: Channel, setup: Setup, order: StartConnector, on_end: Callable[[], None]
    ) -> None:
        self._channel = channel
        self._spec = order.spec
        self._seat = order.seat
        self._on_end = on_end
        self._environment = Environment(setup)
        self._expiry = ExpiryTimer(order.spec.config, self._expired)
        self._orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
        self._wanted = order.id
        """Id of the newest wanted state."""
        self._connector: Connector | None = None
        self._settings: ConnectorConfig | None = None
        self._phase = _Phase.INIT
        self._version: str | None = None
        self._failing = threading.Lock()
        self._is_closed = False
        self._logged: BaseException | None = None
        """What it failed with."""
        self._thread = threading.Thread(
            target=self._run, name=f"connector {self._spec.name}", daemon=True
        )
        self._orders.put(order)
        self._thread.start()

    def take(self, order: Order) -> None:
        """Take what the worker wants; on the control thread."""
        if isinstance(order, SetConnectorState):
            self._wanted = order.id
        self._is_closed = self._is_closed or isinstance(order, StopConnector)
        self._orders.put(order)

    def stop(self) -> None:
        """End it because its runner ends. Any thread."""
        self.take(StopConnector(0, self._seat))

    def join(self) -> None:
        """Wait until it has ended, however long that takes."""
        self._thread.join()

    # -- the connector's context: any thread ---------------------------------------------------

    def request_task_reconfiguration(self) -> None:
        """Ask the worker to generate task configurations anew."""
        if self._is_closed:
            text = (
                "The request for task reconfiguration has been rejected because this instance of "
                f"the connector '{self._spec.name}' has already been shut down."
            )
            raise IllegalStateError(text)
        self._channel.send(ReconfigurationRequest(self._seat))

    def raise_error(self, error: BaseException) -> None:
        """Take an error the connector found by itself."""
        self._fail(error)

    def _expired(self) -> None:
        """Ask to be started again, unless nobody uses the values; on the timer's thread."""
        if self._phase is _Phase.STARTED and not self._is_closed:
            _log.info("Values of config providers have expired; asking for a restart")
            self._channel.send(ConfigExpired(self._seat))

    # -- the connector's thread ------------------------------------------------------------------

    def _run(self) -> None:
        logs.bind_context(self._spec.name, "worker")
        try:
            while not isinstance(order := self._orders.get(), StopConnector):
                self._answer(order)
            self._begin(order.id)
            self._shut_down()
            self._channel.send(Done(order.id))
        except ConnectError:
            _log.debug("The worker is gone", exc_info=True)
        finally:
            self._on_end()

    def _begin(self, number: int) -> None:
        self._channel.send(Begun(number, threading.get_ident(), threading.get_native_id()))

    def _answer(self, order: StartConnector | SetConnectorState | GenerateTaskConfigs) -> None:
        try:
            if self._is_closed:
                raise self._ended()  # noqa: TRY301 - answered like any failure
            self._channel.send(self._obey(order))
        except BaseException as error:  # noqa: BLE001 - user code may raise anything, also SystemExit
            failure = channels.failure_of(order.id, error, self._describe(error))
            failure = msgspec.structs.replace(failure, is_logged=error is self._logged)
            self._channel.send(traces.hide_in(failure, self._environment.secrets))

    def _obey(self, order: StartConnector | SetConnectorState | GenerateTaskConfigs) -> Message:
        self._begin(order.id)
        if isinstance(order, GenerateTaskConfigs):
            return self._generate(order)
        if isinstance(order, StartConnector):
            self._make()
        if order.id != self._wanted:
            raise self._overtaken(order)
        self._bring_to(_target_state(order))
        return Done(order.id)

    def _make(self) -> None:
        """Make the connector; it is not started yet."""
        try:
            config = self._environment.resolve(self._spec.config)
            self._expiry.arm(self._environment.ttl_ms)
            for text in self._environment.missing:
                _log.warning("%s", text)
            made = load_connector(self._spec.plugin)
            self._environment.hide_passwords_of(type(made), config)
            made.context = self
            if isinstance(made, SourceConnector):
                made.offset_storage_reader = _OffsetReader(
                    self._channel, self._spec.name, self._seat
                )
            self._connector = made
            self._version = made.version()
            self._settings = ConnectorConfig(config)
            if isinstance(made, SourceConnector):
                enabled_topic_groups(self._environment.worker_texts, config)  # refuses wrong ones
        except BaseException as error:
            self._fail(error)
            raise

    def _bring_to(self, target: TargetState) -> None:
        if self._phase is _Phase.FAILED and target is not TargetState.STOPPED:
            text = (
                f"Connector {self._spec.name} cannot be brought to {target.value} since it has "
                "failed. Restart it first."
            )
            raise IllegalStateError(text)
        if target is TargetState.STARTED:
            self._start()
        else:
            self._suspend(target)

    def _start(self) -> None:
        if self._phase is _Phase.STARTED:
            return
        try:
            config = self._environment.resolve(self._spec.config)
            self._expiry.arm(self._environment.ttl_ms)
            self._made().start(config)
        except BaseException as error:
            self._fail(error)
            raise
        self._phase = _Phase.STARTED
        self._report(State.RUNNING)

    def _suspend(self, target: TargetState) -> None:
        phase, state = (
            (_Phase.PAUSED, State.PAUSED)
            if target is TargetState.PAUSED
            else (_Phase.STOPPED, State.STOPPED)
        )
        if self._phase is phase:
            return
        try:
            if self._phase is _Phase.STARTED:
                self._made().stop()
        except BaseException as error:
            if phase is _Phase.PAUSED:
                self._fail(error)
                raise
            _log.warning("While it was being stopped: %s", self._describe(error))
        self._phase = phase
        self._report(state)

    def _generate(self, order: GenerateTaskConfigs) -> TaskConfigsAnswer:
        made, settings = self._connector, self._settings
        if made is None or settings is None:
            text = f"Connector {self._spec.name} was never made."
            raise IllegalStateError(text)
        configs = made.task_configs(settings.tasks_max)
        return TaskConfigsAnswer(
            order.id,
            checked_task_configs(configs, self._spec.plugin.name),
            location_of(made.task_class, self._spec.plugin),
            settings.tasks_max,
            settings.tasks_max_enforce,
        )

    def _shut_down(self) -> None:
        self._expiry.end()
        try:
            if self._phase is _Phase.STARTED:
                self._made().stop()
        except BaseException as error:  # noqa: BLE001 - user code may raise anything
            self._phase = _Phase.STOPPED
            self._fail(error)
            return
        self._phase = _Phase.STOPPED
        self._report(State.UNASSIGNED)

    def _made(self) -> Connector:
        if self._connector is None:
            text = f"Connector {self._spec.name} was never made."
            raise IllegalStateError(text)
        return self._connector

    # -- reports: any thread -------------------------------------------------------------------

    def _fail(self, error: BaseException) -> None:
        with self._failing:
            if self._phase is _Phase.FAILED:
                return
            self._phase = _Phase.FAILED
        trace = self._describe(error)
        _log.error("%s", traces.log_text(error, trace))
        self._logged = error
        self._report(State.FAILED, trace)

    def _report(self, state: State, trace: str | None = None) -> None:
        self._channel.send(StateReport(state, trace, self._version, self._seat))

    def _describe(self, error: BaseException) -> str:
        mend = f"Restart it with POST /connectors/{self._spec.name}/restart after mending."
        return traces.failure_trace(
            error,
            what=f"connector {self._spec.name}",
            mend=mend,
            secrets=self._environment.secrets,
        )

    def _ended(self) -> ConnectError:
        return IllegalStateError(f"Connector {self._spec.name} was stopped before that was begun.")

    def _overtaken(self, order: StartConnector | SetConnectorState) -> ConnectError:
        state = _target_state(order).value
        text = (
            f"Could not begin changing connector state to {state} before another request to "
            "change state was made; the new request (which may not be to this same state) will be "
            "honored instead"
        )
        return ConnectError(text)


def _target_state(order: StartConnector | SetConnectorState) -> TargetState:
    return order.state if isinstance(order, SetConnectorState) else order.spec.target_state


def checked_task_configs(configs: object, plugin: str) -> list[dict[str, str]]:
    """Check and copy what ``task_configs`` returned.

    Raises:
        ConfigError: It is not a list of maps of text; the message names place and value's type.
    """
    if not isinstance(configs, Sequence) or isinstance(configs, str | bytes):
        text = f"task_configs() of {plugin} must return a list, not {type(configs).__name__}."
        raise ConfigError(text)
    return [_checked_config(config, index, plugin) for index, config in enumerate(configs)]


def _checked_config(config: object, index: int, plugin: str) -> dict[str, str]:
    where = f"task_configs() of {plugin}, item {index}"
    if not isinstance(config, Mapping):
        text = f"{where}: must be a dict, not {type(config).__name__}."
        raise ConfigError(text)
    for key, value in config.items():
        if not isinstance(key, str) or not isinstance(value, str | None):
            text = (
                f"{where}: key {key!r} has a value of type {type(value).__name__}; keys and values "
                "of task configurations must be str."
            )
            raise ConfigError(text)
    return {key: value for key, value in config.items() if value is not None}
