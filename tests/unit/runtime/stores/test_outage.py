# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import logging

import pytest

from barnabas.runtime.stores.outage import Outage


@pytest.fixture
def now():
    return [100.0]


@pytest.fixture
def outage(now, caplog):
    caplog.set_level(logging.INFO)
    return Outage("t", lambda: now[0])


def test_what_mends_itself_at_once_is_no_news(outage, now, caplog):
    outage.failed("gone", now[0])
    now[0] += 0.5
    outage.failed("gone", now[0])
    outage.over()
    assert caplog.messages == []


def test_an_outage_is_told_once_and_its_end_once(outage, now, caplog):
    for _ in range(3):
        outage.failed("no broker", now[0])
        now[0] += 1.0
        outage.failed("no broker", now[0])
    outage.over()
    outage.over()
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        (
            "WARNING",
            "Topic t cannot be reached: no broker. What was read stays in use; trying again",
        ),
        ("INFO", "Topic t can be reached again, after 3.0 s"),
    ]


def test_a_try_that_took_long_is_told_at_once(outage, now, caplog):
    outage.failed("no broker", now[0] - 5.0)
    assert len(caplog.messages) == 1


def test_the_reason_is_known_while_it_lasts(outage, now):
    outage.failed("no broker", now[0])
    assert outage.reason == "no broker"
    outage.over()
    assert outage.reason == ""


def test_the_next_outage_is_told_again(outage, now, caplog):
    for _ in range(2):
        outage.failed("no broker", now[0] - 5.0)
        outage.over()
    assert len(caplog.messages) == 4
