# SPDX-License-Identifier: Apache-2.0
"""Hosts run in threads of the test: no end of a socket may end the test's process."""

from __future__ import annotations

import pytest

from barnabas.runtime.runners import control

_ends: list[str] = []


@pytest.fixture(scope="session", autouse=True)
def _no_end():
    """Hold to the end of the session: a control thread may outlive its test by a moment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(control, "end_soon", lambda: _ends.append("end"))
        yield


@pytest.fixture
def ends():
    """The times a runner would have ended its process because its worker was gone."""
    _ends.clear()
    return _ends
