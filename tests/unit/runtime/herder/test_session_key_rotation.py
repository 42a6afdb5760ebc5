# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest

from barnabas.errors import ConnectError
from barnabas.runtime.herder import session_key_rotation
from barnabas.runtime.herder.session_key_rotation import SessionKeyRotation
from barnabas.runtime.model import SessionKey
from barnabas.runtime.settings.distributed import DistributedConfig
from tests.unit.runtime.settings.test_worker import DISTRIBUTED

NOW_MS = 10_000_000
a_moment = asyncio.sleep
FRESH = SessionKey(b"k" * 32, "HmacSHA256", NOW_MS)


class Topic:
    """Where the key is; counts the tries to write one."""

    def __init__(self, key: SessionKey | None = None, refuses: int = 0) -> None:
        self.key = key
        self.refuses = refuses
        self.tries = 0

    async def write(self, key: SessionKey) -> None:
        self.tries += 1
        if self.refuses:
            self.refuses -= 1
            message = "no right"
            raise ConnectError(message)
        self.key = key


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses that were made; they take no time, and the one after the tenth never ends."""
    made: list[float] = []

    async def pause(seconds: float) -> None:
        made.append(seconds)
        await (asyncio.Event().wait() if len(made) > 10 else a_moment(0))

    monkeypatch.setattr(session_key_rotation.asyncio, "sleep", pause)
    return made


async def run(topic: Topic, until: Callable[[], bool], **settings: str) -> None:
    props = {**DISTRIBUTED, **{name.replace("_", "."): value for name, value in settings.items()}}
    rotation = SessionKeyRotation(
        DistributedConfig(props), lambda: topic.key, topic.write, lambda: NOW_MS
    )
    rotation.begin()
    async with asyncio.timeout(5):
        while not until():
            await a_moment(0)
    await rotation.end()


async def test_a_group_without_a_key_gets_one(pauses: list[float]) -> None:
    topic = Topic()
    await run(topic, lambda: bool(pauses))
    assert topic.key is not None
    assert (len(topic.key.key), topic.key.algorithm, topic.key.created_ms) == (
        32,
        "HmacSHA256",
        NOW_MS,
    )


async def test_a_fresh_key_is_kept_until_it_is_old(pauses: list[float]) -> None:
    topic = Topic(FRESH)
    await run(topic, lambda: bool(pauses), inter_worker_key_ttl_ms="7000")
    assert topic.tries == 0
    assert pauses[0] == 7.0


async def test_a_key_that_cannot_be_written_is_tried_again_ever_more_rarely(
    pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    topic = Topic(refuses=7)
    await run(topic, lambda: topic.tries == 8)
    assert pauses[:7] == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert told == ["Session key: a new one could not be written: no right"]


async def test_a_key_from_the_future_is_replaced_and_the_clocks_are_named(
    pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    topic = Topic(SessionKey(b"k" * 32, "HmacSHA256", NOW_MS + 3_600_000))
    await run(topic, lambda: bool(pauses))
    assert topic.key is not None
    assert topic.key.created_ms == NOW_MS
    (warning,) = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert "3600 s in the future by this worker's clock" in warning.getMessage()
    assert "NTP" in warning.getMessage()


async def test_keys_that_never_expire_are_not_replaced_for_their_time(pauses: list[float]) -> None:
    topic = Topic(SessionKey(b"k" * 32, "HmacSHA256", NOW_MS + 3_600_000))
    await run(topic, lambda: bool(pauses), inter_worker_key_ttl_ms="0")
    assert topic.tries == 0


async def test_the_duty_can_be_laid_down_and_taken_up_again(pauses: list[float]) -> None:
    topic = Topic(FRESH)
    rotation = SessionKeyRotation(
        DistributedConfig(DISTRIBUTED), lambda: topic.key, topic.write, lambda: NOW_MS
    )
    await rotation.end()
    rotation.begin()
    rotation.begin()
    await rotation.end()
    topic.key = None
    rotation.begin()
    async with asyncio.timeout(5):
        while topic.key is None:
            await a_moment(0)
    await rotation.end()
    assert topic.tries == 1
