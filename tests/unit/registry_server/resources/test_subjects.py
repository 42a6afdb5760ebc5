# SPDX-License-Identifier: Apache-2.0
from typing import Any

LONG = '"long"'


async def test_registering_tells_id_version_and_text(api: Any) -> None:
    status, told = await api.post("/subjects/s/versions", '{"type": "string"}')

    assert status == 200
    assert (told["id"], told["version"], told["schema"]) == (1, 1, '"string"')
    assert len(told["guid"]) == 36


async def test_version_is_told_by_number_and_as_latest(api: Any) -> None:
    await api.register("s")

    status, told = await api.get("/subjects/s/versions/1")

    assert status == 200
    assert {key: told[key] for key in ("subject", "version", "id", "schema")} == {
        "subject": "s",
        "version": 1,
        "id": 1,
        "schema": '"string"',
    }
    assert (await api.get("/subjects/s/versions/latest"))[1] == told
    assert await api.get("/subjects/s/versions/1/schema") == (200, "string")


async def test_what_is_not_there_is_told_apart(api: Any) -> None:
    await api.register("s")

    assert await api.refused("GET", "/subjects/t/versions") == (404, 40401)
    assert await api.refused("GET", "/subjects/t/versions/1") == (404, 40401)
    assert await api.refused("GET", "/subjects/s/versions/2") == (404, 40402)
    assert await api.refused("GET", "/subjects/s/versions/0") == (422, 42202)
    assert await api.refused("POST", "/subjects/t", {"schema": LONG}) == (404, 40401)
    assert await api.refused("POST", "/subjects/s", {"schema": LONG}) == (404, 40403)
    assert await api.refused("DELETE", "/subjects/t") == (404, 40401)


async def test_schema_is_looked_up(api: Any) -> None:
    await api.register("s")

    status, told = await api.post("/subjects/s", '{"type":"string"}')

    assert (status, told["version"], told["id"]) == (200, 1, 1)


async def test_deleted_schema_is_looked_up_on_demand(api: Any) -> None:
    await api.register("s")
    assert await api.delete("/subjects/s/versions/latest") == (200, 1)

    assert await api.refused("POST", "/subjects/s", {"schema": '"string"'}) == (404, 40401)
    status, told = await api.post("/subjects/s?deleted=true")
    assert (status, told["deleted"]) == (200, True)
    assert (await api.get("/subjects/s/versions/1?deleted=true"))[0] == 200


async def test_subject_is_deleted_in_two_steps(api: Any) -> None:
    await api.register("s")

    assert await api.delete("/subjects/s") == (200, [1])
    assert await api.get("/subjects") == (200, [])
    assert await api.get("/subjects?deleted=true") == (200, ["s"])
    assert await api.get("/subjects?deletedOnly=true") == (200, ["s"])
    assert await api.get("/subjects/s/versions?deletedOnly=true") == (200, [1])
    assert await api.delete("/subjects/s?permanent=true") == (200, [1])
    assert await api.get("/subjects?deleted=true") == (200, [])


async def test_incompatible_schema_is_refused(api: Any) -> None:
    await api.register("s")

    status, told = await api.post("/subjects/s/versions", LONG)

    assert (status, told["error_code"]) == (409, 40901)
    assert told["message"].startswith(
        'Schema being registered is incompatible with an earlier schema for subject "s", details: '
        "[{errorType:'TYPE_MISMATCH'"
    )


async def test_wrong_requests_are_refused(api: Any) -> None:
    assert await api.refused("POST", "/subjects/s/versions", {"schema": "{"}) == (422, 42201)
    assert await api.refused("POST", "/subjects/s/versions", {"schema": 3}) == (400, 400)
    assert await api.refused("POST", "/subjects/a%0Ab/versions", {"schema": LONG}) == (422, 42208)


async def test_referring_schemas_are_told(api: Any) -> None:
    await api.register("e", '{"type":"enum","name":"E","symbols":["A"]}')
    reference = {"name": "E", "subject": "e", "version": 1}
    referring = await api.register("s", '["null","E"]', references=[reference])

    assert await api.get("/subjects/e/versions/1/referencedby") == (200, [referring])
    assert (await api.get("/subjects/s/versions/1"))[1]["references"] == [reference]
    assert await api.refused("DELETE", "/subjects/e") == (422, 42206)


async def test_version_is_found_by_metadata(api: Any) -> None:
    await api.register("s", metadata={"properties": {"a": "1"}})
    await api.put("/config/s", {"compatibility": "NONE"})
    await api.register("s", LONG, metadata={"properties": {"a": "2"}})

    assert (await api.get("/subjects/s/metadata?key=a&value=1"))[1]["version"] == 1
    assert (await api.get("/subjects/s/metadata"))[1]["version"] == 2
    assert await api.refused("GET", "/subjects/s/metadata?key=a&value=3") == (404, 40403)
    assert await api.refused("GET", "/subjects/t/metadata") == (404, 40401)


async def test_subject_is_found_in_another_context(api: Any) -> None:
    await api.register(":.c:s")

    assert (await api.get("/subjects/s/versions/1"))[1]["subject"] == ":.c:s"
    assert (await api.post("/subjects/s"))[1]["subject"] == ":.c:s"
    assert await api.get("/subjects?subjectPrefix=:.c:") == (200, [":.c:s"])
    assert await api.get("/subjects?subjectPrefix=") == (200, [])


async def test_normal_form_is_a_wish(api: Any) -> None:
    await api.register("s", '{"type":"string","b":1,"a":2}')

    sorted_form = {"schema": '{"type":"string","a":2,"b":1}'}
    assert await api.refused("POST", "/subjects/s", sorted_form) == (404, 40403)
    await api.put("/config/s", {"normalize": True})
    await api.register("s", '{"type":"string","b":1,"a":2,"c":3}')
    assert (await api.post("/subjects/s?normalize=true", '{"type":"string","c":3,"b":1,"a":2}'))[
        0
    ] == 200
