# SPDX-License-Identifier: Apache-2.0
"""Runs a task in the forkserver for nobody, so that what a task makes once is shared by all.

Code that is run for the first times makes things that stay: Python rewrites its instructions and
fills caches of attributes and methods, libraries build tables. After a rehearsal these are there
before the fork, and no runner makes its own. What is rehearsed is a whole runner, with its socket
and its thread, that runs a file source. The worker at the other end is pretended, and so is the
broker: a producer without addresses connects to nobody and drops its records at the end.

Nothing of it is left but memory. It takes some 5 ms, and never long: the pretended worker
hangs up when it hears nothing for a while, which ends the runner.
"""

from __future__ import annotations

import gc
import logging
import math
import mmap
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

from barnabas.errors import ProtocolError
from barnabas.runtime.model import TargetState, TaskId
from barnabas.runtime.runners import hot_code, messages
from barnabas.runtime.runners.channel import Channel
from barnabas.runtime.runners.lease import Lease
from barnabas.runtime.runners.lease_watch import LeaseWatch
from barnabas.runtime.runners.messages import (
    FindOffsetKeys,
    Message,
    OffsetsAnswer,
    PluginRef,
    ReadOffsets,
    ReadTopicLimits,
    RunTask,
    Setup,
    Stop,
    TopicLimitsAnswer,
)
from barnabas.runtime.runners.task_host import TaskHost
from barnabas.runtime.tasks.link import TaskSpec

__all__ = ["rehearse", "rehearse_all"]

_log = logging.getLogger(__name__)

_TIMES: Final = 12
"""Python counts eight calls of a function before it looks for faster instructions."""
_LONGEST_S: Final = 0.3
"""CPU time of those after the first; on a slow machine there are fewer."""
_PATIENCE_S: Final = 2.0
"""How long the pretended worker waits for the runner's next message."""
_CONNECTOR: Final = "FileStreamSource"
_LOCATION: Final = "barnabas.connectors.file.connector:FileStreamSourceConnector"
_TASK_CLASS: Final = "org.apache.kafka.connect.file.FileStreamSourceTask"
_CONVERTER: Final = "org.apache.kafka.connect.storage.StringConverter"
_TOPIC: Final = "rehearsal"
_WORKER_CONFIG: Final = {
    "bootstrap.servers": "localhost:9092",
    "producer.bootstrap.servers": "",  # wins over the one before: nobody is connected to
    "group.id": "rehearsal",
    "config.storage.topic": "rehearsal-configs",
    "offset.storage.topic": "rehearsal-offsets",
    "status.storage.topic": "rehearsal-status",
    "key.converter": _CONVERTER,
    "value.converter": _CONVERTER,
    "offset.flush.timeout.ms": "1",
    "metrics.clients.interval.ms": "1",
}


def rehearse_all(prepare: Callable[[], object]) -> None:
    """Rehearse until all that is learnt by running is learnt, or some time has passed.

    The first rehearsal shows which code is run; it is put side by side before the others. A
    rehearsal that fails is the last: runners then take more memory, and nothing else.

    Args:
        prepare: Called before code is moved: see to it that memory has no holes.
    """
    with hot_code.watched() as seen:
        is_good = rehearse()
    prepare()
    hot_code.gather(seen)
    until = time.process_time() + _LONGEST_S
    for _ in range(_TIMES):
        if not is_good or time.process_time() > until:
            return
        is_good = rehearse()


def rehearse() -> bool:
    """Run a task from its first message to its end; on the main thread of the forkserver.

    Returns:
        Whether it went as it should. It raises nothing.
    """
    thresholds = gc.get_threshold()
    gc.freeze()  # the task has garbage collected, which would look at all that is imported
    logging.disable(logging.CRITICAL)
    try:
        return _run_runner() == 0
    except Exception:  # noqa: BLE001 - whatever it is, runners work without
        logging.disable(logging.NOTSET)
        _log.debug("The rehearsal of a task failed", exc_info=True)
        return False
    finally:
        logging.disable(logging.NOTSET)
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def _run_runner() -> int:
    ours, theirs = socket.socketpair()
    with theirs:
        worker = threading.Thread(target=_be_worker, args=(ours,), name="pretended worker")
        worker.start()
        try:
            return _run_task(theirs)
        finally:
            theirs.shutdown(socket.SHUT_RDWR)  # again, in case it did not come that far
            worker.join()


def _run_task(sock: socket.socket) -> int:
    channel = Channel(sock)
    setup, order = channel.receive(), channel.receive()
    if not isinstance(setup, Setup) or not isinstance(order, RunTask):
        text = "A rehearsal begins with other messages."
        raise ProtocolError(text)
    lease = Lease(mmap.mmap(-1, mmap.PAGESIZE))
    lease.extend(math.inf)
    host = TaskHost(channel, setup, order, LeaseWatch(lease, -1), end=lambda: None)
    try:
        return host.run()
    finally:
        sock.shutdown(socket.SHUT_RDWR)
        host.join()


def _be_worker(sock: socket.socket) -> None:
    """Start a task, answer its questions, and stop it when it is about to send records."""
    sock.settimeout(_PATIENCE_S)
    with sock:
        try:
            sock.sendall(messages.encode(_setup()) + messages.encode(_order()))
            frames = messages.FrameReader()
            while data := sock.recv(1 << 16):
                for frame in frames.feed(data):
                    for answer in _answers(messages.decode_to_worker(frame)):
                        sock.sendall(messages.encode(answer))
        except OSError:
            return


def _answers(message: Message) -> list[Message]:
    match message:
        case ReadOffsets():
            return [OffsetsAnswer(message.id, [None] * len(message.keys))]
        case FindOffsetKeys():
            return [OffsetsAnswer(message.id, list(message.keys))]
        case ReadTopicLimits():
            return [TopicLimitsAnswer(message.id, {_TOPIC: 1 << 20}), Stop()]
        case _:
            return []


def _setup() -> Setup:
    return Setup("task rehearsal-0", ("rehearsal", "task-0"), [], _WORKER_CONFIG, True, {})


def _order() -> RunTask:
    config = {
        "name": "rehearsal",
        "connector.class": _CONNECTOR,
        "tasks.max": "1",
        "file": __file__,
        "topic": _TOPIC,
    }
    spec = TaskSpec(
        id=TaskId("rehearsal", 0),
        connector_class=_CONNECTOR,
        task_class=_TASK_CLASS,
        connector_config=config,
        task_config={**config, "task.class": _TASK_CLASS},
        worker_config=_WORKER_CONFIG,
        target_state=TargetState.STARTED,
        generation=1,
        is_sink=False,
    )
    return RunTask(spec, PluginRef(_CONNECTOR, _LOCATION))
