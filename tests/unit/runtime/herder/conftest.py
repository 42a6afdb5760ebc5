# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.unit.runtime.herder.doubles import Bench


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A herder that is ready, over a worker without processes."""
    made = Bench()
    await made.start()
    yield made
    await made.herder.stop()
