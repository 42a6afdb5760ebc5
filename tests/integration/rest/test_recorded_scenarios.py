# SPDX-License-Identifier: Apache-2.0
"""Recorded answers of Java Connect, put to a standalone worker (tests/compat/REST_FORMAT.md)."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.kafka import KafkaCluster
from tests.services.standalone_worker import StandaloneWorker

# The runner of the recordings leaves files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

RECORDED = Path(__file__).parents[2] / "compat"
SCENARIOS = json.loads((RECORDED / "rest_open.json").read_text())["scenarios"]

# What stands here cannot pass yet. The test below keeps the list from growing unnoticed.
DISTRIBUTED_WITH_EXACTLY_ONCE = "recorded on a distributed worker with other settings (variant1)"
NOT_YET = {
    "v1-eos-restart": DISTRIBUTED_WITH_EXACTLY_ONCE,
    "v1-eos-source": DISTRIBUTED_WITH_EXACTLY_ONCE,
    "v1-override-policy": DISTRIBUTED_WITH_EXACTLY_ONCE,
}


def test_the_list_of_what_cannot_pass_is_exactly_what_needs_more():
    assert {name for name, why in NOT_YET.items() if why is DISTRIBUTED_WITH_EXACTLY_ONCE} == {
        scenario["name"] for scenario in SCENARIOS if scenario.get("needs")
    }


@pytest.fixture(scope="module")
def golden(kafka: KafkaCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The runner of recordings, pointed at a worker with the settings of the recorded one."""
    spec = importlib.util.spec_from_file_location("rest_golden", RECORDED / "rest_golden.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("recorded")
    settings = {"offset.flush.interval.ms": "2000"}
    with StandaloneWorker(folder, kafka.bootstrap_servers, settings=settings) as worker:
        runner = module.Runner(worker.url, kafka.bootstrap_servers, str(folder))
        yield runner
        runner.s.close()


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("number", "scenario"),
    [
        pytest.param(number, scenario, id=scenario["name"])
        for number, scenario in enumerate(SCENARIOS)
        if scenario["name"] not in NOT_YET
    ],
)
def test_answers_are_those_recorded(golden: Any, number: int, scenario: dict[str, Any]):
    results = golden.scenario(scenario, number)

    assert [
        (step, label, differences) for step, label, differences, _ in results if differences
    ] == []
