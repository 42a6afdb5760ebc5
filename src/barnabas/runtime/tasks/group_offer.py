# SPDX-License-Identifier: Apache-2.0
"""What a sink task offers its group: in which ways partitions may be dealt out among its members.

A group takes a member only if there is a way that all of its members offer. Java's tasks offer an
eager way and the cooperative one together; librdkafka offers one kind at a time. So a task that is
refused for some time opens its consumer anew with the other kind.

Source:
    KIP-429; ADR 17.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from barnabas.errors import ConnectError
from barnabas.kafka.assignors import COOPERATIVE, by_kind
from barnabas.kafka.layering import ClientProperties

__all__ = ["GroupOffer"]

_STRATEGY: Final = "partition.assignment.strategy"
_DEFAULT: Final = (COOPERATIVE, "range,roundrobin")
_MOST_COOPERATIVE: Final = 2000
_PATIENCE_S: Final = 15.0
_LONGEST_S: Final = 60.0

_logger = logging.getLogger(__name__)


class GroupOffer:
    """Knows what is offered now, and what to do when the group refuses it. Main thread only.

    Args:
        properties: Properties of the consumer.
        now: Seconds of a clock that only goes forward.

    Differs:
        Unless the user names assignors the cooperative one is offered, and range and round robin
        when the group refuses it or there are more than 2,000 partitions. Java offers range and the
        cooperative one, which makes its consumers eager. Of a list with both kinds Java offers both
        at once.
    """

    def __init__(
        self, properties: ClientProperties, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._now = now
        self._group = properties.values.get("group.id", "")
        self._properties = properties
        protocol = properties.values.get("group.protocol", "")
        self._is_brokers = protocol.strip().lower() == "consumer"
        named = by_kind(properties.values.get(_STRATEGY, ""))
        self._offers = named or _DEFAULT
        self.is_open = not named and not self._is_brokers
        """Whether the number of partitions decides what is offered first."""
        self._number = 0
        self._refused_at: float | None = None
        self._tried_since = 0.0

    @property
    def properties(self) -> ClientProperties:
        """Properties of a consumer that makes the offer."""
        if self._is_brokers:
            return self._properties
        return self._properties.with_values(partition_assignment_strategy=self._assignors)

    @property
    def is_incremental(self) -> bool:
        """Whether assignments come as changes: cooperative assignor, or protocol of KIP-848."""
        return self._is_brokers or COOPERATIVE in self._assignors

    @property
    def must_be_left(self) -> bool:
        """Whether closing the consumer may not be enough to leave the group."""
        return not self._is_brokers and COOPERATIVE in self._assignors

    def choose(self, partitions: int) -> bool:
        """Hear how many partitions are to be dealt out; before the group is joined.

        librdkafka's cooperative assignor needs half a minute of its leader for 6,000 partitions,
        which then gives no sign of life, and ever longer for more.

        Returns:
            True when the consumer is to be closed, and opened with what is offered now.
        """
        is_open, self.is_open = self.is_open, False
        if not is_open or partitions <= _MOST_COOPERATIVE:
            return False
        self._offers = self._offers[::-1]
        _logger.info(
            "Group %s has %d partitions; they are dealt out with %s, as dealing out more than %d "
            "cooperatively takes long",
            self._group,
            partitions,
            self._assignors,
            _MOST_COOPERATIVE,
        )
        return True

    def accept(self) -> None:
        """Hear that the group took the member in."""
        self._refused_at = None

    def refuse(self) -> bool:
        """Hear that the group did not; the client goes on asking by itself.

        Returns:
            True when the consumer is to be closed, and opened with what is offered now.

        Raises:
            ConnectError: The group has taken no offer for a minute.
        """
        now = self._now()
        if self._is_brokers:
            raise ConnectError(self._hopeless())
        if self._refused_at is None:
            self._refused_at = self._tried_since = now
            _logger.warning(
                "Group %s has members that deal out partitions in other ways than %s; waiting for "
                "them to leave",
                self._group,
                self._assignors,
            )
            return False
        if now - self._refused_at >= _LONGEST_S:
            raise ConnectError(self._hopeless())
        if len(self._offers) == 1 or now - self._tried_since < _PATIENCE_S:
            return False
        self._number += 1
        self._tried_since = now
        _logger.warning(
            "Joining group %s with %s until the task is started again. When all members can do "
            "better, restart the connector with its tasks",
            self._group,
            self._assignors,
        )
        return True

    @property
    def _assignors(self) -> str:
        return self._offers[self._number % len(self._offers)]

    def _hopeless(self) -> str:
        offered = "the broker" if self._is_brokers else " and ".join(self._offers)
        return (
            f"Group {self._group} has members that deal out partitions in other ways than "
            f"{offered}; set consumer.override.{_STRATEGY} to one they have, or end them"
        )
