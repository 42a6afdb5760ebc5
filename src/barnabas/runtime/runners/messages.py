# SPDX-License-Identifier: Apache-2.0
"""What worker and runner say to each other.

The wire
    One duplex Unix socket per runner. A message is a frame: length (4 bytes, big-endian), then that
    many bytes of MessagePack: a map of the message's fields plus ``type``, the name of its class.
    Frames over :data:`MAX_MESSAGE_BYTES` are refused by both sides.

The conversation
    The worker opens with :class:`Setup` and one of :class:`RunTask`, :class:`StartConnector` or any
    question to an inspection runner; the runner's kind follows from that. Then both speak whenever
    they have something to say. Messages with an ``id`` are answered by exactly one message with the
    same ``id``: the answer named in the docstring, or :class:`Failure`. Each side counts its own
    ids. End of file is an answer too: the other side is gone.

::

    worker                      runner (task)          worker                   runner (connectors)
      │ Setup, RunTask ───────────▶│                     │ Setup, StartConnector ────▶│
      │◀────────── ReadOffsets (1) │                     │◀──────────────── Begun (1) │
      │ OffsetsAnswer (1) ────────▶│                     │◀───── StateReport RUNNING  │
      │◀───── StateReport RUNNING  │                     │◀───────────────── Done (1) │
      │◀───────── WriteOffsets (2) │                     │ GenerateTaskConfigs (2) ──▶│
      │ Done (2) ─────────────────▶│                     │◀─── TaskConfigsAnswer (2) …│
      │ Stop ─────────────────────▶│                     │ Stop ─────────────────────▶│
      │◀─────────────────── exit 0 │                     │◀─────────────────── exit 0 │

A runner of connectors holds all of one plugin. Each has a *seat*, a number the worker gives it, in
the messages about it; a connector that is started anew gets another seat.

Both ends always run the same version of Barnabas, except for plugins with an interpreter of their
own; therefore :class:`Hello` carries the version and the worker refuses another one.
"""

from __future__ import annotations

import struct
from typing import Any, Final, Union

import msgspec

from barnabas.errors import ProtocolError
from barnabas.runtime.model import (
    ConfigInfos,
    ConfigKeyInfo,
    FailureCause,
    State,
    TargetState,
)
from barnabas.runtime.tasks.link import TaskSpec

__all__ = [
    "MAX_MESSAGE_BYTES",
    "Begun",
    "CheckOffsets",
    "ConfigExpired",
    "ConfirmTask",
    "ConnectorSpec",
    "DescribePlugin",
    "Done",
    "Failure",
    "FenceEarlierTasks",
    "FindOffsetKeys",
    "ForgetTopics",
    "FrameReader",
    "GenerateTaskConfigs",
    "Hello",
    "Message",
    "MetricsReport",
    "OffsetItem",
    "OffsetsAnswer",
    "OffsetsCheckAnswer",
    "PluginAnswer",
    "PluginRef",
    "ReadOffsets",
    "ReadTopicLimits",
    "ReconfigurationRequest",
    "Resolve",
    "Resolved",
    "RunTask",
    "SetConnectorState",
    "SetLoggerLevel",
    "SetTargetState",
    "Setup",
    "StartConnector",
    "StateReport",
    "Stop",
    "StopConnector",
    "TaskConfigsAnswer",
    "ToRunner",
    "ToWorker",
    "TopicLimitsAnswer",
    "TopicsReport",
    "Validate",
    "ValidationAnswer",
    "WriteOffsets",
    "decode_to_runner",
    "decode_to_worker",
    "encode",
]

MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024
"""Longest message; offsets of some hundred thousand source partitions fit."""

_LENGTH: Final = struct.Struct(">I")


class Message(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Base of all messages. They may hold secrets, so none shows more than its name."""

    def __repr__(self) -> str:
        return type(self).__name__


# -- values inside messages ------------------------------------------------------------------------


class PluginRef(msgspec.Struct, frozen=True):
    """Where a runner finds the class of a plugin."""

    name: str
    """Name as written in the configuration, for messages to people."""
    location: str
    """``module:qualified.name``."""
    is_sink: bool = False


class ConnectorSpec(msgspec.Struct, frozen=True):
    """All a runner needs to run one connector instance. Holds secrets: never print or log it."""

    name: str
    plugin: PluginRef
    config: dict[str, str]
    """The connector's configuration; references to config providers not yet resolved."""
    target_state: TargetState

    def __repr__(self) -> str:
        return f"ConnectorSpec({self.name})"


class OffsetItem(msgspec.Struct, frozen=True):
    """One partition with the offset a user wants for it, None to reset."""

    partition: dict[str, Any] | None
    offset: dict[str, Any] | None


# -- worker to runner: what to be ------------------------------------------------------------------


class Setup(Message, frozen=True):
    """Who you are; always the first message."""

    what: str
    """Name for people: ``task orders-0``, ``connector orders``, ``inspection``."""
    log_context: tuple[str, str] | None
    """Connector and part (``worker``, ``task-0``) shown with log lines."""
    sys_path: list[str]
    """Folders of ``plugin.path`` to be put before ``sys.path``."""
    worker_config: dict[str, str]
    """The worker's original settings."""
    is_distributed: bool
    """Whether those are settings of a distributed worker."""
    logger_levels: dict[str, str]
    """Levels set over REST so far, by logger."""
    secrets: list[str] = []
    """Values among the worker's settings that nobody may show."""


class RunTask(Message, frozen=True):
    """Run this task until :class:`Stop`. Answered by nothing but :class:`StateReport`."""

    spec: TaskSpec
    """Its ``task_class`` is that of the configuration and references to config providers are not
    yet resolved; the runner sees to both."""
    connector: PluginRef


class StartConnector(Message, frozen=True):
    """Make a connector and bring it to its target state. Answer: :class:`Done`."""

    id: int
    seat: int
    spec: ConnectorSpec


# -- worker to runner: while it runs ---------------------------------------------------------------


class SetTargetState(Message, frozen=True):
    """The user wants this task running or paused."""

    state: TargetState


class ForgetTopics(Message, frozen=True):
    """A user had the connector's topics forgotten; the task reports each one again once used."""


class SetConnectorState(Message, frozen=True):
    """Bring the connector to this state. Answer: :class:`Done`."""

    id: int
    seat: int
    state: TargetState


class GenerateTaskConfigs(Message, frozen=True):
    """Call ``task_configs``. Answer: :class:`TaskConfigsAnswer`."""

    id: int
    seat: int


class StopConnector(Message, frozen=True):
    """End a connector in good order and free its seat. Answer: :class:`Done`.

    Where nobody sits it is answered at once, so seat 0 tells whether the process reacts.
    """

    id: int
    seat: int


class SetLoggerLevel(Message, frozen=True):
    """Set a logger's level in the runner."""

    name: str
    level: str


class Stop(Message, frozen=True):
    """End in good order and exit with status 0."""


# -- worker to inspection runner -------------------------------------------------------------------


class Validate(Message, frozen=True):
    """Validate a connector's configuration. Answer: :class:`ValidationAnswer`."""

    id: int
    config: dict[str, str | None]


class DescribePlugin(Message, frozen=True):
    """List the settings of a plugin of any kind. Answer: :class:`PluginAnswer`."""

    id: int
    name: str
    version: str | None


class CheckOffsets(Message, frozen=True):
    """Call ``alter_offsets`` of a fresh connector. Answer: :class:`OffsetsCheckAnswer`."""

    id: int
    plugin: PluginRef
    config: dict[str, str]
    offsets: list[OffsetItem]


class Resolve(Message, frozen=True):
    """Replace references to config providers. Answer: :class:`Resolved`."""

    id: int
    config: dict[str, str]


# -- runner to worker ------------------------------------------------------------------------------


class Hello(Message, frozen=True):
    """The runner is up; always its first message."""

    pid: int
    version: str


class StateReport(Message, frozen=True):
    """State of the runner's task or of a connector has changed."""

    state: State
    trace: str | None = None
    version: str | None = None
    seat: int = 0
    cause: FailureCause | None = None
    """Why a task failed; None where only the trace tells."""


class Begun(Message, frozen=True):
    """User code is about to be called for the question of this id."""

    id: int
    thread: int
    """Identity of the thread that calls it, as stacks show it."""
    native_thread: int
    """The same as the system shows it."""


class TopicsReport(Message, frozen=True):
    """The task has used these topics for the first time."""

    topics: list[str]


class MetricsReport(Message, frozen=True):
    """Newest values of a task's metrics."""

    values: dict[str, float]


class ReconfigurationRequest(Message, frozen=True):
    """A connector asks for new task configurations."""

    seat: int


class ConfigExpired(Message, frozen=True):
    """What config providers said is no longer good; start the task or connector again."""

    seat: int = 0


class ReadOffsets(Message, frozen=True):
    """Read source offsets. Answer: :class:`OffsetsAnswer`."""

    id: int
    keys: list[bytes]
    seat: int = 0


class ReadTopicLimits(Message, frozen=True):
    """Ask brokers how large batches may be. Answer: :class:`TopicLimitsAnswer`."""

    id: int
    properties: dict[str, str]
    """Those of an admin client, in Java's names; they may hold passwords."""
    topics: list[str]


class FindOffsetKeys(Message, frozen=True):
    """Find the keys under which offsets are stored. Answer: :class:`OffsetsAnswer`, with keys."""

    id: int
    keys: list[bytes]


class FenceEarlierTasks(Message, frozen=True):
    """Fence the producers of the connector's earlier tasks. Answer: :class:`Done`."""

    id: int


class ConfirmTask(Message, frozen=True):
    """Say whether the task may start, and get its offsets ready. Answer: :class:`Done`."""

    id: int


class WriteOffsets(Message, frozen=True):
    """Store source offsets durably. Answer: :class:`Done`."""

    id: int
    offsets: list[tuple[bytes, bytes | None]]


# -- answers ---------------------------------------------------------------------------------------


class Done(Message, frozen=True):
    """It is done."""

    id: int


class Failure(Message, frozen=True):
    """It failed; both sides raise it again where the question was asked."""

    id: int
    kind: str
    """Name of the class in :mod:`barnabas.errors`."""
    message: str
    trace: str | None = None
    is_logged: bool = False
    """Whether the runner has logged it."""


class OffsetsAnswer(Message, frozen=True):
    """Stored offsets in the order asked for."""

    id: int
    values: list[bytes | None]


class TopicLimitsAnswer(Message, frozen=True):
    """Limits of batches, by topic; what could not be learnt is left out."""

    id: int
    limits: dict[str, int]
    """Bytes."""


class TaskConfigsAnswer(Message, frozen=True):
    """What ``task_configs`` returned."""

    id: int
    configs: list[dict[str, str]]
    task_class: str
    """``module:qualified.name`` of the connector's task class."""
    tasks_max: int
    """The connector's ``tasks.max``."""
    is_enforced: bool
    """Whether more tasks than that are an error (``tasks.max.enforce``)."""


class ValidationAnswer(Message, frozen=True):
    """Result of a validation with warnings for the user."""

    id: int
    infos: ConfigInfos
    warnings: list[str]


class PluginAnswer(Message, frozen=True):
    """Settings of a plugin."""

    id: int
    keys: list[ConfigKeyInfo]


class Resolved(Message, frozen=True):
    """The settings asked for without references; they may hold secrets."""

    id: int
    config: dict[str, str]
    secrets: list[str]
    """What came from providers."""


class OffsetsCheckAnswer(Message, frozen=True):
    """What ``alter_offsets`` returned."""

    id: int
    is_known: bool


ToRunner = Union[  # noqa: UP007 - msgspec reads it at run time
    Setup,
    RunTask,
    StartConnector,
    SetTargetState,
    ForgetTopics,
    SetConnectorState,
    GenerateTaskConfigs,
    StopConnector,
    SetLoggerLevel,
    Stop,
    Validate,
    DescribePlugin,
    CheckOffsets,
    Resolve,
    Done,
    Failure,
    OffsetsAnswer,
    TopicLimitsAnswer,
]
"""All a worker may send."""

ToWorker = Union[  # noqa: UP007 - msgspec reads it at run time
    Hello,
    StateReport,
    Begun,
    TopicsReport,
    MetricsReport,
    ReconfigurationRequest,
    ConfigExpired,
    ReadOffsets,
    ReadTopicLimits,
    FindOffsetKeys,
    FenceEarlierTasks,
    ConfirmTask,
    WriteOffsets,
    Done,
    Failure,
    TaskConfigsAnswer,
    ValidationAnswer,
    PluginAnswer,
    OffsetsCheckAnswer,
    Resolved,
]
"""All a runner may send."""

_encoder: Final = msgspec.msgpack.Encoder()
_runner_decoder: Final[msgspec.msgpack.Decoder[ToRunner]] = msgspec.msgpack.Decoder(ToRunner)
_worker_decoder: Final[msgspec.msgpack.Decoder[ToWorker]] = msgspec.msgpack.Decoder(ToWorker)


def encode(message: Message) -> bytes:
    """Make the frame of a message.

    Raises:
        ProtocolError: It is longer than :data:`MAX_MESSAGE_BYTES`.
    """
    body = _encoder.encode(message)
    if len(body) > MAX_MESSAGE_BYTES:
        text = (
            f"Message {type(message).__name__} has {len(body)} bytes, more than the "
            f"{MAX_MESSAGE_BYTES} that worker and runner exchange at once."
        )
        raise ProtocolError(text)
    return _LENGTH.pack(len(body)) + body


def decode_to_runner(body: bytes) -> ToRunner:
    """Read what a worker sent. Raises ProtocolError."""
    try:
        return _runner_decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeError) as error:
        text = f"The worker sent a message that is none of the protocol: {error}."
        raise ProtocolError(text) from error


def decode_to_worker(body: bytes) -> ToWorker:
    """Read what a runner sent. Raises ProtocolError."""
    try:
        return _worker_decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeError) as error:
        text = f"A runner sent a message that is none of the protocol: {error}."
        raise ProtocolError(text) from error


class FrameReader:
    """Cuts a stream of bytes into the bodies of messages; no I/O of its own."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes of the stream, give the bodies that are complete by now.

        Raises:
            ProtocolError: A frame claims to be longer than allowed.
        """
        buffer = self._buffer
        buffer += data
        bodies = []
        start = 0
        while len(buffer) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(buffer, start)
            if length > MAX_MESSAGE_BYTES:
                text = f"A frame claims {length} bytes; at most {MAX_MESSAGE_BYTES} are allowed."
                raise ProtocolError(text)
            end = start + _LENGTH.size + length
            if len(buffer) < end:
                break
            bodies.append(bytes(memoryview(buffer)[start + _LENGTH.size : end]))
            start = end
        del buffer[:start]
        return bodies
