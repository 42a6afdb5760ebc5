# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.cli.quickstart import command
from barnabas.errors import ConnectError


def test_what_is_missing_is_named_with_how_to_get_it():
    with pytest.raises(ConnectError, match=r"needs nowhere_found, .*'barnabas\[quickstart\]'"):
        command.check_libraries(["json", "nowhere_found"])


def test_nothing_is_said_when_nothing_is_missing():
    command.check_libraries(command._LIBRARIES)


def test_tasks_have_begun_when_each_runs_or_failed():
    def has_begun(*states: str) -> bool:
        return command._has_begun({"tasks": [{"state": state} for state in states]})

    assert has_begun("RUNNING", "FAILED")
    assert not has_begun("RUNNING", "UNASSIGNED")
    assert not has_begun()
