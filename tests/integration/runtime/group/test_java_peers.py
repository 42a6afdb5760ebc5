# SPDX-License-Identifier: Apache-2.0
"""A member beside a live worker of Java Kafka Connect, led by it and leading it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from barnabas.runtime.group.protocol import ConnectProtocol, GroupConfig
from barnabas.runtime.model import TaskId
from tests.integration.runtime.group.station import Station, settings, station
from tests.services.java_worker import JavaWorker
from tests.services.kafka import KafkaCluster

TASKS = {TaskId("shelf", 0), TaskId("shelf", 1)}


def reader(kafka: KafkaCluster, group: str) -> Callable[[], GroupConfig]:
    """What a worker knows that has read the config topic to its end."""

    def read() -> GroupConfig:
        return GroupConfig(kafka.end_offsets(f"{group}-configs")[0], {"shelf": 2})

    return read


def owner_of_the_rest(leader: Station) -> str | None:
    """The URL of the worker that has the task this leader gave away."""
    owners = leader.assigned[-1].owners
    (given_away,) = TASKS - leader.tasks
    return None if owners is None else owners.task_url(given_away)


@pytest.mark.timeout(240)
async def test_java_leads_and_is_led_and_work_moves_both_ways(
    kafka: KafkaCluster, name: str, tmp_path: Path
) -> None:
    kafka.create_topic(name)
    sink = {"connector.class": "FileStreamSink", "topics": name, "tasks.max": "2"}
    sink["file"] = str(tmp_path / "shelf.txt")
    known = reader(kafka, name)
    with JavaWorker(tmp_path / "java", kafka.bootstrap_servers, name) as java:
        await asyncio.to_thread(java.put_connector, "shelf", sink)
        await asyncio.to_thread(java.wait_until_running, "shelf", 2)
        given = settings(kafka.bootstrap_servers, name)
        async with station("ours", given, config=known, refresh=lambda _: known()) as ours:
            await ours.until(lambda: len(ours.tasks) == 1)
            led = ours.assigned[-1]
            assert not led.is_leader
            assert led.protocol is ConnectProtocol.SESSIONED
            assert led.assignment.leader_url == f"{java.url}/"

            java.kill()
            await ours.until(lambda: ours.tasks == TASKS)
            assert ours.assigned[-1].is_leader
            assert ours.assigned[-1].work_connectors == {"shelf"}

            log = java.log.read_text()
            await asyncio.to_thread(java.launch)
            await ours.until(
                lambda: TASKS - ours.tasks and owner_of_the_rest(ours) == f"{java.url}/"
            )
            assert ours.assigned[-1].is_leader
            (given_away,) = TASKS - ours.tasks
            begins = f"Starting task {given_away}"
            await asyncio.to_thread(
                java.wait_until,
                lambda: java.log.read_text().count(begins) > log.count(begins),
                60.0,
            )
            assert ours.revoked == []  # nothing of all that interrupted what stayed
