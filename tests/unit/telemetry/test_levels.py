# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import logging

import pytest

from barnabas.telemetry import levels

NAMES = ["ALL", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "OFF"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_read_and_written(name: str):
    number = levels.parse_level(name.lower())
    assert number is not None
    assert levels.level_name(number) == name


def test_names_are_in_order_of_their_numbers():
    numbers = [levels.parse_level(name) for name in NAMES]
    assert numbers == sorted(numbers)


def test_pythons_names_are_read_as_well():
    assert levels.parse_level("warning") == logging.WARNING
    assert levels.parse_level(" Critical ") == logging.CRITICAL


@pytest.mark.parametrize("name", ["", "BOGUS", "5"])
def test_other_names_are_no_level(name: str):
    assert levels.parse_level(name) is None


@pytest.mark.parametrize(("number", "name"), [(0, "ALL"), (7, "TRACE"), (25, "INFO"), (99, "OFF")])
def test_numbers_between_belong_to_the_level_below(number: int, name: str):
    assert levels.level_name(number) == name
