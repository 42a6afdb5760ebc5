# SPDX-License-Identifier: Apache-2.0
"""Asking once for what several threads want at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

__all__ = ["SingleFlight"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """Lets the first who wants a thing fetch it; those who come meanwhile share what it gets."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[K, Future[V]] = {}

    def do(self, key: K, fetch: Callable[[], V]) -> V:
        """Fetch a thing, or wait for the thread that does.

        Raises:
            BaseException: Whatever the fetching raised, to all who wait for it.
        """
        with self._lock:
            flight = self._flights.get(key)
            is_first = flight is None
            if flight is None:
                flight = self._flights[key] = Future()
        if not is_first:
            return flight.result()
        try:
            result = fetch()
        except BaseException as error:
            self._land(key)
            flight.set_exception(error)
            raise
        self._land(key)
        flight.set_result(result)
        return result

    def _land(self, key: K) -> None:
        with self._lock:
            del self._flights[key]
