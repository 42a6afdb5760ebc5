# SPDX-License-Identifier: Apache-2.0
"""Ending transactional producers that may be alive somewhere, by taking their place.

A broker gives a transactional id to whoever asked last; what an earlier holder has begun is
aborted, and nothing it sends is taken any more.

Differs:
    Java's admin client has a call for this. librdkafka's has none, so a producer is opened for each
    id and let go once it has the id; that takes the same right (WRITE on the transactional id).

Source:
    KIP-618; Apache Kafka ``Admin.fenceProducers``.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import threading
import time
from collections.abc import Sequence

from barnabas.errors import ConnectError
from barnabas.kafka.client_log import LastError, unreachable_error
from barnabas.kafka.client_settings import ClientKind, is_client_setting
from barnabas.kafka.errors import KafkaException, connect_error, is_retriable
from barnabas.kafka.layering import ClientProperties
from barnabas.kafka.producer import Producer, open_producer

__all__ = ["fence_producers"]

_AT_A_TIME = 8
_SLICE_S = 0.5
"""How long a thread waits before it looks whether it is still wanted."""


def fence_producers(
    admin: ClientProperties,
    transactional_ids: Sequence[str],
    timeout_s: float,
    stopped: threading.Event | None = None,
) -> None:
    """Take away some transactional ids from whoever holds them; returns when all are taken.

    Blocks, so it is called in a thread. When one id cannot be taken the others are left as they
    are, taken or not.

    Args:
        admin: Properties of an admin client that reaches the cluster.
        transactional_ids: The ids.
        timeout_s: Time for all of them.
        stopped: When set by another thread, this gives up soon.

    Raises:
        RetriableError: No broker answered in time; says which addresses were tried.
        ConnectError: The cluster refused, or ``stopped`` was set.
        ConfigError: A setting is wrong or contradicts another.
    """
    if not transactional_ids:
        return
    taking = _Taking(admin, time.monotonic() + timeout_s, stopped or threading.Event())
    with concurrent.futures.ThreadPoolExecutor(_AT_A_TIME, "fence producers") as pool:
        asked = [pool.submit(taking.take, name) for name in transactional_ids]
        concurrent.futures.wait(asked, return_when=concurrent.futures.FIRST_EXCEPTION)
        taking.over.set()
    for failed in asked:
        if (error := failed.exception()) is not None and not isinstance(error, _GivenUpError):
            raise error
    for done in asked:
        done.result()


class _GivenUpError(ConnectError):
    """Fencing was given up."""


class _Taking:
    """Takes ids until one fails or time is up."""

    def __init__(self, admin: ClientProperties, deadline: float, stopped: threading.Event) -> None:
        self._admin = admin
        self._deadline = deadline
        self._stopped = stopped
        self.over = threading.Event()
        """Whether there is no use in going on, because another id could not be taken."""

    def take(self, transactional_id: str) -> None:
        self._check_wanted(transactional_id)
        opened = open_producer(_transactional(self._admin, transactional_id), quiet=True)
        while True:
            try:
                opened.producer.init_transactions(_SLICE_S)
            except KafkaException as error:
                told = error.args[0]
                doing = f"Fencing the producer with transactional id {transactional_id}"
                if not is_retriable(told):
                    raise connect_error(told, doing) from None
                self._check_time(opened.producer, opened.last_error, doing)
            else:
                return
            self._check_wanted(transactional_id)

    def _check_wanted(self, transactional_id: str) -> None:
        if self._stopped.is_set() or self.over.is_set():
            message = f"Fencing the producer with transactional id {transactional_id} was given up"
            raise _GivenUpError(message)

    def _check_time(self, producer: Producer, last_error: LastError, doing: str) -> None:
        producer.poll(0)  # tells what happened to the connections
        if time.monotonic() >= self._deadline or last_error.is_refusal:
            raise unreachable_error(self._admin.bootstrap_servers, last_error, doing)


def _transactional(admin: ClientProperties, transactional_id: str) -> ClientProperties:
    """Make properties of a producer that reaches the same cluster and takes an id."""
    kept = {
        name: value
        for name, value in admin.values.items()
        if is_client_setting(name, ClientKind.PRODUCER) and name != "retries"
    }
    own = {
        "acks": "all",
        "enable.idempotence": "true",
        "transactional.id": transactional_id,
        "transaction.timeout.ms": "10000",  # brokers may allow less than the usual minute
    }
    return dataclasses.replace(admin, kind=ClientKind.PRODUCER, values={**kept, **own})
