# SPDX-License-Identifier: Apache-2.0
"""The HDFS sink's task with a local directory; what it does is tested with `StorageSinkTask`."""

from __future__ import annotations

from pathlib import Path

from barnabas.connectors.hdfs.task import HdfsSinkTask
from tests.unit.connectors._storage.sink_harness import WHERE, Context, offsets_in, records


def test_records_get_into_files(tmp_path: Path) -> None:
    task = HdfsSinkTask()
    task.context = Context()
    task.start({"flush.size": "3", "store.url": f"file://{tmp_path}", "format.class": "JsonFormat"})
    task.open({WHERE})
    task.put(records(0, 7))
    task.close({WHERE})
    task.stop()
    assert offsets_in(tmp_path) == [0, 1, 2, 3, 4, 5]


def test_a_task_that_never_started_can_be_stopped() -> None:
    HdfsSinkTask().stop()
