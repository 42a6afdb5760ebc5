# SPDX-License-Identifier: Apache-2.0
"""The producer of a source task, with batches that fit the topics it writes to.

A topic's ``max.message.bytes`` limits whole batches of records, and ours are large: a topic with a
low limit would refuse small records only because they travel together. Java sends small batches and
splits those that are refused; librdkafka does not split. So the limits of topics are asked for
before the first record, and the producer is opened anew, with smaller batches, where needed. The
worker asks: a client in each task's process would take more than half a megabyte there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from barnabas.errors import ConnectError
from barnabas.kafka.client_statistics import ClientStatistics
from barnabas.kafka.layering import ClientProperties
from barnabas.kafka.producer import OpenProducer, open_producer

__all__ = ["Producers"]

_BATCH_SIZE: Final = "batch.size"

_Ask: TypeAlias = Callable[[Mapping[str, str], Iterable[str]], Mapping[str, int]]
"""Reads the limits of topics, in bytes, with the properties of an admin client."""

_logger = logging.getLogger(__name__)


class Producers:
    """Opens producers for one source task. Main thread only.

    Args:
        properties: Properties of the producer.
        reports_only_failures: See :func:`barnabas.kafka.producer.open_producer`.
        ask: Reads the limits of topics: :meth:`~barnabas.runtime.tasks.link.TaskLink.topic_limits`.
        open_one: Opens a producer.

    Raises:
        ConfigError: A setting of the producer is wrong.
    """

    def __init__(
        self,
        properties: ClientProperties,
        *,
        reports_only_failures: bool,
        ask: _Ask,
        open_one: Callable[..., OpenProducer] = open_producer,
    ) -> None:
        self._properties = properties
        self._reports_only_failures = reports_only_failures
        self._ask = ask
        self._open_one = open_one
        self._statistics: ClientStatistics | None = None
        self._batch_bytes = int(properties.translate().settings[_BATCH_SIZE])

    def open(self) -> OpenProducer:
        """Open a producer whose batches fit all topics asked about so far."""
        properties = self._properties.with_values(batch_size=str(self._batch_bytes))
        opened = self._open_one(properties, reports_only_failures=self._reports_only_failures)
        self._statistics = opened.statistics
        return opened

    def statistics(self) -> dict[str, float]:
        """What the producer opened last measures of itself, by group and name."""
        return {} if self._statistics is None else self._statistics.values()

    def fits(self, topics: Iterable[str]) -> bool:
        """Say whether batches of the present size fit topics that were not asked about before.

        Blocks while a broker is asked, a few seconds at most. What cannot be learnt is taken to
        fit. When the answer is no, the next producer opened has batches that fit.
        """
        try:
            limits = self._ask(self._properties.for_admin().values, topics)
        except ConnectError as error:
            _logger.debug("The limits of topics are not known: %s", error)
            return True
        lowest = min(limits.values(), default=self._batch_bytes)
        if lowest >= self._batch_bytes:
            return True
        _logger.info("Sending batches of at most %d bytes, the limit of a topic", lowest)
        self._batch_bytes = max(lowest, 1)
        return False
