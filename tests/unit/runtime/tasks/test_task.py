# SPDX-License-Identifier: Apache-2.0
"""How a task is put together; the loops have tests of their own."""

from __future__ import annotations

import threading

import pytest

from barnabas.errors import ConfigError, PluginError
from barnabas.runtime.model import State, TargetState
from barnabas.runtime.plugins import Plugin, PluginKind, PluginRegistry
from barnabas.runtime.settings.overrides import OverridePolicy
from barnabas.runtime.tasks import run_task
from barnabas.testing import MemoryTaskLink
from tests.unit.runtime.tasks.doubles import WORKER, Source, spec

DOUBLES = "tests.unit.runtime.tasks.doubles"
TEXT = "tests.unit.runtime.pipeline.doubles:TextConverter"
REGISTRY = PluginRegistry(
    [Plugin("Text", kind, TEXT) for kind in (PluginKind.CONVERTER, PluginKind.HEADER_CONVERTER)]
)


class Idle(Source):
    """Has nothing."""

    def poll(self) -> None:
        self.context.wait(10)


def run(link: MemoryTaskLink, **changes: str | bool) -> None:
    run_task(spec(**changes), link, REGISTRY)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("task_class", "text"),
    [
        ("no.such.module:Task", "cannot be imported: No module named 'no'"),
        (f"{DOUBLES}:NoSuchTask", "cannot be imported"),
        (f"{DOUBLES}:Sink", "does not extend SourceTask"),
    ],
)
def test_class_that_is_no_source_task_is_told(task_class: str, text: str) -> None:
    with pytest.raises(PluginError, match=text):
        run(MemoryTaskLink(), task_class=task_class)


def test_source_runs_until_it_is_stopped() -> None:
    link = MemoryTaskLink()
    thread = threading.Thread(target=link.wait_until, args=(lambda: State.RUNNING in link.states,))
    thread.start()
    stopper = threading.Thread(target=lambda: (thread.join(), link.stop()))
    stopper.start()
    run(link, task_class=f"{__name__}:Idle")
    stopper.join()
    assert link.states == [State.RUNNING]


def test_sink_without_topics_is_told() -> None:
    with pytest.raises(ConfigError, match=r"topics or topics\.regex"):
        run(MemoryTaskLink(), task_class=f"{DOUBLES}:Sink", is_sink=True)


@pytest.mark.mirrors("connect/runtime WorkerSourceTaskTest#testStartPaused")
def test_task_paused_from_the_beginning_is_not_started() -> None:
    link = MemoryTaskLink(TargetState.PAUSED)
    thread = threading.Thread(
        target=lambda: (link.wait_until(lambda: bool(link.states)), link.stop())
    )
    thread.start()
    run(link, task_class=f"{__name__}:Idle")
    thread.join()
    assert link.states == [State.PAUSED]


def test_overrides_the_policy_does_not_allow_fail_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WORKER, "connector.client.config.override.policy", "None")
    with pytest.raises(ConfigError, match=r"Client Config Overrides not .*'linger\.ms'"):
        run(MemoryTaskLink(), **{"producer.override.linger.ms": "5"})


def test_a_policy_is_closed_when_it_has_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    monkeypatch.setattr(OverridePolicy, "close", lambda policy: closed.append(policy.name))
    monkeypatch.setitem(WORKER, "connector.client.config.override.policy", "None")
    with pytest.raises(ConfigError, match="not allowed"):
        run(MemoryTaskLink(), **{"producer.override.linger.ms": "5"})
    assert closed == ["None"]
