# SPDX-License-Identifier: Apache-2.0
"""Signs of life: how often, and what happens without an answer (see also test_driver)."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable

import pytest

from barnabas.kafka.group_coordinator import Heartbeat
from barnabas.kafka.group_errors import CoordinatorLostError, GenerationLostError, GroupRefusedError
from barnabas.runtime.group.metrics import GroupMetrics
from barnabas.runtime.group.pulse import Loss, Pulse
from barnabas.runtime.group.trouble import Trouble
from tests.unit.runtime.group.member_doubles import HEARTBEAT_S, TIMES, FakeCoordinator, SameLoop
from tests.unit.runtime.group.virtual_time import now, run


class Ear:
    def __init__(self) -> None:
        self.wishes: list[str] = []
        self.losses: list[tuple[Loss, str]] = []

    def wish(self, reason: str) -> None:
        self.wishes.append(reason)

    def lose(self, loss: Loss, reason: str) -> None:
        self.losses.append((loss, reason))

    def on_lease(self, deadline_s: float) -> None: ...


class Scene:
    def __init__(self) -> None:
        self.ear, self.coordinator = Ear(), FakeCoordinator()
        self.trouble = Trouble(logging.getLogger("tests.pulse"), "Group g", now)
        self.coordinator.member_id, self.coordinator.generation = "me", 3
        self.pulse = Pulse(
            self.coordinator,
            TIMES,
            self.ear,
            bridge=SameLoop(),
            trouble=self.trouble,
            metrics=GroupMetrics(),
            now=now,
        )


def play(act: Callable[[Scene], Awaitable[None]]) -> None:
    async def stage() -> None:
        scene = Scene()

        async def for_ever(step: Callable[[], Awaitable[None]]) -> None:
            while True:
                await step()

        steps = (scene.pulse.beat, scene.pulse.watch)
        tasks = [asyncio.create_task(for_ever(step)) for step in steps]
        try:
            await act(scene)
        finally:
            for task in tasks:
                task.cancel()

    run(stage())


def pauses(beats: list[float]) -> list[float]:
    return [round(after - before, 3) for before, after in itertools.pairwise(beats)]


def test_signs_come_at_the_interval_and_faster_right_after_a_round() -> None:
    async def act(scene: Scene) -> None:
        scene.pulse.begin(now())
        await asyncio.sleep(5.1 + 3 * HEARTBEAT_S)
        assert set(pauses(scene.coordinator.beats[:-4])) == {0.25}
        assert pauses(scene.coordinator.beats)[-3:] == [HEARTBEAT_S] * 3

    play(act)


def test_nobody_that_is_no_member_gives_signs() -> None:
    async def act(scene: Scene) -> None:
        scene.coordinator.generation = -1
        await asyncio.sleep(30)
        assert scene.coordinator.beats == []

    play(act)


def test_whoever_gives_up_is_still() -> None:
    async def act(scene: Scene) -> None:
        scene.pulse.begin(now())
        await asyncio.sleep(10)
        scene.pulse.is_still = True
        given = len(scene.coordinator.beats)
        await asyncio.sleep(30)
        assert len(scene.coordinator.beats) <= given + 1
        assert scene.ear.losses == []

    play(act)


def test_without_an_answer_the_next_sign_comes_sooner_and_the_loss_in_time() -> None:
    async def act(scene: Scene) -> None:
        scene.pulse.begin(now())
        await asyncio.sleep(20)
        scene.coordinator.errors["heartbeat"] = [CoordinatorLostError("gone")] * 100
        await asyncio.sleep(7)
        assert scene.trouble.text is not None
        assert len(scene.coordinator.errors["heartbeat"]) < 96
        await asyncio.sleep(4)
        ((loss, reason),) = scene.ear.losses[:1]
        assert loss is Loss.SILENCE
        assert "session.timeout.ms=10000" in reason

    play(act)


def test_a_generation_that_went_on_is_a_reason_to_join() -> None:
    async def act(scene: Scene) -> None:
        scene.coordinator.errors["heartbeat"] = [GenerationLostError("too late")]
        await asyncio.sleep(1)
        assert scene.ear.wishes == ["too late"]

    play(act)


def test_a_refusal_is_a_trouble_and_tried_again() -> None:
    async def act(scene: Scene) -> None:
        scene.coordinator.errors["heartbeat"] = [GroupRefusedError("give READ")]
        await asyncio.sleep(1)
        assert scene.trouble.text == "give READ"
        await asyncio.sleep(HEARTBEAT_S)
        assert scene.trouble.text is None

    play(act)


@pytest.mark.parametrize("case", ["joining", "older round", "no answer"])
def test_some_answers_are_no_reason_to_join(case: str) -> None:
    async def act(scene: Scene) -> None:
        generation = 2 if case == "older round" else 3
        scene.pulse.is_joining = case == "joining"

        async def answer() -> Heartbeat | None:
            return None if case == "no answer" else Heartbeat(now(), 0.0, generation, True)

        scene.coordinator.heartbeat = answer  # type: ignore[method-assign]  # says what it is told to
        await asyncio.sleep(HEARTBEAT_S * 2)
        assert scene.ear.wishes == []

    play(act)
