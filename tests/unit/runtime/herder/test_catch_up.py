# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.runtime.herder.catch_up import CatchUp, Pause


@pytest.fixture
def catch_up() -> CatchUp:
    return CatchUp(sync_timeout_s=3, unsync_backoff_s=300, max_delay_s=300)


def test_pauses_of_a_cooperative_group_grow_until_work_is_given_up(catch_up: CatchUp):
    pauses = [catch_up.fail(is_cooperative=True) for _ in range(6)]
    assert [pause.pause_s for pause in pauses[:5]] == [6, 7.5, 10, 15, 30]
    assert [pause.gives_up_work for pause in pauses] == [False] * 5 + [True]


def test_after_giving_up_the_count_begins_anew(catch_up: CatchUp):
    for _ in range(6):
        catch_up.fail(is_cooperative=True)
    assert catch_up.fail(is_cooperative=True) == Pause(6, gives_up_work=False)


def test_success_begins_anew(catch_up: CatchUp):
    catch_up.fail(is_cooperative=True)
    catch_up.fail(is_cooperative=True)
    catch_up.succeed()
    assert catch_up.fail(is_cooperative=True).pause_s == 6


def test_an_eager_group_waits_long(catch_up: CatchUp):
    assert catch_up.fail(is_cooperative=False) == Pause(300, gives_up_work=False)
