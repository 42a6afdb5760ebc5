# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.runtime.stores.garbage import warn_of_garbage
from barnabas.runtime.stores.log_reader import LogRecord


@pytest.mark.parametrize(
    ("key", "shown"), [(b"k\xff\n", r"'k\\xff\n'"), (None, "None"), (b"plain", "'plain'")]
)
def test_the_place_of_a_record_is_told_but_not_its_value(key, shown, caplog):
    warn_of_garbage("t", LogRecord(3, 7, key, b"secret"), "its key is of no known kind")
    assert caplog.messages == [
        f"Ignoring a record of topic t, partition 3, offset 7, key {shown}: "
        "its key is of no known kind"
    ]
