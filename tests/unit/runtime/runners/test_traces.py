# SPDX-License-Identifier: Apache-2.0
"""The first line of a trace says what, where and how to mend it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.api import SourceTask, Transformation
from barnabas.errors import ConnectError, DataError
from barnabas.runtime.runners import traces
from barnabas.runtime.runners.messages import Failure

MEND = "Restart it."


class Orders(SourceTask):
    """A task that divides by zero."""

    def start(self, props):
        pass

    def poll(self):
        return _divide(1, 0)

    def stop(self):
        pass


class Upper(Transformation):
    """A transformation that refuses records."""

    def apply(self, record):
        text = "not a text"
        raise DataError(text)


def _divide(a, b):
    return a / b


def caught(call, *args):
    try:
        call(*args)
    except BaseException as error:
        return error
    raise AssertionError


def trace(error, secrets=()):
    return traces.failure_trace(error, what="task orders-0", mend=MEND, secrets=secrets)


def test_a_failure_says_what_where_and_how_to_mend_it():
    first, second, *_rest = trace(caught(Orders().poll)).splitlines()
    assert first.startswith(
        "Task orders-0 failed in SourceTask.poll(): ZeroDivisionError: division by zero — in "
        f"plugin {__name__}.Orders ({__file__}:"
    )
    assert first.endswith("). Restart it.")
    assert second == "Traceback (most recent call last):"


def test_the_line_is_the_innermost_of_the_plugin():
    place = traces.find_place(caught(Orders().poll))
    assert place.line == _divide.__code__.co_firstlineno + 1


def test_the_root_of_a_wrapped_error_is_named_and_placed():
    def wrap():
        try:
            Upper().apply(None)
        except DataError as error:
            text = "Tolerance exceeded"
            raise ConnectError(text) from error

    first = trace(caught(wrap)).splitlines()[0]
    assert first.startswith(
        "Task orders-0 failed in Transformation.apply(): ConnectError: Tolerance exceeded (caused "
        "by DataError: not a text) — in plugin "
    )


def test_a_failure_outside_of_plugins_has_no_place():
    first = trace(caught(_divide, 1, 0)).splitlines()[0]
    assert first == "Task orders-0 failed: ZeroDivisionError: division by zero. Restart it."


def test_an_error_without_words_is_named():
    assert trace(ValueError()).splitlines()[0] == "Task orders-0 failed: ValueError. Restart it."


def test_only_the_first_line_of_a_message_is_in_the_first_line():
    assert trace(ValueError("one\ntwo")).splitlines()[0].endswith("ValueError: one. Restart it.")


def test_a_ring_of_causes_ends():
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert "(caused by ValueError: two)" in trace(one)


def test_an_endless_message_is_shortened():
    text = trace(ValueError("x" * 1_000_000))
    assert len(text) < 40_000
    assert "characters left out" in text


def test_secrets_are_hidden_everywhere():
    text = trace(ValueError("password hunter22 is wrong"), {"hunter22"})
    assert "hunter22" not in text
    assert "password [hidden] is wrong" in text


def test_short_secrets_are_hidden_where_they_stand_alone():
    assert traces.hide("pin 12, total 3126, 12", {"12"}) == "pin [hidden], total 3126, [hidden]"


def test_a_secret_within_a_secret_leaves_nothing():
    assert traces.hide("abcdefgh", {"abcd", "abcdefgh"}) == "[hidden]"


def test_empty_secrets_hide_nothing():
    assert traces.hide("text", {""}) == "text"


@given(st.text(), st.sets(st.text(min_size=4), max_size=4))
def test_no_long_secret_survives(text, secrets):
    hidden = traces.hide(text, secrets).replace("[hidden]", "\0")
    assert not any(secret in hidden for secret in secrets if "\0" not in secret)


def test_answers_hide_secrets_too():
    failure = traces.hide_in(Failure(1, "ConnectError", "hunter22 is wrong"), {"hunter22"})
    assert failure.message == "[hidden] is wrong"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (-11, "was killed by signal 11 (SIGSEGV). Native code"),
        (-9, "was killed by signal 9 (SIGKILL). Somebody killed it, or the system did"),
        (-15, "was killed by signal 15 (SIGTERM)."),
        (-63, "was killed by signal 63 (unknown signal)."),
        (0, "ended with exit code 0 though nobody asked it to"),
        (3, "ended with exit code 3 though nobody asked it to"),
    ],
)
def test_a_death_says_how(status, said):
    text = traces.death_trace(what="task orders-0", pid=12, status=status, mend=MEND)
    assert text.startswith(f"Runner of task orders-0 (pid 12) {said}")
    assert text.endswith(f" {MEND}")


def test_a_death_tells_what_the_worker_knows():
    text = traces.death_trace(what="task a-0", pid=1, status=-9, mend=MEND, hint="It used 3 MB.")
    assert text.endswith(f"It used 3 MB. {MEND}")


CRASH = """Fatal Python error: Segmentation fault

Thread 0x01 (most recent call first):
  File "/lib/threading.py", line 1 in run

Current thread 0x02 (most recent call first):
  File "/plugins/orders.py", line 47 in poll
  File "/lib/ctypes.py", line 519 in string_at

Extension modules: msgspec (total: 1)
"""


def test_a_crash_shows_the_thread_that_crashed():
    text = traces.death_trace(what="task a-0", pid=1, status=-11, mend=MEND, last_words=CRASH)
    assert text.splitlines()[1:] == [
        "It was here when it crashed (most recent call first):",
        '  File "/plugins/orders.py", line 47 in poll',
        '  File "/lib/ctypes.py", line 519 in string_at',
    ]


STACKS = """Thread 0x00007f01 (most recent call first):
  File "/plugins/sun.py", line 4 in start
  File "/lib/python3.11/threading.py", line 982 in run
  File "/lib/python3.11/threading.py", line 1045 in _bootstrap_inner

Thread 0x00007f02 (most recent call first):
  File "/plugins/orders.py", line 47 in poll
"""


def test_the_stack_of_a_thread_is_shown_without_the_plumbing():
    assert traces.stack_of(STACKS, 0x7F01) == (
        'It was here (most recent call first):\n  File "/plugins/sun.py", line 4 in start'
    )
    assert traces.stack_of(STACKS, 0x7F03) == ""


def test_the_thread_that_crashed_is_known():
    assert traces.crashed_thread(CRASH) == 2
    assert traces.crashed_thread(STACKS) is None


def test_a_missed_deadline_shows_the_main_thread():
    text = traces.deadline_trace(
        what="connector orders",
        call="Connector.start()",
        seconds=90,
        mend=MEND,
        stack=traces.stack_of(STACKS),
    )
    first, second, third, *_rest = text.splitlines()
    assert first == (
        "Connector orders did not return from Connector.start() within 90 s, so its process was "
        f"killed. {MEND}"
    )
    assert second == "Its main thread was here (most recent call first):"
    assert third == '  File "/plugins/orders.py", line 47 in poll'


def test_a_deadline_without_a_stack_is_one_line():
    text = traces.deadline_trace(what="task a-0", call="its stop", seconds=1.5, mend=MEND)
    assert text.splitlines() == [text]


class Reader(SourceTask):
    """A task that explains its failure, raised in a method the framework does not know."""

    def start(self, props):
        pass

    def poll(self):
        self._read()

    def _read(self):
        try:
            _divide(1, 0)
        except ZeroDivisionError as error:
            text = "Cannot read"
            raise ConnectError(text) from error

    def stop(self):
        pass


def test_the_call_is_the_one_the_framework_made():
    assert traces.find_place(caught(Reader().poll)).call == "SourceTask.poll()"


def test_the_log_has_the_traceback_of_somebody_elses_plugin():
    error = caught(Orders().poll)
    assert traces.log_text(error, trace(error)) == trace(error)
    error = caught(Reader().poll)
    assert traces.log_text(error, trace(error)) == trace(error)


def test_the_log_has_a_line_of_what_barnabas_explains():
    error = ConnectError("The topic is gone")
    line = "Task orders-0 failed: ConnectError: The topic is gone. Restart it."
    assert traces.log_text(error, trace(error)) == line


def test_the_log_has_the_traceback_of_what_nobody_explained():
    error = caught(_divide, 1, 0)
    assert "Traceback" in traces.log_text(error, trace(error))
