# SPDX-License-Identifier: Apache-2.0
"""What is done about an object that is there already."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from barnabas.connectors._storage.object_storage import ObjectStorage, shall_keep
from barnabas.connectors._storage.storage import TargetExistsError

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("size", "age_s", "kept"), [(5, 0, True), (5, 3600, True), (6, 3, False), (4, 3600, False)]
)
def test_the_same_size_is_kept_and_what_is_older_is_replaced(
    size: int, age_s: int, kept: bool
) -> None:
    changed = NOW - timedelta(seconds=age_s)
    assert shall_keep("a", size, NOW, old_size=5, old_changed=changed) is kept


@pytest.mark.parametrize("age_s", [-60, 0, 2])
def test_what_is_younger_belongs_to_somebody_else(age_s: int) -> None:
    changed = NOW - timedelta(seconds=age_s)
    with pytest.raises(TargetExistsError, match=r"somebody wrote it.* two connectors") as caught:
        shall_keep("s3://lake/a", 4, NOW, old_size=5, old_changed=changed)
    assert caught.value.path == "s3://lake/a"


def test_what_stores_of_objects_must_have() -> None:
    assert {"uploads", "abort_upload", "tag"} <= ObjectStorage.__abstractmethods__
    assert "rename" not in ObjectStorage.__abstractmethods__
