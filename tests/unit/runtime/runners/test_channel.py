# SPDX-License-Identifier: Apache-2.0
"""The runner's end of the socket."""

from __future__ import annotations

import concurrent.futures
import socket
import threading

import pytest

from barnabas import errors
from barnabas.errors import ConfigError, ConnectError, DeadlineError, PluginVersionError
from barnabas.runtime.runners import channel as channels
from barnabas.runtime.runners import messages
from barnabas.runtime.runners.channel import Channel
from barnabas.runtime.runners.messages import Done, Failure, OffsetsAnswer, ReadOffsets, Stop


class Wire:
    """A channel and the worker's end of its socket."""

    def __init__(self):
        self.worker, runner = socket.socketpair()
        self.runner = runner
        self.channel = Channel(runner)
        self._frames = messages.FrameReader()

    def say(self, *said):
        self.worker.sendall(b"".join(messages.encode(message) for message in said))

    def hear(self):
        [body] = self._frames.feed(self.worker.recv(65536))
        return messages.decode_to_worker(body)

    def close(self):
        self.worker.close()
        self.runner.close()


@pytest.fixture
def wire():
    wire = Wire()
    yield wire
    wire.close()


def test_messages_are_received_in_order(wire):
    wire.say(messages.SetLoggerLevel("a", "INFO"), Stop())
    assert wire.channel.receive() == messages.SetLoggerLevel("a", "INFO")
    assert wire.channel.receive() == Stop()


def test_an_answer_goes_to_who_asked(wire):
    first = wire.channel.ask(lambda number: ReadOffsets(number, [b"a"]))
    assert wire.hear() == ReadOffsets(1, [b"a"])
    second = wire.channel.ask(lambda number: ReadOffsets(number, [b"b"]))
    assert wire.hear() == ReadOffsets(2, [b"b"])
    wire.say(OffsetsAnswer(2, [b"2"]), OffsetsAnswer(1, [None]), Stop())
    assert wire.channel.receive() == Stop()
    assert (first.result(0).values, second.result(0).values) == ([None], [b"2"])


def test_a_failure_is_raised_where_it_was_asked(wire):
    future = wire.channel.ask(lambda number: ReadOffsets(number, []))
    wire.say(Failure(1, "RetriableError", "the disk is full"), Stop())
    wire.channel.receive()
    with pytest.raises(errors.RetriableError, match="the disk is full"):
        future.result(0)


def test_an_answer_nobody_waits_for_is_dropped(wire):
    wire.say(Done(99), Stop())
    assert wire.channel.receive() == Stop()


def test_a_worker_that_is_gone_is_none_and_fails_all_questions(wire):
    future = wire.channel.ask(lambda number: ReadOffsets(number, []))
    wire.worker.close()
    assert wire.channel.receive() is None
    with pytest.raises(ConnectError, match="worker of this runner is gone"):
        future.result(0)
    later = wire.channel.ask(lambda number: ReadOffsets(number, []))
    with pytest.raises(ConnectError, match="worker of this runner is gone"):
        later.result(0)


def test_sending_to_a_worker_that_is_gone_is_an_error(wire):
    wire.worker.close()
    with pytest.raises(ConnectError, match="is gone"):
        wire.channel.send(messages.ReconfigurationRequest(1))


def test_many_threads_may_send(wire):
    threads = [
        threading.Thread(target=wire.channel.send, args=(messages.TopicsReport([str(number)]),))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bodies = messages.FrameReader().feed(wire.worker.recv(65536))
    topics = {messages.decode_to_worker(body).topics[0] for body in bodies}
    assert topics == {str(number) for number in range(8)}


def test_an_answer_that_does_not_come_is_a_deadline():
    future: concurrent.futures.Future[None] = concurrent.futures.Future()
    with pytest.raises(DeadlineError, match=r"within 0 s: reading source offsets"):
        channels.result_within(future, 0, "reading source offsets")


@pytest.mark.parametrize(
    "error", [ConfigError("wrong"), ConnectError("bad"), PluginVersionError("no 2.0", ["1.0"])]
)
def test_errors_of_ours_cross_the_wire(error):
    again = channels.error_of(channels.failure_of(1, error))
    assert (type(again), again.message) == (type(error), error.message)


def test_other_errors_arrive_with_the_first_line_of_their_trace():
    failure = channels.failure_of(1, ValueError("no"), "Task x failed: ValueError: no\nTraceback")
    again = channels.error_of(failure)
    assert type(again) is ConnectError
    assert again.message == "Task x failed: ValueError: no"


def test_a_subclass_of_a_plugin_arrives_as_the_nearest_of_ours():
    class MyConfigError(ConfigError):
        pass

    assert type(channels.error_of(channels.failure_of(1, MyConfigError("no")))) is ConfigError


def test_an_unknown_kind_is_a_plain_error():
    assert type(channels.error_of(Failure(1, "annotations", "odd"))) is ConnectError
