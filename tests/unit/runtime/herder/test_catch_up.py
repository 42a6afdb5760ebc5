# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.runtime.herder.catch_up import CatchUp
from barnabas.runtime.settings.distributed import DistributedConfig
from tests.unit.runtime.herder.cluster_doubles import SETTINGS


@pytest.fixture
def catch_up() -> CatchUp:
    return CatchUp(sync_timeout_s=3, unsync_backoff_s=300, max_delay_s=300)


def test_the_settings_say_how_long_it_takes():
    made = CatchUp.of(DistributedConfig(SETTINGS))
    assert made == CatchUp(sync_timeout_s=3, unsync_backoff_s=300, max_delay_s=300)


def test_pauses_of_a_cooperative_group_grow_and_begin_anew(catch_up: CatchUp):
    pauses = [catch_up.fail(is_cooperative=True) for _ in range(7)]
    assert pauses == [6, 7.5, 10, 15, 30, 6, 7.5]


def test_success_begins_anew(catch_up: CatchUp):
    catch_up.fail(is_cooperative=True)
    catch_up.fail(is_cooperative=True)
    assert catch_up.is_failing
    catch_up.succeed()
    assert not catch_up.is_failing
    assert catch_up.fail(is_cooperative=True) == 6


def test_an_eager_group_waits_long(catch_up: CatchUp):
    assert [catch_up.fail(is_cooperative=False) for _ in range(2)] == [300, 300]
