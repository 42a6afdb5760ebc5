# SPDX-License-Identifier: Apache-2.0
"""Calls return in time or are given up."""

from __future__ import annotations

import threading

import pytest

from barnabas.connectors._storage.deadlines import CallsWithDeadline


def test_results_and_errors_are_passed_on() -> None:
    calls = CallsWithDeadline("t")
    assert calls.run(lambda: 7, 10) == 7
    with pytest.raises(ZeroDivisionError):
        calls.run(lambda: 1 // 0, 10)
    calls.close()


def test_a_call_that_never_returns_is_given_up_and_others_go_on() -> None:
    calls, end = CallsWithDeadline("t"), threading.Event()
    with pytest.raises(TimeoutError):
        calls.run(lambda: end.wait(30), 0.01)
    assert calls.run(lambda: 8, 10) == 8
    end.set()
    calls.close()


def test_threads_are_used_again() -> None:
    calls = CallsWithDeadline("t")
    idents = {calls.run(threading.get_ident, 10) for _ in range(200)}
    assert len(idents) < 20
    calls.close()


def test_nothing_is_called_after_the_end() -> None:
    calls = CallsWithDeadline("t")
    calls.close()
    with pytest.raises(RuntimeError, match="t was closed"):
        calls.run(lambda: 1, 10)
