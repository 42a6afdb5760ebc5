# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import logging
import re

import pytest

from barnabas.rest.access_log import AccessLog
from tests.unit.rest.echo import Echo, ask

LOGGER = "barnabas.rest.access_log"


async def test_a_request_is_one_line(caplog):
    with caplog.at_level(logging.INFO, LOGGER):
        await ask(AccessLog(Echo()), "GET", "/connectors?expand=info", user_agent="me")
    (line,) = [record.getMessage() for record in caplog.records if record.name == LOGGER]
    moment = r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\]"
    request = re.escape('"GET /connectors?expand=info HTTP/1.1" 200 4 "-" "me" ')
    assert re.fullmatch(rf"127\.0\.0\.1 - - {moment} {request}\d+", line)


async def test_nothing_is_logged_below_the_level(caplog):
    with caplog.at_level(logging.WARNING, LOGGER):
        await ask(AccessLog(Echo()))
    assert [record for record in caplog.records if record.name == LOGGER] == []


@pytest.mark.parametrize(
    ("path", "status", "level"),
    [
        ("/health", 200, "DEBUG"),
        ("/health", 503, "INFO"),
        ("/connectors/health", 200, "INFO"),
    ],
)
async def test_only_polls_that_find_the_worker_healthy_are_logged_at_debug(
    caplog, path, status, level
):
    with caplog.at_level(logging.DEBUG, LOGGER):
        await ask(AccessLog(Echo(status=status)), "GET", path)
    (record,) = [record for record in caplog.records if record.name == LOGGER]
    assert record.levelname == level


async def test_a_poll_of_the_health_is_no_line_at_info(caplog):
    with caplog.at_level(logging.INFO, LOGGER):
        await ask(AccessLog(Echo()), "GET", "/health")
    assert [record for record in caplog.records if record.name == LOGGER] == []
