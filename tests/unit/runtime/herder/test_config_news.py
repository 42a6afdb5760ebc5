# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest

from barnabas.runtime.herder.config_news import ConfigNews
from barnabas.runtime.model import RestartRequest, SessionKey, TaskId

NOW_MS = 5_000_000


class Noted:
    """Takes any call and notes it."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *args: self.calls.append((name, *args))


@pytest.fixture
def heard() -> Noted:
    return Noted()


@pytest.fixture
def news(heard: Noted) -> ConfigNews:
    return ConfigNews(heard, heard, heard.restart, heard.level, heard.foreign, lambda: NOW_MS)


def test_news_reach_those_who_act_on_them(news: ConfigNews, heard: Noted) -> None:
    request = RestartRequest("c", only_failed=True, include_tasks=False)
    news.on_connector_removed("c")
    news.on_connector_config("c")
    news.on_task_configs("c", [TaskId("c", 0)])
    news.on_target_state("c")
    news.on_restart(request)
    news.on_logger_level("barnabas", "DEBUG")
    news.on_foreign_record("connector-c", 7)
    assert heard.calls == [
        ("on_connector_removed", "c"),
        ("on_connector_config", "c"),
        ("on_task_configs", "c"),
        ("on_task_configs", "c"),
        ("on_target_state", "c"),
        ("restart", request),
        ("level", "barnabas", "DEBUG"),
        ("foreign", "connector-c", 7),
    ]


@pytest.mark.parametrize(("ahead_s", "is_told"), [(0, False), (60, False), (3600, True)])
def test_a_session_key_from_the_future_tells_of_clocks_that_differ(
    news: ConfigNews, ahead_s: int, is_told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    news.on_session_key(SessionKey(b"secret", "HmacSHA256", NOW_MS + ahead_s * 1000))
    told = [text for text in caplog.messages if "clocks of the workers differ" in text]
    assert len(told) == is_told
    assert "secret" not in caplog.text
