# SPDX-License-Identifier: Apache-2.0
"""A partition whose store fails. With a real writer it is tested in `test_sink_task`."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from barnabas.connectors._storage.claims import ClaimLostError
from barnabas.connectors._storage.partition_writer import PartitionWriter
from barnabas.connectors._storage.storage import (
    StorageAccessError,
    StorageError,
    StorageUnavailableError,
)
from barnabas.connectors._storage.supervised_partition import SupervisedPartition
from tests.unit.connectors._storage.sink_harness import PLACES, WHERE, Context, records


class Partition:
    """A supervised writer that does nothing but fail when told to."""

    def __init__(self) -> None:
        self.now = 0
        self.context = Context()
        self.writer: Any = mock.create_autospec(PartitionWriter, instance=True)
        self.writer.places = PLACES
        self.writer.is_closing = False
        self.writer.committable = None
        self.writer.give_up.return_value = None
        self.writer.recover.return_value = None
        self.all = SupervisedPartition(self.writer, self.context, 500, lambda: self.now)


@pytest.fixture
def it() -> Partition:
    return Partition()


def fail(error: StorageError) -> Any:
    def recover() -> int | None:
        raise error

    return recover


def test_it_goes_on_where_files_end(it: Partition) -> None:
    it.all.begin(lambda: 7)
    assert it.context.offsets == {WHERE: 7}
    it.all.put(records(7, 9))
    it.all.put([])
    it.writer.write.assert_called_once()
    it.writer.tick.assert_called_once()


def test_without_files_the_group_says_where(it: Partition) -> None:
    it.all.begin(lambda: None)
    assert it.context.offsets == {}


def test_a_recovery_that_fails_is_repeated(it: Partition) -> None:
    it.all.begin(fail(StorageUnavailableError("safe mode")))
    assert (it.context.paused, it.all.wake_in_ms) == ({WHERE}, 500)
    it.now = 499
    it.all.put([])
    it.writer.recover.assert_not_called()
    it.now = 500
    it.writer.recover.return_value = 3
    it.all.put([])
    assert (it.context.paused, it.context.offsets) == (set(), {WHERE: 3})
    assert it.all.wake_in_ms is None


def test_records_that_come_meanwhile_are_read_again(it: Partition) -> None:
    it.all.begin(fail(StorageUnavailableError("safe mode")))
    it.all.put(records(5, 9))
    it.now = 500
    it.all.put([])
    assert it.context.offsets == {WHERE: 5}


def test_a_failure_goes_back_to_the_last_commit(it: Partition) -> None:
    it.all.begin(lambda: None)
    it.writer.write.side_effect = StorageUnavailableError("away")
    it.writer.give_up.return_value = 4
    it.all.put(records(6, 9))
    assert it.context.offsets == {WHERE: 4}
    it.now, it.writer.recover.return_value = 500, 6
    it.all.put([])
    assert it.context.offsets == {WHERE: 6}


def test_a_lost_claim_is_taken_again(it: Partition) -> None:
    it.all.begin(lambda: None)
    it.writer.tick.side_effect = ClaimLostError("somebody else has it")
    it.all.put([])
    it.now = 500
    it.all.put([])
    it.writer.recover.assert_called_once()


@pytest.mark.parametrize("when", ["begin", "put"])
def test_what_waiting_does_not_mend_fails_the_task(it: Partition, when: str) -> None:
    error = StorageAccessError("not yours")
    if when == "begin":
        with pytest.raises(StorageAccessError):
            it.all.begin(fail(error))
        return
    it.all.begin(lambda: None)
    it.writer.write.side_effect = error
    with pytest.raises(StorageAccessError):
        it.all.put(records(0, 1))
    it.all.put([])  # a last time, for the offsets to commit
    it.writer.tick.assert_not_called()


def test_a_seek_that_did_not_happen_is_asked_for_again_but_not_for_ever(it: Partition) -> None:
    it.all.begin(lambda: None)
    it.all.put(records(0, 5))
    it.writer.tick.side_effect = StorageUnavailableError("away")
    it.writer.give_up.return_value = 2
    it.all.put([])
    it.now = 500
    it.all.put([])
    it.writer.tick.side_effect = None
    for start in (5, 10, 15):
        it.context.offsets.clear()
        it.all.put(records(start, start + 5))
        assert it.context.offsets == {WHERE: 2}
    it.all.put(records(20, 25))  # so what lies between is no longer in the topic
    assert it.writer.write.call_count == 2


def test_what_was_read_on_from_an_earlier_wish_to_go_back_is_left_out(it: Partition) -> None:
    it.all.begin(lambda: None)
    it.all.put(records(0, 20))
    it.writer.tick.side_effect = StorageUnavailableError("away")
    it.writer.give_up.return_value = 10
    it.all.put([])
    it.all.put(records(10, 13))  # read before the partition was paused
    it.now = 500
    it.all.put([])
    it.writer.tick.side_effect = None
    it.context.offsets.clear()
    it.all.put(records(13, 17))  # was waiting in the client when it was asked to go back again
    assert (it.context.offsets, it.writer.write.call_count) == ({WHERE: 10}, 1)
    it.all.put(records(10, 17))
    it.writer.write.assert_called_with(records(10, 17))


def test_it_is_called_soon_while_files_are_closed(it: Partition) -> None:
    it.all.begin(lambda: None)
    it.writer.is_closing = True
    assert it.all.wake_in_ms == 100


def test_an_end_that_fails_is_logged(it: Partition, caplog: pytest.LogCaptureFixture) -> None:
    it.writer.end.side_effect = StorageUnavailableError("away")
    it.all.end(1.0)
    assert "not everything was cleaned up" in caplog.text
