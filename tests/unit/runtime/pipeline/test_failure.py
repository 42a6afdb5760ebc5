# SPDX-License-Identifier: Apache-2.0
"""What is said about a record that failed."""

from __future__ import annotations

import pytest

from barnabas.errors import ConnectError, DataError
from barnabas.runtime.pipeline.failure import FailFast, Failure, Stage, describe, make_tolerance
from tests.unit.runtime.pipeline.doubles import TextConverter, sink_record, source_record


def test_first_failure_fails_the_task_and_says_where_and_why() -> None:
    error = DataError("no JSON")
    failure = Failure(Stage.VALUE_CONVERTER, TextConverter, "record from topic t", error)
    with pytest.raises(ConnectError) as raised:
        FailFast().handle(failure)
    assert raised.value.__cause__ is error
    text = raised.value.message
    assert text.startswith("Tolerance exceeded in error handler: VALUE_CONVERTER with class tests.")
    assert "TextConverter failed on the record from topic t: no JSON" in text
    assert "errors.tolerance=all" in text


def test_sink_record_is_described_by_where_it_came_from() -> None:
    moved = sink_record("secret").replace(topic="other", kafka_partition=5)
    assert describe(moved) == "record from topic t, partition 0, offset 7"


def test_source_record_is_described_without_its_content() -> None:
    text = describe(source_record("secret", source_offset={"o": "x" * 500}))
    assert text.startswith("record for topic t from source partition {'p': 1} at source offset")
    assert "secret" not in text
    assert len(text) < 400


FAILURE = Failure(Stage.KEY_CONVERTER, TextConverter, "record from topic t", DataError("no JSON"))


def test_tolerance_all_lets_failures_pass_and_says_nothing(caplog) -> None:
    make_tolerance({"errors.tolerance": "all"}, "orders-0").handle(FAILURE)
    assert caplog.text == ""


def test_without_settings_failures_fail_the_task(caplog) -> None:
    with pytest.raises(ConnectError):
        make_tolerance({}, "orders-0").handle(FAILURE)
    assert caplog.text == ""


@pytest.mark.parametrize(("include", "is_told"), [("true", True), ("false", False)])
def test_a_failure_is_logged_when_wanted_and_tolerated_still(caplog, include, is_told) -> None:
    config = {"errors.tolerance": "all", "errors.log.enable": "true"}
    config["errors.log.include.messages"] = include
    make_tolerance(config, "orders-0").handle(FAILURE)
    assert "Error encountered in task orders-0. Executing stage 'KEY_CONVERTER'" in caplog.text
    assert "no JSON" in caplog.text
    assert ("topic t" in caplog.text) is is_told


def test_a_failure_that_is_not_tolerated_is_logged_first(caplog) -> None:
    with pytest.raises(ConnectError):
        make_tolerance({"errors.log.enable": "TRUE"}, "orders-0").handle(FAILURE)
    assert "orders-0" in caplog.text


def test_records_that_were_to_go_to_a_dead_letter_queue_are_not_dropped(caplog) -> None:
    config = {"errors.tolerance": "all", "errors.deadletterqueue.topic.name": "dead"}
    with pytest.raises(ConnectError):
        make_tolerance(config, "orders-0").handle(FAILURE)
    assert "errors.deadletterqueue.topic.name is not supported yet" in caplog.text
