# SPDX-License-Identifier: Apache-2.0
"""Recorded answers of Java Connect, put to workers of each kind (tests/compat/REST_FORMAT.md)."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.services.connect_cluster import OURS, ConnectCluster
from tests.services.kafka import KafkaCluster
from tests.services.standalone_worker import StandaloneWorker

# The runner of the recordings leaves files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

RECORDED = Path(__file__).parents[2] / "compat"
SCENARIOS = json.loads((RECORDED / "rest_open.json").read_text())["scenarios"]

SHORTEST_RECORDED_S, QUESTION_S = 1.0, 0.03
STANDALONE, DISTRIBUTED, VARIANT = "standalone", "distributed", "variant1"
FLUSH = {"offset.flush.interval.ms": "2000"}
# What the recorded worker called `variant1` was started with beside names of its own.
VARIANT_SETTINGS = {
    **FLUSH,
    "key.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "topic.tracking.enable": "false",
    "exactly.once.source.support": "enabled",
    "connector.client.config.override.policy": "None",
    "topic.creation.enable": "true",
}


def load_runner() -> Any:
    """The program that plays recordings, as a module."""
    spec = importlib.util.spec_from_file_location("rest_golden", RECORDED / "rest_golden.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.time = SimpleNamespace(time=time.time, sleep=pause)
    return module


def pause(wished_s: float) -> None:
    """Sleep as long as a recording says; less between two questions, which are shorter."""
    time.sleep(wished_s if wished_s >= SHORTEST_RECORDED_S else QUESTION_S)


def scenarios() -> Iterator[Any]:
    """Each scenario with each kind of worker it is meant for."""
    for number, scenario in enumerate(SCENARIOS):
        for kind in [VARIANT] if scenario.get("needs") else [STANDALONE, DISTRIBUTED]:
            yield pytest.param(kind, number, scenario, id=f"{kind}-{scenario['name']}")


@pytest.fixture(scope="module")
def runner_for(
    kafka: KafkaCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Any]]:
    """The runner of recordings, pointed at a worker with the settings of the recorded one.

    A worker is started when the first test asks for its kind, as the tests come in any order.
    """
    with contextlib.ExitStack() as ends:

        @functools.cache
        def start(kind: str) -> Any:
            folder = tmp_path_factory.mktemp(kind)
            bootstrap = kafka.bootstrap_servers
            if kind == STANDALONE:
                worker: Any = StandaloneWorker(folder, bootstrap, settings=FLUSH)
                ends.enter_context(worker)
            else:
                settings = FLUSH if kind == DISTRIBUTED else VARIANT_SETTINGS
                cluster = ConnectCluster(kafka, folder.name, folder, settings=settings)
                (worker,) = ends.enter_context(cluster).start(OURS)
            runner = load_runner().Runner(worker.url, bootstrap, str(folder))
            ends.callback(runner.s.close)
            return runner

        yield start


def test_every_feature_a_scenario_needs_has_a_worker():
    needed = {feature for scenario in SCENARIOS for feature in scenario.get("needs", [])}
    assert needed == {VARIANT}


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("kind", "number", "scenario"), list(scenarios()))
def test_answers_are_those_recorded(
    runner_for: Callable[[str], Any], kind: str, number: int, scenario: dict[str, Any]
):
    results = runner_for(kind).scenario(scenario, number)

    assert [
        (step, label, differences) for step, label, differences, _ in results if differences
    ] == []
