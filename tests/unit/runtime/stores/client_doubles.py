# SPDX-License-Identifier: Apache-2.0
"""Kafka clients that are not there, as far as the logs of the stores use them."""

from __future__ import annotations

import queue

from barnabas.kafka.client_log import LastError
from barnabas.kafka.errors import KafkaError, KafkaException
from barnabas.kafka.producer import OpenProducer


class Answer:
    """A message as clients give it."""

    def __init__(self, partition=0, offset=0, *, key=None, value=None, error=None):
        self._values = (partition, offset, key, value, error)

    def partition(self):
        return self._values[0]

    def offset(self):
        return self._values[1]

    def key(self):
        return self._values[2]

    def value(self):
        return self._values[3]

    def error(self):
        return self._values[4]


class Producer:
    """Keeps what it is given until the test says what becomes of it."""

    def __init__(self):
        self.given = []
        self.log = []
        self.flushed = []
        self.purged = 0
        self.full_after = 1000
        self.refuses = None
        self.fails = {}
        self._answers = queue.SimpleQueue()

    def __len__(self):
        return len(self.given)

    def opened(self):
        return OpenProducer(self, LastError("p"), None)

    def produce(self, topic, value, key, on_delivery=None):
        if self.refuses is not None:
            raise KafkaException(self.refuses)
        if len(self.given) >= self.full_after:
            raise BufferError
        self.given.append((topic, key, value, on_delivery))

    def answer(self, error=None, partition=0, offset=0):
        """Answer the oldest record."""
        self._answers.put((error, Answer(partition, offset)))

    def poll(self, timeout):
        try:
            error, message = self._answers.get(timeout=timeout)
        except queue.Empty:
            return 0
        *_, on_delivery = self.given.pop(0)
        on_delivery(error, message)
        return 1

    def flush(self, timeout):
        self.flushed.append(timeout)
        return len(self.given)

    def purge(self, blocking=True):
        self.purged += 1
        for *_, on_delivery in self.given:
            on_delivery(KafkaError(KafkaError._PURGE_QUEUE), Answer(None, None))
        self.given.clear()

    # -- transactions ------------------------------------------------------------------------------

    def _call(self, name, *args):
        self.log.append((name, *args))
        if name in self.fails:
            raise KafkaException(self.fails[name])

    def init_transactions(self, timeout):
        self._call("init", timeout)

    def begin_transaction(self):
        self._call("begin")

    def commit_transaction(self, timeout):
        self._call("commit", timeout)
        for number, (*_, on_delivery) in enumerate(self.given):
            on_delivery(None, Answer(0, number))
        self.given.clear()
