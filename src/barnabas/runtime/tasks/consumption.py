# SPDX-License-Identifier: Apache-2.0
"""Reading from Kafka for a sink task: subscription, assignment, batches of messages.

The consumer's callbacks are called inside :meth:`Consumption.poll`, on the same thread.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any, Final, Protocol

from barnabas.api import OffsetAndMetadata, TopicPartition
from barnabas.errors import ConnectError, RetriableError
from barnabas.kafka import consumer as kafka
from barnabas.kafka.errors import KafkaError, KafkaException, connect_error, is_retriable
from barnabas.kafka.layering import ClientProperties
from barnabas.runtime.tasks.group_offer import GroupOffer
from barnabas.runtime.tasks.link import TaskLink
from barnabas.runtime.tasks.poll_watch import PollWatch
from barnabas.runtime.tasks.subscription import Subscription

__all__ = ["Consumption", "ConsumptionListener", "OvertakenError"]

_MAX_POLL_RECORDS: Final = 10_000
_MAX_POLL_INTERVAL_MS: Final = "300000"
_SLICE_S: Final = 0.1
_CALL_TIMEOUT_S: Final = 5.0
_OFFSETS_DEADLINE_S: Final = 60.0
_REFRESH_S: Final = 60.0
_REFRESH_WITHOUT_TOPICS_S: Final = 5.0
_REFRESH_MISSING_S: Final = 1.0
_EARLIEST: Final = frozenset({"earliest", "smallest", "beginning"})
_LATEST: Final = frozenset({"latest", "largest", "end"})

_logger = logging.getLogger(__name__)


class OvertakenError(RetriableError):
    """A commit was refused because partitions were just being dealt out anew."""


class ConsumptionListener(Protocol):
    """Hears, inside :meth:`Consumption.poll`, of partitions that come and go and of commits."""

    def assigned(
        self, offsets: Mapping[TopicPartition, int | None]
    ) -> Mapping[TopicPartition, int]:
        """Take new partitions; called before they are read.

        Args:
            offsets: Where reading would begin; None where only the broker knows.

        Returns:
            Where reading shall begin instead.
        """

    def started(self) -> None:
        """Hear that the partitions told last are being read, or that there are no new ones."""

    def revoked(self, partitions: Set[TopicPartition]) -> None:
        """Give partitions back."""

    def lost(self, partitions: Set[TopicPartition]) -> None:
        """Hear that partitions belong to somebody else already."""

    def commit_answered(
        self, error: ConnectError | None, offsets: Mapping[TopicPartition, OffsetAndMetadata]
    ) -> None:
        """Hear the answer to an asynchronous commit: what is wrong, if anything."""


class Consumption:
    """The consumer of one sink task. Main thread only.

    Args:
        properties: Properties of the consumer.
        subscription: What to read.
        link: Asked for news while waiting.
        open_consumer: Opens the consumer.
        now: Seconds of a clock that only goes forward.

    Raises:
        ConfigError: A setting of the consumer is wrong.

    Differs:
        A batch has up to 10,000 records where Java takes 500, unless ``max.poll.records`` is set:
        the cost per batch is shared by more records. A pattern is looked up once a minute, and
        every five seconds while no topic matches, where Java waits for ``metadata.max.age.ms``.
    """

    def __init__(
        self,
        properties: ClientProperties,
        subscription: Subscription,
        link: TaskLink,
        *,
        open_consumer: Callable[..., kafka.OpenConsumer] = kafka.open_consumer,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._subscription = subscription
        self._link = link
        self._now = now
        self._reset = properties.values.get("auto.offset.reset", "earliest").strip().lower()
        self._offer = GroupOffer(properties, now)
        self._is_refused = False
        self._open_consumer = open_consumer
        self._opened = self._open()
        self._consumer = self._opened.consumer
        self._max_records = self._opened.max_poll_records or _MAX_POLL_RECORDS
        self._listener: ConsumptionListener | None = None
        self._topics: Sequence[str] = ()
        self._refresh_at = 0.0
        self._missing: set[str] = set()
        self._gone: set[tuple[str, int]] = set()
        self._error: Exception | None = None
        self._poll_interval_s = _max_poll_interval_s(properties)
        self._watch = self._make_watch()

    def subscribe(self, listener: ConsumptionListener) -> None:
        """Join the group; partitions come with a later poll."""
        self._listener = listener
        self._watch.start()
        if self._subscription.pattern is None:
            self._subscribe(self._subscription.topics)

    def _open(self) -> kafka.OpenConsumer:
        self._must_be_left = self._offer.must_be_left
        return self._open_consumer(self._offer.properties, on_commit=self._commit_answered)

    def _make_watch(self) -> PollWatch:
        return PollWatch(
            lambda: kafka.keep_membership(self._consumer), self._poll_interval_s, self._now
        )

    def _join_otherwise(self) -> None:
        """Offer the group something else; needs another consumer."""
        self._is_refused = False
        self._reopen()
        self._subscribe(self._topics)

    def _reopen(self) -> None:
        self._leave(_SLICE_S)  # tells the listener of what it might still have
        self._opened = self._open()
        self._consumer = self._opened.consumer
        self._watch = self._make_watch()
        self._watch.start()

    def _count(self, topics: Sequence[str]) -> None:
        """Have the number of partitions decide what is offered; one that is unknown does not."""
        try:
            count = kafka.partition_count(self._opened, topics, _CALL_TIMEOUT_S)
        except ConnectError as error:
            _logger.debug("%s", error)
            count = 0
        if self._offer.choose(count):
            self._reopen()

    def poll(self, timeout_s: float) -> list[kafka.Message]:
        """Read what is there; wait when there is nothing.

        Returns early, with no messages, when the task is to stop or to pause.

        Raises:
            ConnectError: The consumer failed, or may not read.
            Exception: What the listener raised.
        """
        try:
            return self._poll(timeout_s)
        finally:
            self._watch.polled()

    def _poll(self, timeout_s: float) -> list[kafka.Message]:
        if self._is_refused:
            self._join_otherwise()
        self._refresh()
        self._gone.clear()
        deadline = self._now() + timeout_s
        messages = self._consumer.consume(self._max_records, 0)
        while not messages and self._error is None and not self._link.wait(0):
            left_s = deadline - self._now()
            if left_s <= 0:
                break
            messages = self._consumer.consume(1, min(_SLICE_S, left_s))
            if messages and self._max_records > 1:
                messages += self._consumer.consume(self._max_records - 1, 0)
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        if self._gone:  # while the rest was read; others read these partitions now
            messages = [each for each in messages if _place(each) not in self._gone]
        if not messages or not any(map(type(messages[0]).error, messages)):
            return messages
        return [message for message in messages if self._is_record(message)]

    def serve(self, timeout_s: float) -> None:
        """Hear of commits and partitions without reading on; for when nothing is read any more."""
        self._consumer.consume(1, timeout_s)

    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        """Read no more of these partitions, which must be assigned."""
        if chosen := _kafka_partitions(partitions):
            self._consumer.pause(chosen)

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        """Read these partitions again, which must be assigned."""
        if chosen := _kafka_partitions(partitions):
            self._consumer.resume(chosen)

    def seek(self, where: TopicPartition, offset: int) -> bool:
        """Go on reading a partition at an offset.

        Returns:
            False when that is not possible now; try again after the next poll.
        """
        try:
            self._consumer.seek(kafka.TopicPartition(where.topic, where.partition, offset))
        except KafkaException as error:
            _logger.debug("Seeking %s to %d: %s", where, offset, error)
            return False
        return True

    def end_of(self, where: TopicPartition) -> int | None:
        """Offset behind the last record of a partition, as far as the client has heard.

        Asks no broker. None where nothing was fetched yet.
        """
        asked = kafka.TopicPartition(where.topic, where.partition)
        try:
            known = self._consumer.get_watermark_offsets(asked, cached=True)
        except KafkaException:
            return None
        return int(known[1]) if known is not None and known[1] >= 0 else None

    def statistics(self) -> dict[str, float]:
        """What the consumer measures of itself, by group and name."""
        told = self._opened.statistics
        return {} if told is None else told.values()

    def commit(self, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        """Commit offsets; the answer comes to the listener.

        Raises:
            ConnectError: The commit could not be begun.
        """
        try:
            self._consumer.commit(offsets=_kafka_offsets(offsets), asynchronous=True)
        except KafkaException as error:
            raise connect_error(error.args[0], "Committing offsets") from None

    def commit_now(self, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        """Commit offsets and wait for the answer, no longer than the group's session.

        Raises:
            OvertakenError: A rebalance has begun since, or ended.
            ConnectError: They were not committed, or not all of them.
        """
        try:
            answers = self._consumer.commit(offsets=_kafka_offsets(offsets), asynchronous=False)
        except KafkaException as error:
            raise _commit_error(error.args[0], "Committing offsets") from None
        for answer in answers:
            if answer.error is not None:
                doing = f"Committing the offset of {answer.topic}-{answer.partition}"
                raise _commit_error(answer.error, doing)

    def close(self, timeout_s: float) -> None:
        """Leave the group; the listener hears nothing any more.

        Args:
            timeout_s: How long to wait for the end of a rebalance. A member that closes amid one
                holds it up until the broker misses it.
        """
        self._listener = None
        self._leave(timeout_s)
        if self._error is not None:
            _logger.warning("Partitions could not be given back at the end", exc_info=self._error)

    def _leave(self, timeout_s: float) -> None:
        self._watch.stop()
        if self._must_be_left:
            kafka.leave_group(self._consumer, timeout_s)
        self._consumer.close()

    # -- topics ------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        """Look for missing topics, or for those that match the pattern, from time to time."""
        if self._now() < self._refresh_at:
            return
        pattern = self._subscription.pattern
        if pattern is None:
            self._look_for_missing()
            return
        try:
            topics = kafka.matching_topics(self._opened, pattern, _CALL_TIMEOUT_S)
        except RetriableError as error:
            _logger.warning("%s", error)
            topics = list(self._topics)
        if topics and topics != list(self._topics):
            _logger.info("Topics that match %s: %s", pattern, ", ".join(topics))
            self._subscribe(topics)
        interval_s = _REFRESH_S if topics else _REFRESH_WITHOUT_TOPICS_S
        self._refresh_at = self._now() + interval_s

    def _look_for_missing(self) -> None:
        """Have the client look again for topics that did not exist; it may not for minutes."""
        found = set()
        for topic in self._missing:
            try:
                if kafka.topic_exists(self._opened, topic, _CALL_TIMEOUT_S):
                    _logger.info("Topic %s exists now", topic)
                    found.add(topic)
            except RetriableError as error:
                _logger.warning("%s", error)
                break
        self._missing -= found
        self._refresh_at = self._now() + _REFRESH_MISSING_S

    def _subscribe(self, topics: Sequence[str]) -> None:
        self._topics = tuple(topics)
        if self._offer.is_open:
            self._count(topics)
        try:
            self._consumer.subscribe(
                list(topics),
                on_assign=self._assigned,
                on_revoke=self._revoked,
                on_lost=self._lost,
            )
        except KafkaException as error:
            raise connect_error(error.args[0], f"Subscribing to {', '.join(topics)}") from None

    def _is_record(self, message: kafka.Message) -> bool:
        """Say whether a message is a record; what it reports instead is told or raised."""
        error = message.error()
        if error is None:
            return True
        code = error.code()
        if code in _NO_NEWS:
            return False
        if code == KafkaError.UNKNOWN_TOPIC_OR_PART:
            topic = message.topic() or ""
            if topic not in self._missing:
                self._missing.add(topic)
                _logger.warning("Topic %s does not exist; waiting for it", topic)
        elif code == KafkaError._MAX_POLL_EXCEEDED:  # noqa: SLF001 - how the client names it
            _logger.warning(
                "put took longer than max.poll.interval.ms, so the group gave the task's "
                "partitions away; it joins again. Raise consumer.override.max.poll.interval.ms or "
                "lower consumer.override.max.poll.records"
            )
        elif code == KafkaError.INCONSISTENT_GROUP_PROTOCOL:
            self._is_refused |= self._offer.refuse()
        elif is_retriable(error):
            _logger.warning("Reading failed and is tried again: %s", error.str())
        else:
            raise connect_error(error, f"Reading {message.topic() or 'from Kafka'}")
        return False

    # -- callbacks of the consumer -----------------------------------------------------------------

    def _assigned(self, _consumer: kafka.Consumer, partitions: list[kafka.TopicPartition]) -> None:
        self._offer.accept()
        if self._listener is None:
            return
        if not partitions:
            with _Remembered(self):
                self._listener.started()
            return
        self._gone -= _places(partitions)
        with _Remembered(self):
            offsets = self._listener.assigned(self._start_offsets(partitions))
            chosen = [
                kafka.TopicPartition(
                    each.topic,
                    each.partition,
                    offsets.get(TopicPartition(each.topic, each.partition), kafka.OFFSET_INVALID),
                )
                for each in partitions
            ]
            if self._offer.is_incremental:
                self._consumer.incremental_assign(chosen)
            else:
                self._consumer.assign(chosen)
            self._listener.started()

    def _revoked(self, _consumer: kafka.Consumer, partitions: list[kafka.TopicPartition]) -> None:
        if partitions and self._listener is not None:
            self._gone |= _places(partitions)
            with _Remembered(self):
                self._listener.revoked(_partitions(partitions))

    def _lost(self, _consumer: kafka.Consumer, partitions: list[kafka.TopicPartition]) -> None:
        if partitions and self._listener is not None:
            self._gone |= _places(partitions)
            with _Remembered(self):
                self._listener.lost(_partitions(partitions))

    def _commit_answered(
        self, error: KafkaError | None, partitions: list[kafka.TopicPartition]
    ) -> None:
        if self._listener is None:
            return
        failed = next((each.error for each in partitions if each.error is not None), error)
        offsets = {
            TopicPartition(each.topic, each.partition): OffsetAndMetadata(
                each.offset, each.metadata or ""
            )
            for each in partitions
        }
        reason = None if failed is None else _commit_error(failed, "Committing offsets")
        self._listener.commit_answered(reason, offsets)

    # -- where to begin ----------------------------------------------------------------------------

    def _start_offsets(
        self, partitions: list[kafka.TopicPartition]
    ) -> dict[TopicPartition, int | None]:
        """Committed offsets, or where ``auto.offset.reset`` sets in; None where it cannot tell."""
        committed = self._patiently(
            "Reading committed offsets",
            lambda timeout_s: self._consumer.committed(partitions, timeout=timeout_s),
        )
        offsets: dict[TopicPartition, int | None] = {}
        for each in committed:
            where = TopicPartition(each.topic, each.partition)
            offsets[where] = each.offset if each.offset >= 0 else self._reset_offset(each)
        return offsets

    def _reset_offset(self, partition: kafka.TopicPartition) -> int | None:
        if self._reset not in _EARLIEST | _LATEST:
            return None
        asked = kafka.TopicPartition(partition.topic, partition.partition)
        low, high = self._patiently(
            f"Reading the offsets of {partition.topic}-{partition.partition}",
            lambda timeout_s: self._consumer.get_watermark_offsets(asked, timeout=timeout_s),
        )
        return int(low if self._reset in _EARLIEST else high)

    def _patiently(self, doing: str, call: Callable[[float], Any]) -> Any:
        """Call until it succeeds, a minute at most; gives up when the task is to stop."""
        deadline = self._now() + _OFFSETS_DEADLINE_S
        while True:
            try:
                answer = call(_CALL_TIMEOUT_S)
            except KafkaException as error:
                reason = error.args[0]
                is_hopeless = not is_retriable(reason) or self._link.is_stopping
                if is_hopeless or self._now() > deadline:
                    raise connect_error(reason, doing) from None
                self._link.wait(_SLICE_S)
            else:
                return answer


class _Remembered:
    """Keeps an error raised in a callback of the consumer for the end of the poll."""

    def __init__(self, consumption: Consumption) -> None:
        self._consumption = consumption

    def __enter__(self) -> None:
        return

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if not isinstance(error, Exception):
            return False
        if self._consumption._error is None:  # noqa: SLF001 - part of the class above
            self._consumption._error = error  # noqa: SLF001
        return True


def _commit_error(error: KafkaError, doing: str) -> ConnectError:
    reason = connect_error(error, doing)
    return OvertakenError(reason.message) if error.code() in _OVERTAKEN else reason


_OVERTAKEN = frozenset({KafkaError.ILLEGAL_GENERATION, KafkaError.REBALANCE_IN_PROGRESS})
_NO_NEWS = frozenset({KafkaError._PARTITION_EOF})  # noqa: SLF001 - how the client names it


def _max_poll_interval_s(properties: ClientProperties) -> float:
    """Return how long the group waits for a member."""
    text = properties.translate().settings.get("max.poll.interval.ms", _MAX_POLL_INTERVAL_MS)
    return int(text) / 1000


def _kafka_partitions(partitions: Iterable[TopicPartition]) -> list[kafka.TopicPartition]:
    return [kafka.TopicPartition(where.topic, where.partition) for where in partitions]


def _kafka_offsets(
    offsets: Mapping[TopicPartition, OffsetAndMetadata],
) -> list[kafka.TopicPartition]:
    return [
        kafka.TopicPartition(where.topic, where.partition, offset, metadata=metadata)
        for where, (offset, metadata) in offsets.items()
    ]


def _place(message: kafka.Message) -> tuple[str | None, int | None]:
    return message.topic(), message.partition()


def _places(partitions: Iterable[kafka.TopicPartition]) -> set[tuple[str, int]]:
    return {(each.topic, each.partition) for each in partitions}


def _partitions(partitions: Iterable[kafka.TopicPartition]) -> set[TopicPartition]:
    return {TopicPartition(each.topic, each.partition) for each in partitions}
