# SPDX-License-Identifier: Apache-2.0
"""Runners that are no processes, and who listens to them."""

from __future__ import annotations

import asyncio
import itertools

from barnabas.errors import ConnectError
from barnabas.runtime.model import ConnectorStatus, TargetState, TaskId
from barnabas.runtime.plugins import Plugin, PluginKind, PluginRegistry
from barnabas.runtime.runners.runner import RunnerEnd
from barnabas.runtime.stores import MemoryOffsetStore

__all__ = [
    "CONFIG",
    "PAUSED",
    "PLUGINS",
    "STARTED",
    "STOPPED",
    "TASK",
    "TASK_CONFIG",
    "FakeHost",
    "FakeRunner",
    "FakeSupervisor",
    "Listener",
    "until",
]

STARTED, PAUSED, STOPPED = TargetState.STARTED, TargetState.PAUSED, TargetState.STOPPED
TASK = TaskId("s", 0)
CONFIG = {"name": "s", "connector.class": "Lines", "tasks.max": "2", "nothing": None}
TASK_CONFIG = {"task.class": "com.example.LinesTask", "file": "a"}
PLUGINS = PluginRegistry(
    [Plugin("com.example.LinesConnector", PluginKind.SOURCE, "lines:Lines", folder="/plugins")]
)

_PIDS = itertools.count(1000)


class FakeRunner:
    """Remembers what is sent and answers calls as told."""

    def __init__(self, order, listener, answers):
        self.pid = next(_PIDS)
        self.order = order
        self.what = None if order is None else order.setup.what
        self.hint = ""
        self.listener = listener
        self.sent = []
        self.asked = []
        self.is_alive = True
        self.is_up = True
        self.heard_at = 0.0
        self.stacks = []
        self.busy = {}
        self._waiting = []
        self.is_busy = False
        self.is_stopping = False
        self.idle_s = 0.0
        self.is_muted = False
        self._answers = answers
        self._when_idle = []

    def send(self, message):
        self.sent.append(message)

    async def call(self, make, *, call, deadline_s):
        question = make(len(self.asked) + 1)
        self.asked.append(question)
        answer = self._answers(question, self)
        if asyncio.iscoroutine(answer):
            answer = await answer
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def ask(self, make):
        if not self.is_alive:
            raise ConnectError("It has ended.")
        question = make(len(self.asked) + 1)
        self.asked.append(question)
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        asyncio.get_running_loop().call_soon(self._reply, question, future)
        return question.id, future

    def _reply(self, question, future):
        answer = self._answers(question, self)
        if future.done() or answer is None:
            return
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)

    async def came_up(self):
        pass

    def thread_seconds(self):
        return self.busy

    async def stack(self, thread=None):
        self.stacks.append(thread)
        return f"stack of {thread}"

    async def stop(self, until):
        self.is_stopping = True
        if self.is_alive:
            self.die(asked=True)

    def when_idle(self, callback):
        self._when_idle.append(callback)

    def become_idle(self):
        self.is_busy = False
        for callback in self._when_idle:
            callback()

    def mute(self):
        self.is_muted = True

    async def kill(self, verdict=None):
        if self.is_alive:
            self.die(-9, verdict or "killed")

    def die(self, status=0, trace="It died.", *, asked=False, has_lapsed=False, words=""):
        self.is_alive = False
        for future in self._waiting:
            if not future.done():
                future.set_exception(ConnectError(trace))
        if not self.is_muted:
            self.listener.on_end(RunnerEnd(status, asked, trace, has_lapsed, words))


class FakeSupervisor:
    """Makes fake runners; stopping ends them in good order."""

    def __init__(self, plugin_path="", lease=None):
        self.lease = lease
        self.runners = []
        self.stopped = []
        self.levels = []
        self.sampled = ()
        self.answers = lambda question, runner: ConnectError("nobody answers")
        self.refusal = None

    async def start(self):
        pass

    async def stop(self, deadline_s):
        pass

    async def run(self, order, listener):
        if self.refusal is not None:
            raise self.refusal
        runner = FakeRunner(order, listener, self._answer)
        self.runners.append(runner)
        return runner

    def _answer(self, question, runner):
        return self.answers(question, runner)

    async def stop_runners(self, runners, deadline_s):
        runners = list(runners)
        self.stopped.append((runners, deadline_s))
        for runner in runners:
            runner.is_stopping = True
            runner.die(asked=True)
        return []

    async def kill_runners(self, runners):
        for runner in list(runners):
            await runner.kill()

    def usage(self):
        return []

    def set_logger_level(self, name, level):
        self.levels.append((name, level))


class Listener:
    """Remembers what a worker tells."""

    def __init__(self):
        self.heard = []

    def on_connector_status(self, name, status):
        self.heard.append((name, status.state, status.trace))

    def on_task_status(self, task, status):
        self.heard.append((task, status.state, status.trace))

    def on_active_topics(self, task, topics):
        self.heard.append((task, *topics))

    def on_task_reconfiguration_requested(self, name):
        self.heard.append((name, "reconfigure"))

    def on_config_expired(self, what):
        self.heard.append((what, "expired"))

    @property
    def states(self):
        return [heard[1] for heard in self.heard]


async def until(is_so):
    """Let others on the loop go on until something is so."""
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - nothing here waits for time to pass
            await asyncio.sleep(0)


class FakeTopicLimits:
    """Knows how large batches may be, unless told to fail."""

    def __init__(self):
        self.limits = {}
        self.error = None
        self.asked = []

    async def get(self, properties, topics):
        self.asked.append(properties)
        if self.error is not None:
            raise self.error
        return {topic: self.limits[topic] for topic in topics if topic in self.limits}


class FakeHost:
    """What an instance needs of a worker."""

    def __init__(self):
        self.offset_store = MemoryOffsetStore()
        self.topic_limits = FakeTopicLimits()
        self.guard = None
        self.heard = []
        self.is_void = False
        self.has_lapsed = []
        self.starts = []

    def begun(self, instance, *, succeeded):
        self.starts.append(succeeded)

    def lapsed(self, instance):
        self.has_lapsed.append(instance)

    def status(self, state, trace, version):
        return ConnectorStatus(state, "here:1", 7, trace, version)

    def connector_status(self, name, status):
        self.heard.append((name, status))

    task_status = connector_status

    def active_topics(self, task, topics):
        self.heard.append((task, *topics))

    def reconfiguration_requested(self, name):
        self.heard.append((name, "reconfigure"))

    def config_expired(self, what):
        self.heard.append((what, "expired"))

    @property
    def states(self):
        return [status.state for _name, status in self.heard]
