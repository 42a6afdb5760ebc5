# SPDX-License-Identifier: Apache-2.0
"""Two applications in one process, which ask each other without a network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from barnabas.errors import (
    AlreadyExistsError,
    BadRequestError,
    DeadlineError,
    NotFoundError,
    NotLeaderError,
    NotOwnerError,
    PeerLostError,
    PeerUnreachableError,
    RebalanceError,
    RequestTargetError,
)
from barnabas.rest import forwarding
from barnabas.rest.application import make_application
from barnabas.rest.context import RestContext
from barnabas.runtime.herder import notices
from barnabas.runtime.herder.deadlines import remaining_s
from barnabas.runtime.herder.peers import PeerAnswer, PeerClient, PeerRequest
from barnabas.runtime.model import ConnectorInfo, ConnectorType
from tests.unit.rest.stand_ins import JSON, FakeHerder, ask, client, refused, scope_of

A, B = "http://a:8083/", "http://b:8083/"
SIGNED = {"X-Connect-Authorization": "x", "X-Connect-Request-Signature-Algorithm": "HmacSHA256"}
CONFLICT = "Cannot complete request because of a conflicting operation (e.g. worker rebalance)"


class Member(FakeHerder):
    """Raises what ``errors`` holds, one for each change it is asked for, then does them."""

    def __init__(self) -> None:
        super().__init__()
        self.configs["c"] = {"name": "c"}
        self.errors: list[Exception] = []
        self.time_left: list[float] = []

    async def _turn(self, *asked: Any) -> None:
        self.time_left.append(remaining_s(-1))
        if self.errors:
            raise self.errors.pop(0)
        await super()._turn(*asked)


class Network(PeerClient):
    """Carries requests to applications by their address; keeps what it carried, of whom."""

    def __init__(self) -> None:
        super().__init__()
        self.apps: dict[str, Any] = {}
        self.errors: list[Exception] = []
        self.answers: list[PeerAnswer] = []
        self.carried: list[tuple[str, PeerRequest]] = []
        self.on_request: Callable[[], None] = lambda: None

    async def request(self, url: str, request: PeerRequest, timeout_s: float) -> PeerAnswer:
        self.carried.append((url, request))
        self.on_request()
        if self.errors:
            raise self.errors.pop(0)
        if self.answers:
            return self.answers.pop(0)
        target = f"{request.path}?{request.query}".encode()
        headers = [
            (key.encode(), value.encode("latin-1")) for key, value in request.headers.items()
        ]
        scope = scope_of(target, request.method, headers)
        answer = await ask(self.apps[url], scope, request.body or b"")
        return PeerAnswer(
            answer.status,
            answer.body,
            {key.decode(): value.decode() for key, value in answer.headers},
        )


class Pair:
    """Worker A, which clients ask, and worker B, which leads."""

    def __init__(self, **context: float) -> None:
        self.network = Network()
        self.a, self.b = Member(), Member()
        for url, herder in ((A, self.a), (B, self.b)):
            made = RestContext(herder, self.network, **context)
            self.network.apps[url] = make_application(made)
        self.client = client(self.network.apps[A])

    async def restart(self, query: str = "") -> httpx.Response:
        """Ask A for something that has no body."""
        return await self.client.post(f"/connectors/c/restart{query}")

    @property
    def hops(self) -> list[tuple[str, str]]:
        """Who was asked by another worker, with which parameters."""
        return [(url, request.query) for url, request in self.network.carried]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarding, "_FIRST_PAUSE_S", 0.0)


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    made = Pair()
    async with made.client:
        yield made


def leads(url: str | None) -> NotLeaderError:
    return NotLeaderError("another worker leads", url)


# -- what is passed on -----------------------------------------------------------------------------

CHANGES = [
    (
        "POST",
        "/connectors",
        {"name": "n", "config": {}},
        ("create", "n", {"name": "n"}, None, False),
    ),
    (
        "PUT",
        "/connectors/c/config",
        {"a": "1"},
        ("create", "c", {"a": "1", "name": "c"}, None, True),
    ),
    ("PATCH", "/connectors/c/config", {"a": None}, ("patch", "c", {"a": None})),
    ("DELETE", "/connectors/c", None, ("delete", "c")),
    ("PUT", "/connectors/c/stop", None, ("stop", "c")),
    ("POST", "/connectors/c/restart", None, ("restart", "c")),
    ("POST", "/connectors/c/restart?includeTasks=true", None, None),
    ("POST", "/connectors/c/tasks/0/restart", None, None),
    ("PATCH", "/connectors/c/offsets", {"offsets": [{"partition": {}}]}, None),
    ("DELETE", "/connectors/c/offsets", None, ("reset", "c")),
    ("POST", "/connectors/c/tasks", [{"a": "1"}], None),
    ("PUT", "/connectors/c/fence", None, ("fence", "c", None)),
]


@pytest.mark.parametrize("wrong", [NotLeaderError, NotOwnerError])
@pytest.mark.parametrize(("method", "path", "body", "asked"), CHANGES)
async def test_the_answer_is_that_of_the_worker_who_can(
    pair: Pair, wrong: type[RequestTargetError], method: str, path: str, body: Any, asked: Any
):
    sent = {} if body is None else {"json": body}
    there = await pair.client.request(method, path, **sent)  # as if A were the one
    pair.a.errors = [wrong("not me", B)]
    answer = await pair.client.request(method, path, **sent)
    assert (answer.status_code, answer.content) == (there.status_code, there.content)
    assert answer.headers.get("location") == there.headers.get("location")
    assert pair.b.asked == pair.a.asked
    assert asked is None or pair.b.asked == [asked]


async def test_what_a_user_should_know_comes_along(pair: Pair, monkeypatch: pytest.MonkeyPatch):
    turn = pair.b._turn

    async def telling_turn(*asked: Any) -> None:
        await turn(*asked)
        notices.tell("It goes on where another ended.")

    monkeypatch.setattr(pair.b, "_turn", telling_turn)
    pair.a.errors = [leads(B)]
    answer = await pair.client.put("/connectors/c/config", json={})
    assert answer.headers["X-Barnabas-Warning"] == "It goes on where another ended."
    answer = await pair.client.put("/connectors/c/config", json={})
    assert "X-Barnabas-Warning" not in answer.headers


async def test_created_there_is_created(pair: Pair):
    pair.a.errors = [leads(B)]
    config = {"name": "ü n"}
    answer = await pair.client.post("/connectors", json={"name": "ü n", "config": config})
    info = ConnectorInfo.of("ü n", config, [], ConnectorType.SINK)
    assert (answer.status_code, answer.json()["name"]) == (201, info.name)
    assert answer.headers["location"] == "http://worker:8083/connectors/%C3%BC%20n"


async def test_what_was_there_is_not_created(pair: Pair):
    pair.a.errors = [leads(B)]
    answer = await pair.client.put("/connectors/c/config", json={})
    assert (answer.status_code, "location" in answer.headers) == (200, False)


async def test_body_path_and_parameters_are_passed_on_as_they_came(pair: Pair):
    pair.a.errors = [leads(B)]
    body = b'\xef\xbb\xbf { "a" : 1.50, "b":"\\u00fc" }'
    path = b"/connectors/a%20b%3F%C3%BC/config?forwarded=x&forward=true&only%46ailed=%31&x"
    headers = [(b"content-type", b"application/json; charset=utf-8")]
    await ask(pair.network.apps[A], scope_of(path, "PUT", headers), body)
    (_, request), *_ = pair.network.carried
    assert request.path.encode() == path.partition(b"?")[0]
    assert request.query == "forward=false&forwarded=x&only%46ailed=%31&x"
    assert request.body == body
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert pair.b.asked == [
        ("create", "a b?ü", {"a": "1.50", "b": "ü", "name": "a b?ü"}, None, True)
    ]


async def test_a_request_without_body_is_passed_on_without(pair: Pair):
    pair.a.errors = [leads(B)]
    await pair.client.delete("/connectors/c")
    (_, request), *_ = pair.network.carried
    assert (request.body, "content-type" in request.headers) == (None, False)


async def test_a_large_body_is_passed_on(pair: Pair):
    pair.a.errors = [leads(B)]
    config = {f"k{number}": "v" * 1000 for number in range(5000)}
    answer = await pair.client.put("/connectors/c/config", json=config)
    assert (answer.status_code, len(pair.b.asked[0][2])) == (200, 5001)


async def test_who_asks_is_passed_on_and_nothing_else_of_them(pair: Pair):
    pair.a.errors = [leads(B)]
    await pair.client.post(
        "/connectors/c/restart",
        headers={"authorization": "Basic eA==", "cookie": "a=b", "x-forwarded-for": "1"},
    )
    (_, request), *_ = pair.network.carried
    assert set(request.headers) == {"authorization", "x-connect-request-timeout-ms"}
    assert request.headers["authorization"] == "Basic eA=="


async def test_the_proof_of_a_request_between_workers_stays_with_it(pair: Pair):
    pair.a.errors = [leads(B)]
    body = b'[ {"a":1} ]'
    await pair.client.post("/connectors/c/tasks", content=body, headers={**JSON, **SIGNED})
    assert pair.b.asked == [("task configs", "c", [{"a": "1"}], body, "x")]


@pytest.mark.parametrize(
    "error", [NotFoundError("no c"), AlreadyExistsError("there"), ValueError("?")]
)
async def test_errors_of_the_other_worker_are_passed_on(pair: Pair, error: Exception):
    pair.a.errors = [leads(B)]
    pair.b.errors = [error]
    answer = await pair.restart()
    assert answer.json()["message"] == str(error)
    assert len(pair.network.carried) == 1


async def test_what_is_not_connects_error_is_passed_on_with_its_type(pair: Pair):
    pair.a.errors = [leads(B)]
    denied = PeerAnswer(401, b"User cannot access the resource.", {"content-type": "text/plain"})
    pair.network.answers = [denied]
    answer = await pair.restart()
    assert (answer.status_code, answer.content) == (401, denied.body)
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("status", [101, 302])
async def test_an_answer_that_is_neither_success_nor_error(pair: Pair, status: int):
    pair.a.errors = [leads(B)]
    pair.network.answers = [PeerAnswer(status, b"", {})]
    message = f"Unexpected status code when handling forwarded request: {status}"
    assert refused(await pair.restart()) == (500, message)


# -- how far ---------------------------------------------------------------------------------------


async def test_a_request_reaches_the_owner_through_the_leader(pair: Pair):
    pair.a.errors = [leads(B)]
    pair.b.errors = [NotOwnerError("runs at a", A)]
    answer = await pair.restart("?onlyFailed=false")
    assert answer.status_code == 204
    assert pair.hops == [
        (B, "forward=true&onlyFailed=false"),
        (A, "forward=false&onlyFailed=false"),
    ]


async def test_nobody_forwards_for_the_third_time(pair: Pair):
    pair.a.errors = [leads(B)]
    pair.a.doing = "The worker is currently waiting, which began at T."
    answer = await pair.restart("?forward=false")
    assert refused(answer) == (409, f"{CONFLICT}: another worker leads. {pair.a.doing}")
    assert (answer.headers["retry-after"], pair.hops) == ("1", [])


async def test_two_who_take_each_other_for_the_leader_end_with_a_conflict():
    pair = Pair(request_timeout_s=0.5)
    pair.a.errors = [leads(B)] * 9
    pair.b.errors = [leads(A)] * 9
    answer = await pair.restart()
    assert refused(answer)[0] == 409
    assert refused(answer)[1].startswith(CONFLICT)
    assert pair.hops == [(B, "forward=true"), (A, "forward=false")]


async def test_it_is_tried_again_until_they_agree(pair: Pair):
    pair.a.errors = [leads(B), leads(A)]
    pair.b.errors = [leads(A)]
    answer = await pair.restart()
    assert answer.status_code == 204


async def test_a_worker_that_knows_no_others_forwards_nothing():
    herder = Member()
    herder.errors = [leads(B)]
    async with client(make_application(RestContext(herder))) as rest:
        assert refused(await rest.delete("/connectors/c"))[0] == 409


# -- waiting ---------------------------------------------------------------------------------------


async def test_it_waits_until_there_is_a_leader(pair: Pair):
    pair.a.errors = [leads(None), leads(None), leads(B)]
    assert (await pair.restart()).status_code == 204
    assert pair.hops == [(B, "forward=true")]


async def test_without_a_leader_until_the_end_it_is_a_conflict():
    pair = Pair(request_timeout_s=0.5)
    pair.a.errors = [leads(None)] * 9
    pair.a.doing = "The worker is currently joining, which began at T."
    answer = await pair.restart()
    status, message = refused(answer)
    assert status == 409
    assert message is not None
    assert message.startswith("Cannot complete request momentarily due to no known leader URL")
    assert message.endswith("The worker is currently joining, which began at T.")
    assert answer.headers["retry-after"] == "1"


JAVA_HAS_NO_TIME = [
    PeerAnswer(409, json.dumps({"error_code": 409, "message": text}).encode(), JSON)
    for text in (
        CONFLICT,
        "Cannot complete request momentarily due to no known leader URL, likely because a …",
        "Cannot complete request momentarily due to stale configuration (typically caused …)",
    )
]
STARTING = PeerAnswer(404, b"<html>404 Not Found</html>", {"content-type": "text/html"})


@pytest.mark.parametrize("momentary", [*JAVA_HAS_NO_TIME, STARTING])
async def test_what_java_could_not_do_for_a_moment_is_tried_again(
    pair: Pair, momentary: PeerAnswer
):
    pair.a.errors = [leads(B), leads(B)]
    pair.network.answers = [momentary]
    assert (await pair.restart()).status_code == 204
    assert len(pair.b.asked) == 1


@pytest.mark.parametrize(
    ("momentary", "text"),
    [
        (JAVA_HAS_NO_TIME[1], "no known leader URL"),
        (STARTING, f"the worker at {B} is still starting"),
    ],
)
async def test_what_stays_momentary_until_the_end_is_a_conflict(momentary: PeerAnswer, text: str):
    pair = Pair(request_timeout_s=0.5)
    pair.a.errors = [leads(B)] * 9
    pair.network.answers = [momentary] * 9
    answer = await pair.restart()
    assert (answer.status_code, answer.headers["retry-after"]) == (409, "1")
    assert text in answer.json()["message"]


@pytest.mark.parametrize(
    "answer",
    [
        PeerAnswer(409, b'{"error_code":409,"message":"Connector c already exists"}', JSON),
        PeerAnswer(404, b'{"error_code":404,"message":"Connector c not found"}', JSON),
        PeerAnswer(409, b"<html>", {"content-type": "text/html"}),
    ],
)
async def test_what_is_final_is_not_tried_again(pair: Pair, answer: PeerAnswer):
    pair.a.errors = [leads(B)]
    pair.network.answers = [answer]
    given = await pair.restart()
    assert (given.status_code, given.content) == (answer.status, answer.body)


async def test_a_worker_of_ours_has_waited_before_it_says_when_to_try_again(pair: Pair):
    pair.a.errors = [leads(B)]
    pair.b.errors = [RebalanceError("Cannot complete request momentarily: task c-0 waits", 279.2)]
    answer = await pair.restart()
    assert (answer.status_code, answer.headers["retry-after"]) == (409, "280")
    assert "task c-0 waits" in answer.json()["message"]
    assert len(pair.network.carried) == 1


async def test_a_rebalance_the_herder_waited_for_is_a_conflict(pair: Pair):
    pair.a.errors = [RebalanceError("the group is balanced anew since T")]
    answer = await pair.restart()
    assert refused(answer) == (409, "the group is balanced anew since T")
    assert answer.headers["retry-after"] == "1"


async def test_all_who_work_for_a_request_share_its_time(pair: Pair):
    pair.a.errors = [leads(B)]
    pair.b.errors = [leads(A)]
    await pair.restart()
    first, last = (
        request.headers["x-connect-request-timeout-ms"] for _, request in pair.network.carried
    )
    assert 60_000 < int(last) < int(first) < 90_000
    (at_a, at_a_again), (at_b,) = pair.a.time_left, pair.b.time_left
    assert 60 < at_a_again < at_b < at_a < 90
    assert (at_b < int(first) / 1000, at_a_again < int(last) / 1000) == (True, True)


# -- who cannot be reached -------------------------------------------------------------------------


def gone(*, may_pass: bool = True) -> PeerUnreachableError:
    return PeerUnreachableError(
        f"The worker that advertises {B} cannot be reached", may_pass=may_pass
    )


async def test_a_leader_that_died_is_replaced_while_the_request_waits(pair: Pair):
    pair.a.errors = [leads(B), leads(B)]
    pair.network.errors = [gone(), gone()]
    assert (await pair.restart()).status_code == 204
    assert (len(pair.a.asked), pair.b.asked) == (1, [])


class Clock:
    """Stands in for the module ``time``; each request takes ten seconds."""

    def __init__(self, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        pair.network.on_request = self.advance
        monkeypatch.setattr(forwarding, "time", self)

    def advance(self) -> None:
        self.now += 10

    def monotonic(self) -> float:
        return self.now


async def test_a_member_that_stays_unreachable_is_named(pair: Pair, monkeypatch, caplog):
    Clock(pair, monkeypatch)
    pair.a.errors = [leads(B)] * 9
    pair.network.errors = [gone()] * 9
    message = f"IO Error trying to forward REST request: {gone().message}"
    assert refused(await pair.restart()) == (500, message)
    assert len(pair.network.carried) == 3  # the patience is 15 s
    assert caplog.text.count(f"A request waits: {gone().message}") == 1


async def test_patience_begins_anew_with_each_worker(pair: Pair, monkeypatch):
    Clock(pair, monkeypatch)
    pair.a.errors = [leads(B), leads(B), leads(A), leads(A), leads(B)]
    pair.network.errors = [gone()] * 4
    assert (await pair.restart()).status_code == 204
    assert len(pair.network.carried) == 5


async def test_what_only_other_settings_can_mend_is_said_at_once(pair: Pair):
    pair.a.errors = [leads(B)]
    pair.network.errors = [gone(may_pass=False)]
    assert refused(await pair.restart())[0] == 500


async def test_unreachable_until_the_end():
    pair = Pair(request_timeout_s=0.5)
    pair.a.errors = [leads(B)]
    pair.network.errors = [gone()]
    assert "cannot be reached" in str(refused(await pair.restart())[1])


async def test_what_may_have_been_carried_out_is_not_sent_again(pair: Pair):
    pair.a.errors = [leads(B)]
    pair.network.errors = [PeerLostError("broke; it may have been carried out")]
    status, message = refused(await pair.restart())
    assert status == 500
    assert message == "IO Error trying to forward REST request: broke; it may have been carried out"
    assert len(pair.network.carried) == 1


async def test_what_took_too_long_there(pair: Pair):
    pair.a.errors = [leads(B)]
    pair.network.errors = [DeadlineError("The worker did not answer")]
    assert refused(await pair.restart()) == (500, "Request timed out. The worker did not answer")


async def test_reads_are_answered_while_others_wait(pair: Pair):
    pair.a.errors = [leads(B)] * 20
    pair.b.busy = True
    waiting = [asyncio.create_task(pair.restart()) for _ in range(20)]
    while len(pair.b.asked) < 20:
        await asyncio.wait(waiting, timeout=0.001)
    assert (await pair.client.get("/connectors")).json() == ["c"]
    pair.b.finished.set()
    assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {204}


async def test_what_a_user_should_know_comes_with_a_refusal_too(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
):
    async def refusing_turn(*_asked: Any) -> None:
        notices.tell("The setting topc is not known.")
        raise BadRequestError("topic is missing")

    monkeypatch.setattr(pair.b, "_turn", refusing_turn)
    pair.a.errors = [leads(B)]
    answer = await pair.client.put("/connectors/c/config", json={})
    assert answer.status_code == 400
    assert answer.headers["X-Barnabas-Warning"] == "The setting topc is not known."
