# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from barnabas.registry.single_flight import SingleFlight


def test_threads_share_one_flight() -> None:
    flights: SingleFlight[str, int] = SingleFlight()
    fetched, may_land = [], threading.Event()

    def fetch() -> int:
        fetched.append(1)
        assert may_land.wait(10)
        return 7

    with ThreadPoolExecutor(8) as threads:
        results = [threads.submit(flights.do, "a", fetch) for _ in range(8)]
        may_land.set()
        assert {result.result(10) for result in results} == {7}
    assert flights.do("a", lambda: 8) == 8


def test_error_reaches_all_and_is_not_kept() -> None:
    flights: SingleFlight[str, int] = SingleFlight()

    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        flights.do("a", fail)
    assert flights.do("a", lambda: 1) == 1


def test_waiting_thread_gets_the_error_of_the_first() -> None:
    flights: SingleFlight[str, int] = SingleFlight()
    started, may_fail = threading.Event(), threading.Event()

    def fail() -> int:
        started.set()
        assert may_fail.wait(10)
        raise ValueError("no")

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(flights.do, "a", fail)
        assert started.wait(10)
        second = threads.submit(flights.do, "a", fail)
        may_fail.set()
        assert isinstance(first.exception(10), ValueError)
        assert isinstance(second.exception(10), ValueError)
