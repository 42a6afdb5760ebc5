# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime

from barnabas.errors import RetriableError
from barnabas.runtime.herder.cluster import reach_cluster
from barnabas.runtime.herder.stages import Stages


async def test_it_keeps_trying_with_growing_pauses_and_says_so(caplog):
    answers = iter([RetriableError("no broker answered")] * 7)
    pauses: list[float] = []
    said: list[str | None] = []
    stages = Stages(lambda: datetime.datetime.now(datetime.UTC))

    def ask() -> str:
        error = next(answers, None)
        if error is not None:
            raise error
        return "cluster-1"

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        said.append(stages.summary)

    assert await reach_cluster(ask, "a:1,b:2", stages, sleep) == "cluster-1"
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    assert "at a:1,b:2 (no answer yet: no broker answered)" in str(said[0])
    assert caplog.text.count("Trying again in") == 7
