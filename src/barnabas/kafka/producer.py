# SPDX-License-Identifier: Apache-2.0
"""Opening producers.

The object is confluent-kafka's :class:`Producer` as it is, so that a hot loop pays for no wrapper:
``produce(topic, value, key, partition, on_delivery, timestamp, headers)`` raises ``BufferError``
when the queue is full; ``poll(timeout_s)`` runs the delivery callbacks on the caller's thread.
"""

from __future__ import annotations

import dataclasses
import logging

from confluent_kafka import Producer

from barnabas.kafka.client_log import LastError, open_client
from barnabas.kafka.client_statistics import ClientStatistics
from barnabas.kafka.layering import ClientProperties

__all__ = ["OpenProducer", "Producer", "open_producer"]


@dataclasses.dataclass(frozen=True, slots=True)
class OpenProducer:
    """A producer with what its settings say to the loop that uses it."""

    producer: Producer
    last_error: LastError
    """What last went wrong with a broker, told while polling."""
    max_block_ms: int | None
    """How long sending may wait for room in the queue; None for ever."""
    statistics: ClientStatistics | None = None
    """What the client measures, if it was asked to."""


def open_producer(
    properties: ClientProperties,
    *,
    reports_only_failures: bool = False,
    quiet: bool = False,
    statistics_ms: int = 0,
) -> OpenProducer:
    """Open a producer; returns at once, whether a broker answers or not.

    Called in runner processes. End it with ``flush(timeout_s)``, and ``purge()`` when records
    shall not be waited for.

    Args:
        properties: Its properties.
        reports_only_failures: Whether delivery callbacks are called for records that failed only;
            for the others the producer just lets go of its reference to the callback.
        quiet: Whether its owner tells of broken connections, so that it does not.
        statistics_ms: Time in ms from one measurement of itself to the next; 0 for none. They take
            some 200 kB of memory, and 26 kB more for each topic.

    Raises:
        ConfigError: A setting is wrong or contradicts another.
    """
    last_error = LastError(properties.client_id, level=logging.DEBUG if quiet else logging.WARNING)
    own = {"error_cb": last_error, "delivery.report.only.error": reports_only_failures}
    statistics = ClientStatistics() if statistics_ms else None
    own |= {} if statistics is None else statistics.settings(statistics_ms)
    producer, translation = open_client(Producer, properties, own)
    return OpenProducer(producer, last_error, translation.max_block_ms, statistics)
