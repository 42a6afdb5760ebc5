# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import httpx
import pytest

from barnabas.rest.warning_header import WARNING_HEADER
from tests.unit.rest.stand_ins import FakeHerder
from tests.unit.runtime.herder.doubles import SINK, SOURCE, config


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 2), ("?connectorsOnly=true", 2), ("?connectorsOnly=false", 3), ("?connectorsOnly=", 3)],
)
async def test_plugins_are_listed(client, query: str, count: int):
    plugins = (await client.get(f"/connector-plugins{query}")).json()
    assert len(plugins) == count
    assert plugins[:2] == [
        {"class": SINK, "type": "sink"},
        {"class": SOURCE, "type": "source", "version": "1.2"},
    ]


async def test_settings_of_a_plugin_are_described(client):
    answer = await client.get(f"/connector-plugins/{SOURCE}/config?version=1.2")
    (key,) = answer.json()
    assert (key["default_value"], key["order"]) == ("1.2", -1)
    assert (await client.get("/connector-plugins/None/config")).status_code == 404


async def test_a_validation_counts_errors_and_answers_200(client):
    answer = await client.put(
        "/connector-plugins/ClockSource/config/validate", json=config(tasks_max="0")
    )
    assert (answer.status_code, answer.json()["error_count"]) == (200, 1)
    assert WARNING_HEADER not in answer.headers


async def test_warnings_go_into_a_header(client):
    answer = await client.put(
        "/connector-plugins/ClockSource/config/validate", json=config(flie="x")
    )
    assert answer.headers[WARNING_HEADER] == "Setting flie is not known. Did you mean file?"


async def test_a_header_holds_any_warning(client, bench, monkeypatch):
    async def validate(_) -> tuple[dict, list[str]]:
        return {}, ["größer\nthan", "日本", "x" * 9000]

    monkeypatch.setattr(bench.worker, "validate", validate)
    answer = await client.put("/connector-plugins/ClockSource/config/validate", json=config())
    text = answer.headers[WARNING_HEADER]
    assert text.startswith(r"gr\xf6\xdfer than | \u65e5\u672c | xxx")
    assert len(text) == 4096


async def test_a_configuration_for_another_plugin_is_refused(client):
    answer = await client.put("/connector-plugins/Drain/config/validate", json=config())
    assert answer.status_code == 400


async def test_without_a_version_the_herder_chooses(rest: httpx.AsyncClient, herder: FakeHerder):
    answer = await rest.get("/connector-plugins/Clock/config")
    assert list(answer.json()[0]) == [
        "name",
        "type",
        "required",
        "default_value",
        "importance",
        "documentation",
        "group",
        "order",
        "width",
        "display_name",
        "dependents",
    ]
    assert herder.asked == [("plugin config", "Clock", None)]


async def test_a_validation_hands_values_on_as_text(rest: httpx.AsyncClient, herder: FakeHerder):
    body = {"tasks.max": 3, "gone": None}
    answer = await rest.put("/connector-plugins/Clock/config/validate", json=body)
    assert list(answer.json()) == ["name", "error_count", "groups", "configs"]
    assert herder.asked == [("validate", "Clock", {"tasks.max": "3", "gone": None})]
