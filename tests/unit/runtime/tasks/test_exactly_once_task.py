# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import logging

import msgspec
import pytest

from barnabas.runtime.pipeline import Chain, FailFast, SourcePipeline
from barnabas.runtime.tasks.exactly_once_task import ignored_settings, make_exactly_once_loop
from barnabas.runtime.tasks.link import ExactlyOnce
from barnabas.runtime.tasks.transaction_requests import TransactionRequests
from barnabas.testing import MemoryTaskLink
from tests.unit.runtime.pipeline.doubles import converters
from tests.unit.runtime.tasks.doubles import Source, spec

HOW = ExactlyOnce("g-c-0", "offsets", copies_offsets=False)


def made(**config: str) -> Source:
    settings = {name.replace("_", "."): value for name, value in config.items()}
    task, tolerance = Source(), FailFast()
    lane = SourcePipeline(converters(), Chain((), tolerance), tolerance)
    given = msgspec.structs.replace(spec(**settings), exactly_once=HOW)
    make_exactly_once_loop(given, MemoryTaskLink(), task, lane)
    return task


@pytest.mark.parametrize("boundary", ["poll", "interval"])
def test_a_task_that_does_not_define_transactions_has_no_way_to(boundary: str) -> None:
    assert made(transaction_boundary=boundary).context.transaction_context is None


def test_a_task_that_defines_transactions_has_a_context_for_them() -> None:
    context = made(transaction_boundary="connector").context
    assert isinstance(context.transaction_context, TransactionRequests)


def test_settings_that_cannot_be_had_are_warned_of(caplog) -> None:
    with caplog.at_level(logging.WARNING):
        made(producer_override_enable_idempotence="false")
    assert "producer.override.enable.idempotence" in caplog.text


def test_settings_as_they_must_be_are_no_reason_to_warn() -> None:
    given = spec(**{"producer.override.enable.idempotence": "TRUE"})
    assert ignored_settings(given, "g-c-0") == []


def test_another_transactional_id_is_ignored() -> None:
    given = spec(**{"producer.override.transactional.id": "mine"})
    name = "producer.override.transactional.id"
    assert ignored_settings(given, "g-c-0") == [(name, "mine", "g-c-0")]
