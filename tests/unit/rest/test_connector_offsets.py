# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from barnabas.runtime.model import ConnectorOffset


async def test_offsets_are_read(client, bench):
    await bench.create()
    answer = await client.get("/connectors/c/offsets")
    assert answer.json() == {"offsets": [{"partition": {"p": "c"}, "offset": {"o": 1}}]}


async def test_offsets_of_a_stopped_connector_are_changed_and_reset(client, bench):
    await bench.create()
    await bench.herder.stop_connector("c")
    body = {"offsets": [{"partition": {"f": "x"}, "offset": None}]}
    changed = await client.patch("/connectors/c/offsets", json=body)
    reset = await client.delete("/connectors/c/offsets")
    assert (changed.status_code, changed.json()) == (200, {"message": "done"})
    assert (reset.status_code, reset.json()) == (200, {"message": "done"})
    assert bench.worker.offset_calls == [
        ("c", [ConnectorOffset({"f": "x"}, None)]),
        ("c", None),
    ]


async def test_a_running_connector_keeps_its_offsets(client, bench):
    await bench.create()
    assert (await client.delete("/connectors/c/offsets")).status_code == 400


async def test_the_body_is_looked_at_before_the_connector(client):
    assert (await client.patch("/connectors/x/offsets", json={})).status_code == 400
    assert (await client.delete("/connectors/x/offsets")).status_code == 404
