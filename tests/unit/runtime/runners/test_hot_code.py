# SPDX-License-Identifier: Apache-2.0
"""Code that is run is copied to one place; functions stay what they are."""

from __future__ import annotations

import threading

import pytest

from barnabas.runtime.runners import hot_code


@pytest.fixture
def run():
    """A function of its own for each test, with code inside."""

    def add_up(values, *, factor=2):
        return sum(factor * value for value in values)

    return add_up


@pytest.fixture
def other():
    def never_called(values):
        return [value for value in values if value]

    return never_called


def test_code_that_is_run_is_noted(run, other):
    with hot_code.watched() as seen:
        run([1])
    assert run.__code__ in seen.values()
    assert other.__code__ not in seen.values()


def test_so_is_that_of_a_thread_begun_meanwhile(run):
    with hot_code.watched() as seen:
        thread = threading.Thread(target=run, args=([1],))
        thread.start()
        thread.join()
    assert run.__code__ in seen.values()


def test_nothing_is_noted_afterwards(run):
    with hot_code.watched() as seen:
        pass
    run([1])
    assert run.__code__ not in seen.values()


def test_a_function_gets_a_copy_of_its_code_and_does_the_same(run):
    before = run.__code__
    assert hot_code.gather({id(before): before}) >= 1
    assert run.__code__ is not before
    assert run.__code__ == before
    assert run([1, 2]) == 6
    assert run([1, 2], factor=3) == 9


def test_functions_that_share_code_share_the_copy():
    def make():
        return lambda: 1

    first, second = make(), make()
    assert hot_code.gather({id(first.__code__): first.__code__}) >= 2
    assert first.__code__ is second.__code__


def test_code_inside_code_is_copied_with_it(run):
    inner = next(each for each in run.__code__.co_consts if hasattr(each, "co_code"))
    hot_code.gather({id(inner): inner})
    assert not any(each is inner for each in run.__code__.co_consts)
    assert run([1, 2]) == 6


def test_code_that_was_not_run_stays_where_it_is(run, other):
    before = other.__code__
    hot_code.gather({id(run.__code__): run.__code__})
    assert other.__code__ is before
