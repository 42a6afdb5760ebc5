# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import logging

import httpx
import pytest
from litestar import Litestar, get

from barnabas import errors
from barnabas.rest.errors import EXCEPTION_HANDLERS, status_of
from barnabas.telemetry import logs


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFoundError("x"), 404),
        (errors.AlreadyExistsError("x"), 409),
        (errors.ConflictError("x"), 409),
        (errors.RebalanceError("x"), 409),
        (errors.NotLeaderError("x", "http://b:8083/"), 409),
        (errors.BadRequestError("x"), 400),
        (errors.ConfigError("x"), 400),
        (errors.PluginError("x"), 400),
        (errors.ForbiddenError("x"), 403),
        (errors.UnavailableError("x"), 503),
        (errors.DeadlineError("x"), 500),
        (errors.UnsupportedError("x"), 500),
        (errors.ConnectError("x"), 500),
        (ValueError("x"), 500),
    ],
)
def test_each_error_has_its_status(error: Exception, status: int):
    assert status_of(error) == status


async def answer_to(error: Exception) -> httpx.Response:
    @get("/")
    async def fail() -> None:
        raise error

    app = Litestar(
        [fail], exception_handlers=EXCEPTION_HANDLERS, openapi_config=None, logging_config=None
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://w") as client:
        return await client.get("/")


async def test_the_body_has_code_and_message():
    answer = await answer_to(errors.NotFoundError("Connector c not found"))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"error_code": 404, "message": "Connector c not found"}


async def test_an_error_of_ours_is_logged_with_its_trace(caplog):
    with caplog.at_level(logging.ERROR):
        answer = await answer_to(ValueError("ours"))
    assert answer.json() == {"error_code": 500, "message": "ours"}
    assert "Traceback" in caplog.text


async def test_an_error_without_text_has_its_name():
    assert (await answer_to(ValueError())).json()["message"] == "ValueError"


async def test_secrets_do_not_leave(monkeypatch):
    monkeypatch.setattr(logs, "_secrets", {"s3cret"})
    answer = await answer_to(errors.BadRequestError("password s3cret is wrong"))
    assert answer.json()["message"] == "password [hidden] is wrong"


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (errors.RebalanceError("x", 3.2), "4"),
        (errors.RebalanceError("x", 0), "1"),
        (errors.NotOwnerError("x"), "1"),
        (errors.AlreadyExistsError("x"), None),
        (errors.ConflictError("x"), None),
    ],
)
async def test_a_conflict_that_passes_says_when_to_try_again(error: Exception, seconds: str | None):
    assert (await answer_to(error)).headers.get("retry-after") == seconds


async def test_what_the_user_should_know_besides_comes_in_a_header():
    error = errors.BadRequestError("topic is missing")
    assert "X-Barnabas-Warning" not in (await answer_to(error)).headers
    error.notices = ("topc is not known.", "Nor is z.")
    answer = await answer_to(error)
    assert answer.headers["X-Barnabas-Warning"] == "topc is not known. | Nor is z."
