# SPDX-License-Identifier: Apache-2.0
"""The page that says until when a worker is a member of its group."""

from __future__ import annotations

import os
import time

import pytest

from barnabas.runtime.runners.lease import Lease


@pytest.fixture
def lease():
    return Lease.make(10.0)


def test_without_a_group_it_never_ends():
    lease = Lease.make(None)
    assert (lease.is_bound, lease.is_void) == (False, False)


def test_it_has_ended_until_it_is_extended(lease):
    assert (lease.is_bound, lease.is_void) == (True, True)
    lease.extend(time.monotonic() + 10)
    assert not lease.is_void


def test_it_is_void_a_little_before_its_end(lease):
    lease.extend(time.monotonic() + 0.4)
    assert lease.is_void


def test_shares_are_of_the_session(lease):
    lease.extend(100.0)
    assert (lease.until(0.25), lease.until(0.0), lease.session_s) == (97.5, 100.0, 10.0)


def test_whoever_has_its_descriptor_sees_it_extended(lease):
    reader = Lease.inherited(os.dup(lease.descriptor))
    lease.extend(1234.5)
    assert (reader.deadline_s, reader.session_s) == (1234.5, 10.0)
