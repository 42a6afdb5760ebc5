# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.rest.plugins import WARNING_HEADER
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
