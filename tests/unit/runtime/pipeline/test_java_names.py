# SPDX-License-Identifier: Apache-2.0
"""Names as Java's workers tell them."""

from __future__ import annotations

import pytest

from barnabas.api import SinkTask
from barnabas.errors import ConnectError, DataError, RetriableError
from barnabas.runtime.pipeline.java_names import JavaNames, error_name, stack_trace
from tests.unit.runtime.pipeline.doubles import Upper

CONNECT = "org.apache.kafka.connect.errors."


def test_a_plugin_has_the_name_it_stands_for() -> None:
    names = JavaNames()
    assert names.of(Upper) == "tests.unit.runtime.pipeline.doubles.Upper"
    names.add(Upper, "com.example.Upper")
    assert names.of(Upper) == "com.example.Upper"
    assert names.of(SinkTask) == "org.apache.kafka.connect.sink.SinkTask"


class OwnError(DataError):
    """Not Java's."""


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (DataError("x"), f"{CONNECT}DataException"),
        (RetriableError("x"), f"{CONNECT}RetriableException"),
        (ConnectError("x"), f"{CONNECT}ConnectException"),
        (ValueError("x"), "ValueError"),
        (OwnError("x"), f"{__name__}.OwnError"),
    ],
    ids=["data", "retriable", "connect", "python", "own"],
)
def test_errors_of_connect_have_javas_names(error: Exception, name: str) -> None:
    assert error_name(error) == name


def boom() -> None:
    message = "inner"
    raise ValueError(message)


def test_a_stack_trace_tells_the_error_its_places_and_its_cause() -> None:
    try:
        try:
            boom()
        except ValueError as cause:
            raise DataError("outer") from cause
    except DataError as error:
        lines = stack_trace(error).splitlines()
    assert lines[0] == f"{CONNECT}DataException: outer"
    assert lines[1].startswith(f"\tat {__name__}.test_a_stack_trace_tells")
    assert lines[2] == "Caused by: ValueError: inner"
    assert lines[3].startswith(f"\tat {__name__}.boom(test_java_names.py:")


def test_an_error_without_a_message_has_only_its_name() -> None:
    assert stack_trace(ValueError()) == "ValueError\n"
