# SPDX-License-Identifier: Apache-2.0
"""Requests to the coordinator of a group, tried again while there is none."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest
from kafka.protocol.consumer import OffsetFetchRequest, OffsetFetchResponse

from barnabas.errors import RetriableError
from barnabas.kafka import coordinator_request, layering
from barnabas.kafka.coordinator_request import ask_coordinator
from barnabas.kafka.offset_reading import _request

PROPERTIES = layering.admin({"bootstrap.servers": "broker:9092"}, "me")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the coordinator answers, one after the other; the last one again and again."""
    left: list[Any] = []

    class Connection:
        async def ask(self, _request: Any, _timeout_s: float) -> Any:
            return left.pop(0) if len(left) > 1 else left[0]

        def close(self) -> None:
            pass

    class Coordinator:
        address = "broker:9092"

        def __init__(self, _settings: Any) -> None:
            pass

        async def find(self) -> None:
            pass

        def close(self) -> None:
            pass

    async def open_connection(*_: Any) -> Connection:
        return Connection()

    doorman = types.SimpleNamespace(open=open_connection)
    monkeypatch.setattr(coordinator_request, "GroupCoordinator", Coordinator)
    monkeypatch.setattr(coordinator_request, "Doorman", lambda *_: doorman)
    monkeypatch.setattr(coordinator_request, "_PAUSE_S", 0)
    return left


def told(code: int) -> Any:
    group = types.SimpleNamespace(error_code=code)
    return types.SimpleNamespace(error_code=None, groups=[group])


def old(code: int) -> Any:
    return types.SimpleNamespace(error_code=code)


@pytest.mark.parametrize("make", [told, old])
@pytest.mark.parametrize("lost", [14, 15, 16])
def test_it_asks_again_while_there_is_no_coordinator(
    answers: list[Any], make: Callable[[int], Any], lost: int
) -> None:
    good = make(0)
    answers += [make(lost), make(lost), good]
    assert ask_coordinator(PROPERTIES, "g", None, 10.0, "Asking") is good


def test_other_errors_are_answers(answers: list[Any]) -> None:
    refused = told(30)
    answers += [refused, told(0)]
    assert ask_coordinator(PROPERTIES, "g", None, 10.0, "Asking") is refused


def test_it_gives_up_in_time(answers: list[Any]) -> None:
    answers += [told(16)]
    with pytest.raises(RetriableError, match="Asking failed: no broker answered at broker:9092"):
        ask_coordinator(PROPERTIES, "g", None, 0.05, "Asking")


@pytest.mark.parametrize("version", range(2, OffsetFetchRequest.max_version + 1))
def test_offsets_are_asked_for_in_all_versions(version: int) -> None:
    request = _request("g")
    request.API_VERSION = version
    read = OffsetFetchRequest.decode(request.encode(), version=version)
    asked = read.groups[0] if version >= 8 else read
    assert (asked.group_id, asked.topics) == ("g", None)
    assert OffsetFetchResponse.max_version >= version
