# SPDX-License-Identifier: Apache-2.0
"""What a runner is given to run a task."""

from __future__ import annotations

import msgspec

from barnabas.runtime.tasks import TaskSpec
from tests.unit.runtime.tasks.doubles import spec


def test_task_is_printed_without_its_settings() -> None:
    assert repr(spec(password="secret")) == "TaskSpec(c-0)"


def test_task_survives_the_way_to_its_runner() -> None:
    task = spec(is_sink=True, topics="a")
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(task), type=TaskSpec) == task
