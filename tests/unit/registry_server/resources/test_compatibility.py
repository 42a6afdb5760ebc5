# SPDX-License-Identifier: Apache-2.0
from typing import Any

ALL = "/compatibility/subjects/s/versions"


async def test_answer_is_yes_or_no(api: Any) -> None:
    await api.register("s", '"int"')

    assert await api.post(f"{ALL}/latest", '"long"') == (200, {"is_compatible": True})
    assert await api.post(ALL, '"string"') == (200, {"is_compatible": False})


async def test_reasons_are_told_on_demand(api: Any) -> None:
    await api.register("s", '"int"')

    _, told = await api.post(f"{ALL}/1?verbose=true", '"string"')

    assert told["is_compatible"] is False
    assert "TYPE_MISMATCH" in told["messages"][0]


async def test_level_of_the_subject_counts(api: Any) -> None:
    await api.register("s", '"int"')
    await api.register("s", '"long"')
    await api.put("/config/s", {"compatibility": "FORWARD_TRANSITIVE"})

    assert await api.post(f"{ALL}/latest", '"int"') == (200, {"is_compatible": True})
    assert (await api.post(ALL, '"long"'))[1] == {"is_compatible": False}


async def test_anything_goes_with_nothing(api: Any) -> None:
    assert await api.post(ALL) == (200, {"is_compatible": True})
    assert await api.post(f"{ALL}/latest") == (200, {"is_compatible": True})


async def test_wrong_requests_are_refused(api: Any) -> None:
    assert await api.refused("POST", f"{ALL}/3", {"schema": '"int"'}) == (404, 40402)
    assert await api.refused("POST", f"{ALL}/x", {"schema": '"int"'}) == (422, 42202)
    assert await api.refused("POST", ALL, {"schema": "{"}) == (422, 42201)
    _, told = await api.post(f"{ALL}?verbose=true", "{")
    assert told["messages"][0].startswith("Invalid schema of type AVRO")
