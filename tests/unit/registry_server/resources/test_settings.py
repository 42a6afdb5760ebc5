# SPDX-License-Identifier: Apache-2.0
from typing import Any


async def test_level_is_set_for_all_and_for_one(api: Any) -> None:
    assert await api.get("/config") == (200, {"compatibilityLevel": "BACKWARD"})
    assert await api.refused("GET", "/config/s") == (404, 40408)

    assert await api.put("/config", {"compatibility": "full"}) == (200, {"compatibility": "FULL"})
    assert await api.put("/config/s", {"compatibility": "NONE"}) == (200, {"compatibility": "NONE"})

    assert await api.get("/config") == (200, {"compatibilityLevel": "FULL"})
    assert await api.get("/config/s") == (200, {"compatibilityLevel": "NONE"})
    assert await api.delete("/config/s") == (200, {"compatibilityLevel": "NONE"})
    assert await api.get("/config/s?defaultToGlobal=true") == (200, {"compatibilityLevel": "FULL"})
    assert await api.delete("/config") == (200, {"compatibilityLevel": "FULL"})
    assert await api.get("/config") == (200, {"compatibilityLevel": "BACKWARD"})


async def test_wrong_settings_are_refused(api: Any) -> None:
    assert await api.refused("PUT", "/config", {"compatibility": "x"}) == (422, 42203)
    assert await api.refused("PUT", "/config", []) == (400, 400)
    assert await api.refused("DELETE", "/config/s") == (404, 40401)
    assert await api.refused("PUT", "/mode", {"mode": "x"}) == (422, 42204)
    assert await api.refused("PUT", "/mode", {}) == (422, 42204)
    assert await api.refused("DELETE", "/mode/s") == (404, 40401)


async def test_mode_is_set_for_all_and_for_one(api: Any) -> None:
    assert await api.get("/mode") == (200, {"mode": "READWRITE"})
    assert await api.refused("GET", "/mode/s") == (404, 40409)

    assert await api.put("/mode/s", {"mode": "readonly"}) == (200, {"mode": "READONLY"})

    assert await api.get("/mode/s") == (200, {"mode": "READONLY"})
    schema = {"schema": '"int"'}
    assert await api.refused("POST", "/subjects/s/versions", schema) == (422, 42205)
    assert await api.delete("/mode/s") == (200, {"mode": "READONLY"})
    assert await api.get("/mode/s?defaultToGlobal=true") == (200, {"mode": "READWRITE"})
    assert await api.delete("/mode") == (200, {"mode": "READWRITE"})


async def test_schemas_are_imported_with_their_ids(api: Any) -> None:
    await api.put("/mode", {"mode": "IMPORT"})

    assert await api.register("s", id=100, version=3) == 100

    assert await api.get("/subjects/s/versions") == (200, [3])
    assert await api.refused("PUT", "/mode", {"mode": "IMPORT"}) == (422, 42205)
    assert (await api.put("/mode?force=true", {"mode": "IMPORT"}))[0] == 200


async def test_default_context_is_the_registry_itself(api: Any) -> None:
    await api.put("/config/:.:", {"compatibility": "NONE"})
    await api.put("/config/:.c:", {"compatibility": "FULL"})

    assert await api.get("/config") == (200, {"compatibilityLevel": "NONE"})
    assert await api.get("/config/:.c:s?defaultToGlobal=true") == (
        200,
        {"compatibilityLevel": "FULL"},
    )
