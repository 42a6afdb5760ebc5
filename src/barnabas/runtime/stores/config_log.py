# SPDX-License-Identifier: Apache-2.0
"""What the records of the config topic mean, and how they are written. Pure.

:class:`ConfigLog` is a state machine: it takes one record after the other and keeps what they add
up to; :attr:`ConfigLog.state` is an immutable snapshot, made when it is asked for and shared until
something changes, so that loading thousands of records copies nothing. Records that make no sense
are never an error: they become a :class:`Garbage` event and change nothing.

Tasks are configured in two steps: records of single tasks are only put aside; the commit record
makes them effective, when none is missing. Compaction may remove records of which later ones tell
the rest, so a commit can find tasks missing (the connector then has none until they are written
anew) or ones it does not count (they are kept, and no task of the connector).

Source:
    Apache Kafka ``storage/KafkaConfigBackingStore``; reference page *internal topics*, 3.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias, TypeVar

from barnabas.errors import DataError
from barnabas.runtime.model import RestartRequest, SessionKey, TargetState, TaskId
from barnabas.runtime.stores import java_json
from barnabas.runtime.stores.configs import ConfigState, RawConfig

__all__ = [
    "ConfigEvent",
    "ConfigLog",
    "ConnectorRemoved",
    "ConnectorWritten",
    "Garbage",
    "LoggerLevelWritten",
    "RestartRequested",
    "SessionKeyWritten",
    "TargetStateChanged",
    "TasksWritten",
    "connector_record",
    "connector_tombstones",
    "logger_record",
    "restart_record",
    "session_key_record",
    "target_state_record",
    "task_commit_record",
    "task_count_record",
    "task_records",
]

Record: TypeAlias = tuple[bytes, bytes | None]
"""Key and value as they are on the topic; a value of None removes."""

_V = TypeVar("_V")
_TARGET_STATE: Final = "target-state-"
_CONNECTOR: Final = "connector-"
_TASK: Final = "task-"
_COMMIT: Final = "commit-"
_RESTART: Final = "restart-connector-"
_FENCING: Final = "tasks-fencing-"
_SESSION_KEY: Final = "session-key"
_LOGGER: Final = "logger-cluster-"
_NUMBER = re.compile(r"\+?\d{1,10}", re.ASCII)
_INT_MAX = 2**31 - 1


# -- records to write -----------------------------------------------------------------------------


def connector_record(name: str, config: Mapping[str, str | None]) -> Record:
    """Write a connector's configuration."""
    return _record(_CONNECTOR + name, {"properties": dict(config)})


def connector_tombstones(name: str) -> list[Record]:
    """Remove a connector and its target state."""
    return [(f"{_CONNECTOR}{name}".encode(), None), (f"{_TARGET_STATE}{name}".encode(), None)]


def task_records(name: str, configs: Sequence[Mapping[str, str]]) -> list[Record]:
    """Write the configurations of tasks, numbered from 0; effective with a commit record."""
    return [
        _record(f"{_TASK}{name}-{number}", {"properties": dict(config)})
        for number, config in enumerate(configs)
    ]


def task_commit_record(name: str, count: int) -> Record:
    """Make the task records before it effective: the connector has ``count`` tasks."""
    return _record(_COMMIT + name, {"tasks": count})


def target_state_record(name: str, target_state: TargetState) -> Record:
    """Write the state a user wants; workers before 3.5, who know no STOPPED, read PAUSED."""
    stopped = target_state is TargetState.STOPPED
    old = TargetState.PAUSED if stopped else target_state
    return _record(_TARGET_STATE + name, {"state": old.value, "state.v2": target_state.value})


def task_count_record(name: str, count: int) -> Record:
    """Write how many tasks' producers may be alive, once earlier ones are fenced (KIP-618)."""
    return _record(_FENCING + name, {"task-count": count})


def session_key_record(key: SessionKey) -> Record:
    """Hand a session key to all workers (KIP-507)."""
    value = {
        "key": base64.b64encode(key.key).decode(),
        "algorithm": key.algorithm,
        "creation-timestamp": key.created_ms,
    }
    return _record(_SESSION_KEY, value)


def restart_record(request: RestartRequest) -> Record:
    """Hand a restart request to all workers (KIP-745)."""
    value = {"include-tasks": request.include_tasks, "only-failed": request.only_failed}
    return _record(_RESTART + request.connector, value)


def logger_record(name: str, level: str) -> Record:
    """Hand the level of a logger to all workers (KIP-976)."""
    return _record(_LOGGER + name, {"level": level})


def _record(key: str, value: object) -> Record:
    return key.encode(), java_json.encode(value)


# -- events ---------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class ConnectorRemoved:
    """A connector is gone."""

    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class ConnectorWritten:
    """A connector's configuration was written."""

    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class TasksWritten:
    """A connector's tasks were written; none are named when some were missing."""

    connector: str
    tasks: tuple[TaskId, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class TargetStateChanged:
    """The state wanted of a connector that exists is another one."""

    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class SessionKeyWritten:
    """There is a new session key."""

    key: SessionKey


@dataclasses.dataclass(frozen=True, slots=True)
class RestartRequested:
    """Somebody asked for a restart."""

    request: RestartRequest


@dataclasses.dataclass(frozen=True, slots=True)
class LoggerLevelWritten:
    """Somebody set the level of a logger on all workers."""

    name: str
    level: str


@dataclasses.dataclass(frozen=True, slots=True)
class Garbage:
    """A record, or part of it, makes no sense and was ignored; says why."""

    why: str


ConfigEvent: TypeAlias = (
    ConnectorRemoved
    | ConnectorWritten
    | TasksWritten
    | TargetStateChanged
    | SessionKeyWritten
    | RestartRequested
    | LoggerLevelWritten
    | Garbage
)


# -- reading --------------------------------------------------------------------------------------


class ConfigLog:
    """Adds records up to a :class:`ConfigState`."""

    def __init__(self) -> None:
        self._offset = -1
        self._configs: dict[str, RawConfig] = {}
        self._target_states: dict[str, TargetState] = {}
        self._task_counts: dict[str, int] = {}
        self._task_configs: dict[TaskId, dict[str, str]] = {}
        self._tasks_known: dict[str, set[TaskId]] = {}
        self._deferred: dict[str, dict[TaskId, dict[str, str]]] = {}
        self._applied: dict[str, RawConfig] = {}
        self._generations: dict[str, int] = {}
        self._task_count_records: dict[str, int] = {}
        self._pending_fencing: set[str] = set()
        self._inconsistent: set[str] = set()
        self._session_key: SessionKey | None = None
        self._snapshot: ConfigState | None = None
        self._readers: tuple[tuple[str, Callable[[str, Any], list[ConfigEvent]]], ...] = (
            (_TARGET_STATE, self._read_target_state),
            (_CONNECTOR, self._read_connector),
            (_TASK, self._read_task),
            (_COMMIT, self._read_commit),
            (_RESTART, self._read_restart),
            (_FENCING, self._read_task_count),
            (_LOGGER, self._read_logger),
        )

    @property
    def state(self) -> ConfigState:
        """What the records so far add up to."""
        if self._snapshot is None:
            self._snapshot = ConfigState(
                self._offset,
                dict(self._configs),
                dict(self._target_states),
                dict(self._task_counts),
                dict(self._task_configs),
                dict(self._applied),
                dict(self._generations),
                dict(self._task_count_records),
                frozenset(self._pending_fencing),
                frozenset(self._inconsistent),
                self._session_key,
            )
        return self._snapshot

    def apply(self, key: bytes | None, value: bytes | None, offset: int) -> list[ConfigEvent]:
        """Take the next record; says what it changed, in order.

        A record whose value is no JSON leaves even the offset as it was, as in Java.
        """
        try:
            decoded = java_json.decode(value)
        except DataError as error:
            return [Garbage(f"its value is {error.message}")]
        self._offset = offset + 1
        self._snapshot = None
        if key is None:
            return [Garbage("it has no key")]
        try:
            return self._dispatch(key.decode("utf-8", "replace"), decoded)
        except DataError as error:
            return [Garbage(error.message)]

    def _dispatch(self, key: str, value: Any) -> list[ConfigEvent]:
        for prefix, read in self._readers:
            if key.startswith(prefix):
                return read(key[len(prefix) :], value)
        if key == _SESSION_KEY:
            return self._read_session_key(value)
        return [Garbage("its key is of no known kind")]

    def _read_target_state(self, name: str, value: Any) -> list[ConfigEvent]:
        if value is None:
            self._target_states.pop(name, None)
            if name in self._configs:
                self._target_states[name] = TargetState.STARTED
            return []
        states = _map(value)
        wanted, events = states.get("state.v2"), list[ConfigEvent]()
        if wanted is not None and not isinstance(wanted, str):
            events.append(Garbage(f"its 'state.v2' is {wanted!r}, not text; 'state' counts"))
            wanted = None
        if wanted is None:
            wanted = _field(states, "state", str)
        try:
            state = TargetState(wanted)
        except ValueError:
            message = f"its state {wanted!r} is unknown"
            raise DataError(message) from None
        before = self._target_states.get(name)
        self._target_states[name] = state
        if state is not before and name in self._configs:
            events.append(TargetStateChanged(name))
        return events

    def _read_connector(self, name: str, value: Any) -> list[ConfigEvent]:
        if value is None:
            self._remove(name)
            return [ConnectorRemoved(name)]
        self._configs[name] = _properties(value)
        self._target_states.setdefault(name, TargetState.STARTED)
        return [ConnectorWritten(name)]

    def _read_task(self, rest: str, value: Any) -> list[ConfigEvent]:
        task = _task_id(rest)
        if value is None:
            message = "it removes a task, and tasks are never removed one by one"
            raise DataError(message)
        config = {key: text for key, text in _properties(value).items() if text is not None}
        self._deferred.setdefault(task.connector, {})[task] = config
        return []

    def _read_commit(self, name: str, value: Any) -> list[ConfigEvent]:
        if name not in self._configs:
            self._remove(name)  # compaction removed the connector and its tombstone, but not this
            return []
        count = _int32(_map(value), "tasks")
        deferred = self._deferred.get(name)
        ids = {task.task for task in deferred or ()}
        tasks: tuple[TaskId, ...] = ()
        if len(ids) >= count and ids.issuperset(range(count)):
            if deferred is not None:
                tasks = tuple(sorted(deferred))
                self._task_configs.update(deferred)
                self._tasks_known.setdefault(name, set()).update(deferred)
                self._generations[name] = self._generations.get(name, -1) + 1
            self._inconsistent.discard(name)
            self._applied[name] = self._configs[name]
        else:
            self._inconsistent.add(name)
        if deferred is not None:
            self._deferred[name] = {}
        self._task_counts[name] = count
        self._pending_fencing.add(name)
        return [TasksWritten(name, tasks)]

    def _read_restart(self, name: str, value: Any) -> list[ConfigEvent]:
        flags, events = _map(value), list[ConfigEvent]()
        chosen = {}
        for key in ("only-failed", "include-tasks"):
            chosen[key] = flags.get(key) is True
            if not isinstance(flags.get(key), bool):
                events.append(Garbage(f"its {key!r} is {flags.get(key)!r}; false is used"))
        request = RestartRequest(name, chosen["only-failed"], chosen["include-tasks"])
        return [*events, RestartRequested(request)]

    def _read_task_count(self, name: str, value: Any) -> list[ConfigEvent]:
        self._task_count_records[name] = _int32(_map(value), "task-count")
        self._pending_fencing.discard(name)
        return []

    def _read_session_key(self, value: Any) -> list[ConfigEvent]:
        fields = _map(value)
        text = _field(fields, "key", str, shown=False)
        algorithm = _field(fields, "algorithm", str)
        created_ms = _field(fields, "creation-timestamp", int)
        try:
            key = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            message = f"its 'key' is not Base64: {error}"
            raise DataError(message) from None
        if not key:
            message = "its 'key' is empty"
            raise DataError(message)
        self._session_key = SessionKey(key, algorithm, created_ms)
        return [SessionKeyWritten(self._session_key)]

    def _read_logger(self, name: str, value: Any) -> list[ConfigEvent]:
        if not name:
            message = "it names no logger"
            raise DataError(message)
        return [LoggerLevelWritten(name, _field(_map(value), "level", str))]

    def _remove(self, name: str) -> None:
        self._configs.pop(name, None)
        self._task_counts.pop(name, None)
        for task in self._tasks_known.pop(name, ()):
            self._task_configs.pop(task, None)
        self._deferred.pop(name, None)
        self._applied.pop(name, None)


def _map(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        message = f"its value is {_kind(value)}, not an object"
        raise DataError(message)
    return value


def _kind(value: Any) -> str:
    return "empty" if value is None else type(value).__name__


def _field(values: dict[str, Any], name: str, kind: type[_V], *, shown: bool = True) -> _V:
    value = values.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        found = repr(value) if shown else _kind(value)
        what = "text" if kind is str else "a whole number"
        message = f"its {name!r} is {found}, not {what}"
        raise DataError(message)
    return value


def _int32(values: dict[str, Any], name: str) -> int:
    number = _field(values, name, int)
    if not 0 <= number <= _INT_MAX:
        message = f"its {name!r} is {number}, no number of tasks"
        raise DataError(message)
    return number


def _properties(value: Any) -> RawConfig:
    properties = _map(value).get("properties")
    if not isinstance(properties, dict):
        message = f"its 'properties' are {_kind(properties)}, not an object"
        raise DataError(message)
    for name, text in properties.items():
        if text is not None and not isinstance(text, str):
            message = f"its property {name!r} is {_kind(text)}, not text"
            raise DataError(message)
    return properties


def _task_id(rest: str) -> TaskId:
    """Read ``<connector>-<number>``; dashes at the end do not count, as in Java."""
    name, _, number = rest.rstrip("-").rpartition("-")
    if not name or _NUMBER.fullmatch(number) is None or int(number) > _INT_MAX:
        message = "its key does not end in the number of a task"
        raise DataError(message)
    return TaskId(name, int(number))
