# SPDX-License-Identifier: Apache-2.0
"""What kind of failure an error is."""

from __future__ import annotations

import pickle

import pytest

from barnabas.api import SinkRecord
from barnabas.errors import ConfigError, ConnectError, RetriableError
from barnabas.runtime.model import FailureCause
from barnabas.runtime.pipeline import FailFast
from barnabas.runtime.pipeline.failure import Failure, Stage
from barnabas.runtime.tasks.failure_cause import BatchError, failure_cause


class OperationalError(Exception):
    """As drivers of databases raise it."""


def record(partition: int, offset: int) -> SinkRecord:
    return SinkRecord(topic="t", kafka_partition=partition, kafka_offset=offset)


RECORDS = [record(0, 5), record(1, 9), record(0, 6)]


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except BaseException as caught:
        return caught


def test_a_record_that_cannot_be_converted_is_told():
    with pytest.raises(ConnectError) as caught:
        FailFast().handle(Failure(Stage.VALUE_CONVERTER, str, "record at 7", ValueError("x")))
    found = failure_cause(caught.value)
    assert found.kind == "record"
    assert "record at 7" in found.error


def test_records_a_sink_cannot_take_are_told_with_the_reason():
    error = raised(BatchError("put failed", RECORDS), ValueError("no such column"))
    expected = FailureCause("batch", "ValueError: no such column", {"t-0": 5, "t-1": 9})
    assert failure_cause(error) == expected


@pytest.mark.parametrize(
    "reason",
    [ConnectionRefusedError("away"), RetriableError("away"), OperationalError("away")],
    ids=lambda reason: type(reason).__name__,
)
def test_a_system_that_is_away_is_no_fault_of_the_records(reason):
    assert failure_cause(raised(BatchError("put failed", RECORDS), reason)).kind == "other"


def test_wrong_settings_are_told():
    error = raised(ConnectError("cannot start"), ConfigError("no file"))
    assert failure_cause(error).kind == "configuration"


def test_an_error_without_records_is_any_other():
    assert failure_cause(raised(BatchError("put failed"), ValueError("x"))).kind == "other"
    assert failure_cause(ValueError("x")) == FailureCause("other", "ValueError: x")


def test_long_errors_are_cut():
    assert len(failure_cause(ValueError("x" * 10_000)).error) == 500


def test_the_error_of_a_batch_survives_pickling():
    error = pickle.loads(pickle.dumps(BatchError("put failed", RECORDS)))
    assert error.message == "put failed"
    assert error.positions == {"t-0": 5, "t-1": 9}
