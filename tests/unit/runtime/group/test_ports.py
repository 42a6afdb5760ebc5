# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import inspect

import pytest

from barnabas.kafka.group_coordinator import GroupCoordinator
from barnabas.runtime.group.ports import Coordinator
from tests.unit.runtime.group.member_doubles import FakeCoordinator

METHODS = [
    name for name, _ in inspect.getmembers(Coordinator, inspect.isfunction) if name[0] != "_"
]


@pytest.mark.parametrize("name", METHODS)
def test_the_real_coordinator_and_its_double_are_called_in_the_same_way(name: str) -> None:
    wanted = list(inspect.signature(getattr(Coordinator, name)).parameters)
    for kind in (GroupCoordinator, FakeCoordinator):
        assert list(inspect.signature(getattr(kind, name)).parameters) == wanted
