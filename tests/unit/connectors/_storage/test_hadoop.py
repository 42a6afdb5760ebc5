# SPDX-License-Identifier: Apache-2.0
"""What is told to HDFS clients."""

from __future__ import annotations

from barnabas.connectors._storage.hadoop import HadoopSettings


def test_nobody_logs_in_by_default() -> None:
    assert not HadoopSettings().is_kerberos
