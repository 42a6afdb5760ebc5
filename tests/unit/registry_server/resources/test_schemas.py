# SPDX-License-Identifier: Apache-2.0
from typing import Any


async def test_schema_is_found_by_id(api: Any) -> None:
    schema_id = await api.register("s")

    status, told = await api.get(f"/schemas/ids/{schema_id}")

    assert (status, told["schema"]) == (200, '"string"')
    assert "schemaType" not in told
    assert await api.get(f"/schemas/ids/{schema_id}/schema") == (200, "string")
    assert (await api.get("/schemas/ids/1?fetchMaxId=true"))[1]["maxId"] == 1


async def test_unknown_ids_are_told(api: Any) -> None:
    status, told = await api.get("/schemas/ids/7")

    assert (status, told) == (404, {"error_code": 40403, "message": "Schema 7 not found"})
    assert await api.refused("GET", "/schemas/ids/7/subjects") == (404, 40403)
    assert await api.refused("GET", "/schemas/ids/x") == (404, 404)
    assert await api.refused("GET", "/schemas/guids/x") == (404, 40403)


async def test_places_of_a_schema_are_told(api: Any) -> None:
    await api.register("a")
    await api.register("b")
    await api.delete("/subjects/b")

    assert await api.get("/schemas/ids/1/subjects") == (200, ["a"])
    assert await api.get("/schemas/ids/1/subjects?deleted=true") == (200, ["a", "b"])
    assert await api.get("/schemas/ids/1/versions") == (200, [{"subject": "a", "version": 1}])


async def test_schema_is_found_by_guid(api: Any) -> None:
    _, registered = await api.post("/subjects/s/versions")
    await api.register(":.c:s")
    guid = registered["guid"]

    assert (await api.get(f"/schemas/guids/{guid.upper()}"))[1]["schema"] == '"string"'
    assert (await api.get(f"/schemas/guids/{guid}/ids"))[1] == [
        {"context": ".", "id": 1},
        {"context": ".c", "id": 1},
    ]


async def test_subject_says_in_which_context_an_id_is_meant(api: Any) -> None:
    await api.register("s", '"long"')
    await api.register(":.c:t")

    told = (await api.get("/schemas/ids/1?subject=:.c:t"))[1]
    assert (told["schema"], told["subject"], told["version"]) == ('"string"', ":.c:t", 1)
    assert (await api.get("/schemas/ids/1"))[1]["schema"] == '"long"'


async def test_id_is_looked_for_in_the_contexts_of_a_subject(api: Any) -> None:
    await api.register(":.c:t")

    assert (await api.get("/schemas/ids/1?subject=t"))[0] == 200
    assert await api.refused("GET", "/schemas/ids/1") == (404, 40403)


async def test_schemas_are_searched(api: Any) -> None:
    await api.put("/config", {"compatibility": "NONE"})
    await api.register("ab")
    await api.register("ab", '"long"')
    await api.register("b")

    found = (await api.get("/schemas?subjectPrefix=a"))[1]
    latest = (await api.get("/schemas?subjectPrefix=a&latestOnly=true"))[1]

    assert [(one["subject"], one["version"]) for one in found] == [("ab", 1), ("ab", 2)]
    assert [one["version"] for one in latest] == [2]


async def test_kinds_are_told(api: Any) -> None:
    assert await api.get("/schemas/types") == (200, ["JSON", "PROTOBUF", "AVRO"])


async def test_protobuf_is_told_as_text_or_serialised(api: Any) -> None:
    text = 'syntax = "proto3";\n\nmessage M {\n  int32 x = 1;\n}\n'
    await api.register("p", text, schemaType="PROTOBUF")

    assert (await api.get("/schemas/ids/1"))[1]["schema"] == text
    serialized = (await api.get("/schemas/ids/1?format=serialized"))[1]["schema"]
    assert await api.register("q", serialized, schemaType="PROTOBUF") == 1
