# SPDX-License-Identifier: Apache-2.0
"""The transactions of one producer: calls that wait in slices, and errors that say what happened.

librdkafka's calls for transactions may be made again when they ran out of time; they go on where
they were. So each is made in slices, and between two of them its caller may give up.

Source:
    KIP-98, KIP-618.
"""

# ruff: noqa: SLF001 - the codes of errors found by librdkafka itself begin with an underscore

from __future__ import annotations

import contextlib
import logging
import time
import warnings
from collections.abc import Callable
from typing import Final

from barnabas.errors import ConnectError
from barnabas.kafka.client_log import unreachable_error
from barnabas.kafka.errors import KafkaError, KafkaException, connect_error, is_retriable
from barnabas.kafka.layering import ClientProperties
from barnabas.kafka.producer import OpenProducer

__all__ = [
    "Transactions",
    "close_producer",
    "is_fenced",
    "transaction_error",
    "transaction_timeout_ms",
]

_SLICE_S: Final = 0.5
_TOLD_AFTER_S: Final = 10.0
_DEFAULT_TIMEOUT_MS: Final = 60_000
_FENCED: Final = frozenset(
    {
        KafkaError._FENCED,
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError.INVALID_PRODUCER_ID_MAPPING,
    }
)

_log = logging.getLogger(__name__)


class Transactions:
    """Begins and ends the transactions of a producer. Used by one thread at a time.

    Args:
        opened: The producer; it has a transactional id.
        properties: What it was opened with, for messages.
        now: Seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        opened: OpenProducer,
        properties: ClientProperties,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._producer = opened.producer
        self._last_error = opened.last_error
        self._properties = properties
        self._now = now
        self.is_open = False
        """Whether a transaction has begun and not ended."""
        self.began_at = 0.0
        """When the last one began, by the clock."""

    @property
    def timeout_s(self) -> float:
        """How long brokers let a transaction be open."""
        return transaction_timeout_ms(self._properties) / 1000

    def claim(self, keep_on: Callable[[], bool]) -> bool:
        """Take the transactional id from whoever had it; what that one has begun is aborted.

        Waits for brokers as long as it takes.

        Args:
            keep_on: Asked twice a second whether to go on.

        Returns:
            False when it was given up.

        Raises:
            ConnectError: The brokers refuse; says what to do.
        """
        began, is_told = self._now(), False
        while keep_on():
            try:
                self._producer.init_transactions(_SLICE_S)
            except KafkaException as error:
                self._check_passing(error.args[0], self._claiming)
            else:
                return True
            self._producer.poll(0)  # tells what happened to the connections
            if self._last_error.is_refusal:
                servers = self._properties.bootstrap_servers
                raise unreachable_error(servers, self._last_error, self._claiming)
            if not is_told and self._now() - began > _TOLD_AFTER_S:
                is_told = True
                reason = self._last_error.text or "no broker has answered yet"
                _log.warning("%s takes long (%s); trying on", self._claiming, reason)
        return False

    @property
    def _claiming(self) -> str:
        return "Claiming the transactional id"

    def serve(self, timeout_s: float = 0) -> None:
        """Take what the producer has to tell; waits for it as long as is said.

        Raises:
            ConnectError: The producer cannot go on, as it was fenced or may not use its id.
        """
        try:
            self._producer.poll(timeout_s)
        except KafkaException as error:  # the client raises what ends it, wherever it is told
            raise self._meaning(error.args[0], "Sending records") from None

    def begin(self) -> None:
        """Begin a transaction; no broker is asked yet.

        Raises:
            ConnectError: The producer cannot go on.
        """
        try:
            self._producer.begin_transaction()
        except KafkaException as error:
            raise self._meaning(error.args[0], "Beginning a transaction") from None
        self.is_open = True
        self.began_at = self._now()

    def commit(self, keep_on: Callable[[], bool]) -> bool:
        """End the transaction, so that all it holds counts; waits until everything is stored.

        Args:
            keep_on: Asked twice a second whether to go on waiting.

        Returns:
            False when it was given up; whether it counts is not known then.

        Raises:
            ConnectError: The transaction did not and will not count.
        """
        while True:
            try:
                self._producer.commit_transaction(_SLICE_S)
            except KafkaException as error:
                self._check_passing(error.args[0], "Committing a transaction")
            else:
                self.is_open = False
                return True
            if not keep_on():
                return False

    def abort(self, timeout_s: float, keep_on: Callable[[], bool] = lambda: True) -> bool:
        """End the transaction, so that nothing it holds counts.

        Brokers do it themselves after ``transaction.timeout.ms``, or when the id is claimed again.

        Args:
            timeout_s: How long to try.
            keep_on: Asked twice a second whether to go on waiting.

        Returns:
            False when it was given up.

        Raises:
            ConnectError: It could not be done in time, or will not be.
        """
        until = self._now() + timeout_s
        while True:
            try:
                self._producer.abort_transaction(min(_SLICE_S, timeout_s))
            except KafkaException as error:
                self._check_passing(error.args[0], "Aborting a transaction")
                if self._now() >= until:
                    doing = f"Aborting a transaction within {timeout_s:g} s"
                    raise self._meaning(error.args[0], doing) from None
            else:
                self.is_open = False
                return True
            if not keep_on():
                return False

    def _check_passing(self, error: KafkaError, doing: str) -> None:
        if error.txn_requires_abort() or not is_retriable(error):
            raise self._meaning(error, doing)

    def _meaning(self, error: KafkaError, doing: str) -> ConnectError:
        return transaction_error(error, doing, self._properties)


def is_fenced(error: KafkaError) -> bool:
    """Say whether the producer may not write any more, because its place was taken."""
    return error.code() in _FENCED


def close_producer(opened: OpenProducer) -> None:
    """Drop what is under way and let the producer go; an open transaction is left to the brokers.

    The client tries to abort it and warns when that fails, as it does after fencing.
    """
    opened.producer.purge()
    with contextlib.suppress(KafkaException):  # what ended it was told before
        opened.producer.poll(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        opened.producer.close()


def transaction_timeout_ms(properties: ClientProperties) -> int:
    """How long brokers let a transaction of such a producer be open."""
    return int(properties.values.get("transaction.timeout.ms") or _DEFAULT_TIMEOUT_MS)


def transaction_error(error: KafkaError, doing: str, properties: ClientProperties) -> ConnectError:
    """Make the error to raise for one of a transactional producer's; see ``connect_error``."""
    timeout_ms = transaction_timeout_ms(properties)
    transactional_id = properties.values.get("transactional.id")
    if is_fenced(error):
        text = (
            f"{doing} failed: the producer with transactional id {transactional_id} was fenced "
            f"({error.name()}). Either a newer instance of this task has taken its place, or a "
            f"round of fencing has, which is as it should be; or a transaction was open for longer "
            f"than transaction.timeout.ms ({timeout_ms} ms) and brokers aborted it. Nothing of the "
            "open transaction counts. If no newer instance runs, restart the task; if it happens "
            "again, raise producer.override.transaction.timeout.ms (and the brokers' "
            "transaction.max.timeout.ms), or have transactions end sooner "
            "(transaction.boundary.interval.ms, fewer records per poll)"
        )
        return ConnectError(text)
    if error.code() == KafkaError.INVALID_TRANSACTION_TIMEOUT:
        text = (
            f"{doing} failed: the brokers allow no transactions of transaction.timeout.ms="
            f"{timeout_ms} ({error.name()}); lower producer.override.transaction.timeout.ms, or "
            "raise transaction.max.timeout.ms of the brokers"
        )
        return ConnectError(text)
    meaning = connect_error(error, f"{doing} (transactional id {transactional_id})")
    # It is over, whatever the code alone would say.
    return ConnectError(meaning.message) if error.txn_requires_abort() else meaning
