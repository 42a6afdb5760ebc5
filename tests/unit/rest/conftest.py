# SPDX-License-Identifier: Apache-2.0
"""A herder to play with, and a client of the REST API over it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.unit.rest.stand_ins import FakeHerder, serving


@pytest.fixture
def herder() -> FakeHerder:
    herder = FakeHerder()
    herder.configs["c"] = {"name": "c", "connector.class": "Clock"}
    return herder


@pytest.fixture
async def rest(herder: FakeHerder) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(herder) as client:
        yield client
