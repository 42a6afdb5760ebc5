# SPDX-License-Identifier: Apache-2.0
"""Clients of the REST API: over a herder that notes what it is asked, and over a standalone one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.unit.rest.stand_ins import FakeHerder, serving
from tests.unit.runtime.herder.doubles import Bench


@pytest.fixture
def herder() -> FakeHerder:
    """Knows one connector, ``c``."""
    herder = FakeHerder()
    herder.configs["c"] = {"name": "c", "connector.class": "Clock"}
    return herder


@pytest.fixture
async def rest(herder: FakeHerder) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the application over ``herder``."""
    async with serving(herder) as client:
        yield client


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A standalone herder that is ready, over a worker without processes."""
    made = Bench()
    await made.start()
    yield made
    await made.herder.stop()


@pytest.fixture
async def client(bench: Bench) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the application over the standalone herder of ``bench``."""
    async with serving(bench.herder) as asking:
        yield asking
