# SPDX-License-Identifier: Apache-2.0
"""Checks of settings together."""

from __future__ import annotations

from barnabas.config import ConfigValue
from barnabas.connectors._storage.joint_checks import add_problems, problems_of
from barnabas.errors import ConfigError


def refuse(message: str) -> None:
    raise ConfigError(message)


def test_every_check_is_run_and_its_message_kept() -> None:
    checks = [lambda: refuse("one"), lambda: None, lambda: refuse("two")]
    assert problems_of(checks) == ["one", "two"]


def test_a_problem_is_told_at_the_setting_it_names() -> None:
    values = [ConfigValue(name) for name in ("a.b", "c")]
    told = "Invalid value 1 for configuration a.b: no"
    add_problems(values, [told, "Invalid value 1 for configuration x: no", "what"], "c")
    assert [value.errors for value in values] == [
        [told],
        ["Invalid value 1 for configuration x: no", "what"],
    ]
