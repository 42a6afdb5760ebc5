# SPDX-License-Identifier: Apache-2.0
from typing import Any


async def test_name_may_hold_an_encoded_slash(api: Any) -> None:
    await api.register("google%2Ftype%2Fdate.proto")

    assert await api.get("/subjects") == (200, ["google/type/date.proto"])
    assert (await api.get("/subjects/google%2Ftype%2Fdate.proto/versions"))[1] == [1]


async def test_unknown_address_is_answered_in_json(api: Any) -> None:
    assert await api.refused("GET", "/nothing") == (404, 404)
    assert await api.refused("PATCH", "/subjects") == (405, 405)
