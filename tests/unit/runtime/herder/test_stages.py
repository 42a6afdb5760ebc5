# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
import itertools

from barnabas.runtime.herder.stages import Stages


def stages() -> Stages:
    seconds = itertools.count()
    start = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    return Stages(lambda: start + datetime.timedelta(seconds=next(seconds)))


def test_nothing_has_been_done_yet():
    assert stages().summary is None


def test_what_runs_is_said_with_its_beginning():
    made = stages()
    with made.during("restarting task c-0"):
        assert made.summary == (
            "The worker is currently restarting task c-0, which began at 2026-01-02T03:04:05.000Z."
        )


def test_what_was_completed_last_is_said_with_both_ends():
    made = stages()
    with made.during("stopping connector c"):
        pass
    assert made.summary == (
        "The last operation the worker completed was stopping connector c, which began at "
        "2026-01-02T03:04:05.000Z and completed at 2026-01-02T03:04:06.000Z."
    )


def test_of_two_the_longer_running_one_is_said():
    made = stages()
    with made.during("one"), made.during("two"):
        assert "currently one" in str(made.summary)
