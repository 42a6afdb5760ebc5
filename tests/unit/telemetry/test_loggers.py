# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterator

import pytest

from barnabas.telemetry.levels import OFF
from barnabas.telemetry.loggers import JAVA_LOGGERS, Level, LoggerRegistry


@pytest.fixture
def registry() -> Iterator[LoggerRegistry]:
    """A registry at moment 7; the levels a test sets are taken back."""
    root = logging.getLogger()
    known = logging.Logger.manager.loggerDict
    before = {one: one.level for one in known.values() if isinstance(one, logging.Logger)}
    level = root.level
    root.setLevel(logging.INFO)
    yield LoggerRegistry(lambda: 7)
    root.setLevel(level)
    for one in known.values():
        if isinstance(one, logging.Logger):
            one.setLevel(before.get(one, logging.NOTSET))


def test_a_new_logger_comes_into_being_with_its_level(registry: LoggerRegistry, name: str):
    assert registry.get(name) is None
    assert registry.set(name, logging.DEBUG) == [name]
    assert registry.get(name) == Level("DEBUG", 7)


def test_a_level_that_holds_already_changes_nothing(registry: LoggerRegistry, name: str):
    assert registry.set(name, logging.INFO) == []
    assert registry.get(name) == Level("INFO", None)


def test_setting_a_logger_sets_those_below(registry: LoggerRegistry, name: str):
    registry.set(f"{name}.x.y", logging.WARNING)
    assert registry.set(f"{name}.x", logging.DEBUG) == [f"{name}.x", f"{name}.x.y"]
    assert registry.get(f"{name}.x.y") == Level("DEBUG", 7)


def test_a_name_between_two_loggers_is_unknown(registry: LoggerRegistry, name: str):
    registry.set(f"{name}.x.y", logging.WARNING)
    assert registry.get(f"{name}.x") is None


def test_a_name_that_only_begins_alike_is_not_below(registry: LoggerRegistry, name: str):
    registry.set(f"{name}.xx", logging.WARNING)
    assert registry.set(f"{name}.x", logging.ERROR) == [f"{name}.x"]


@pytest.mark.parametrize("root", ["root", "ROOT", ""])
def test_the_root_has_these_names(registry: LoggerRegistry, root: str):
    assert registry.get(root) == Level("INFO", None)


def test_setting_the_root_sets_all(registry: LoggerRegistry, name: str):
    registry.set(name, logging.DEBUG)
    changed = registry.set("root", logging.ERROR)
    assert {"root", name} <= set(changed)
    assert {level.name for level in registry.all().values()} == {"ERROR"}


def test_loggers_that_are_off_are_not_listed(registry: LoggerRegistry, name: str):
    registry.set(name, OFF)
    assert name not in registry.all()
    assert "root" in registry.all()


def test_a_package_of_java_sets_our_modules(registry: LoggerRegistry):
    logging.getLogger("barnabas.rest.server")
    assert registry.set("org.apache.kafka.connect.runtime.rest", logging.DEBUG) == [
        "org.apache.kafka.connect.runtime.rest"
    ]
    assert logging.getLogger("barnabas.rest.server").getEffectiveLevel() == logging.DEBUG


@pytest.mark.parametrize("ours", sorted(set(JAVA_LOGGERS.values())))
def test_packages_of_java_stand_for_modules_there_are(ours: str):
    assert importlib.util.find_spec(ours) is not None
