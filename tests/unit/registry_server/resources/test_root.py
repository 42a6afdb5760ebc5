# SPDX-License-Identifier: Apache-2.0
from typing import Any

import barnabas


async def test_root_is_an_empty_object(api: Any) -> None:
    assert await api.get("/") == (200, {})


async def test_contexts_come_and_go(api: Any) -> None:
    await api.register(":.c:s")

    assert await api.get("/contexts") == (200, [".", ".c"])
    assert await api.refused("DELETE", "/contexts/.c") == (422, 42211)
    await api.delete("/subjects/:.c:s")
    await api.delete("/subjects/:.c:s?permanent=true")
    assert await api.delete("/contexts/:.c:") == (204, None)
    assert await api.get("/contexts") == (200, ["."])


async def test_registry_says_which_it_is(api: Any) -> None:
    assert (await api.get("/v1/metadata/version"))[1]["version"] == barnabas.__version__
    assert (await api.get("/v1/metadata/id"))[0] == 200
