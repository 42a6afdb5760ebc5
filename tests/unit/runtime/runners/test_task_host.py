# SPDX-License-Identifier: Apache-2.0
"""The link of a task to its worker, and how its end is told."""

from __future__ import annotations

import socket
import threading

import pytest

from barnabas.api import SourceConnector, SourceTask
from barnabas.config import Config, ConfigType, Option
from barnabas.errors import ConnectError, DeadlineError, RetriableError
from barnabas.runtime import tasks
from barnabas.runtime.model import FailureCause, State, TargetState, TaskId
from barnabas.runtime.runners import messages, task_host
from barnabas.runtime.runners.channel import Channel
from barnabas.runtime.runners.messages import (
    Done,
    Failure,
    MetricsReport,
    OffsetsAnswer,
    PluginRef,
    ReadOffsets,
    ReadTopicLimits,
    RunTask,
    SetTargetState,
    StateReport,
    Stop,
    TopicLimitsAnswer,
    TopicsReport,
    WriteOffsets,
)
from barnabas.runtime.runners.task_host import SocketTaskLink, TaskHost
from barnabas.runtime.tasks.link import TaskSpec
from tests.unit.runtime.runners.wire import SETUP, WATCH, HostWire


class Lines(SourceTask):
    """A task nobody runs here."""

    def start(self, props):
        pass

    def poll(self):
        return None

    def stop(self):
        pass


class LinesConfig(Config):
    """A secret is in it."""

    password = Option("password", ConfigType.PASSWORD, None, "A secret.")


class LinesConnector(SourceConnector):
    """A connector nobody starts here."""

    config_class = LinesConfig
    task_class = Lines

    def start(self, props):
        pass

    def task_configs(self, max_tasks):
        return []

    def stop(self):
        pass


PLUGIN = PluginRef("com.example.LinesConnector", f"{__name__}:LinesConnector")


def order(task_class="com.example.LinesTask"):
    config = {"password": "hunter22"}
    spec = TaskSpec(
        TaskId("t", 0), PLUGIN.name, task_class, config, {}, {}, TargetState.STARTED, 0, False
    )
    return RunTask(spec, PLUGIN)


@pytest.fixture
def run(monkeypatch):
    """Run a host whose loop is the function given."""
    wires = []

    def run(loop, **how):
        monkeypatch.setattr(tasks, "run_task", loop)
        wire = HostWire(lambda channel: TaskHost(channel, SETUP, order(**how), WATCH))
        wires.append(wire)
        return wire

    yield run
    for wire in wires:
        wire.close()


def until_stop(spec, link, registry):
    while not link.is_stopping:
        link.wait(10)


def test_a_task_that_stops_when_asked_ends_with_status_0(run):
    wire = run(until_stop)
    wire.say(Stop())
    assert wire.status.result(10) == 0


def test_the_loop_gets_the_class_of_the_connector_for_a_java_name(run):
    seen = []
    run(lambda spec, *_rest: seen.append(spec.task_class)).status.result(10)
    assert seen == [f"{__name__}:Lines"]


def test_an_error_is_reported_without_secrets(run):
    def fail(*_args):
        text = "hunter22 is refused"
        raise ValueError(text)

    wire = run(fail)
    report = wire.hear()
    assert wire.status.result(10) == 1
    assert (report.state, report.trace.splitlines()[0]) == (
        State.FAILED,
        "Task t-0 failed: ValueError: [hidden] is refused. Restart it with POST "
        "/connectors/t/tasks/0/restart after mending.",
    )
    assert report.cause == FailureCause("other", "ValueError: [hidden] is refused")


def test_a_loop_that_ends_by_itself_has_failed(run):
    wire = run(lambda *_args: None)
    assert "ended although nobody asked it to" in wire.hear().trace
    assert wire.status.result(10) == 1


def test_an_error_after_a_stop_is_no_failure(run):
    def fail(spec, link, registry):
        until_stop(spec, link, registry)
        raise ValueError

    wire = run(fail)
    wire.say(Stop())
    assert wire.status.result(10) == 0


def test_a_task_class_that_is_not_there_fails_the_task(run):
    wire = run(until_stop, task_class="nowhere:Nothing")
    assert "task.class nowhere:Nothing" in wire.hear().trace


def test_pause_reaches_the_loop(run):
    def loop(spec, link, registry):
        link.wait(10)
        link.report_state(State.PAUSED if link.target_state is TargetState.PAUSED else State.FAILED)
        until_stop(spec, link, registry)

    wire = run(loop)
    wire.say(SetTargetState(TargetState.PAUSED))
    assert wire.hear() == StateReport(State.PAUSED)


# -- the link alone ----------------------------------------------------------------------------


@pytest.fixture
def pair():
    worker, runner = socket.socketpair()
    worker.settimeout(10)
    with worker, runner:
        channel = Channel(runner)
        yield SocketTaskLink(channel, TargetState.STARTED, WATCH), worker, channel


def hear(worker):
    [body] = messages.FrameReader().feed(worker.recv(65536))
    return messages.decode_to_worker(body)


def test_a_wait_without_news_lasts(pair):
    assert pair[0].wait(0.001) is False


@pytest.mark.parametrize("change", [{"stop": True}, {"target_state": TargetState.PAUSED}])
def test_news_cut_a_wait_short(pair, change):
    link = pair[0]
    threading.Timer(0.01, link.change, kwargs=change).start()
    assert link.wait(10) is True


def test_a_state_that_was_read_cuts_nothing_short_any_more(pair):
    link = pair[0]
    link.change(target_state=TargetState.PAUSED)
    assert link.target_state is TargetState.PAUSED
    assert link.wait(0.001) is False


def test_a_stop_cuts_every_wait_short(pair):
    link = pair[0]
    link.change(stop=True)
    assert link.is_stopping
    assert link.wait(10) is True
    assert link.wait(10) is True


def test_news_wake_what_waits_elsewhere(pair):
    link, woken = pair[0], []
    link.on_wake(lambda: woken.append("wake"))
    link.change(target_state=TargetState.STARTED)
    assert woken == []
    link.change(target_state=TargetState.PAUSED)
    assert woken == ["wake"]


def test_news_that_came_before_wake_at_once(pair):
    link, woken = pair[0], []
    link.change(stop=True)
    link.on_wake(lambda: woken.append("wake"))
    assert woken == ["wake"]


def test_the_version_is_remembered(pair):
    link, worker, _channel = pair
    link.report_state(State.RUNNING, version="1.0")
    assert hear(worker) == StateReport(State.RUNNING, None, "1.0")
    link.report_state(State.PAUSED)
    assert hear(worker) == StateReport(State.PAUSED, None, "1.0")


def test_topics_and_metrics_are_reported(pair):
    link, worker, _channel = pair
    link.report_topics(("a", "b"))
    assert hear(worker) == TopicsReport(["a", "b"])
    link.report_metrics({"batch-size-avg": 1.5})
    assert hear(worker) == MetricsReport({"batch-size-avg": 1.5})


def test_topics_are_new_again_when_the_worker_says_so(pair):
    link = pair[0]
    before = link.topics_epoch
    link.forget_topics()
    assert link.topics_epoch > before


def answered(channel, worker, *said):
    worker.sendall(b"".join(messages.encode(message) for message in (*said, Stop())))
    assert channel.receive() == Stop()


def test_offsets_are_read_in_the_order_asked(pair):
    link, worker, channel = pair
    found = []
    reading = threading.Thread(target=lambda: found.append(link.read_offsets([b"a", b"b"])))
    reading.start()
    assert hear(worker) == ReadOffsets(1, [b"a", b"b"])
    answered(channel, worker, OffsetsAnswer(1, [b"1", None]))
    reading.join(10)
    assert found == [[b"1", None]]


ADMIN = {"bootstrap.servers": "there:1", "client.id": "me"}


def test_the_worker_is_asked_for_the_limits_of_topics(pair):
    link, worker, channel = pair
    found = []
    reading = threading.Thread(target=lambda: found.append(link.topic_limits(ADMIN, iter("ab"))))
    reading.start()
    assert hear(worker) == ReadTopicLimits(1, ADMIN, ["a", "b"])
    answered(channel, worker, TopicLimitsAnswer(1, {"a": 5000}))
    reading.join(10)
    assert found == [{"a": 5000}]


def test_a_worker_that_does_not_know_the_limits_holds_no_task_up(pair, monkeypatch):
    monkeypatch.setattr(task_host, "_LIMITS_DEADLINE_S", 0.01)
    with pytest.raises(DeadlineError, match="limits of topics"):
        pair[0].topic_limits(ADMIN, ["a"])


def test_written_offsets_are_done_when_the_worker_says_so(pair):
    link, worker, channel = pair
    future = link.write_offsets({b"a": b"1", b"b": None})
    assert hear(worker) == WriteOffsets(1, [(b"a", b"1"), (b"b", None)])
    assert not future.done()
    answered(channel, worker, Done(1))
    assert future.result(0) is None


def test_offsets_that_cannot_be_written_fail_the_future(pair):
    link, worker, channel = pair
    future = link.write_offsets({b"a": b"1"})
    answered(channel, worker, Failure(1, "RetriableError", "disk full"))
    with pytest.raises(RetriableError, match="disk full"):
        future.result(0)


def test_a_future_nobody_wants_any_more_is_left_alone(pair):
    link, worker, channel = pair
    future = link.write_offsets({b"a": b"1"})
    assert future.cancel()
    answered(channel, worker, Done(1))
    assert future.cancelled()


def test_without_a_worker_reports_are_lost_and_questions_fail(pair):
    link, worker, _channel = pair
    worker.close()
    link.report_state(State.RUNNING)
    with pytest.raises(ConnectError, match="gone"):
        link.read_offsets([b"a"])
