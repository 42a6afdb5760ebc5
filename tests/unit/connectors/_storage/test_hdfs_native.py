# SPDX-License-Identifier: Apache-2.0
"""What the client is told, and what its errors mean; tests/integration has a real HDFS."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from barnabas.connectors._storage.hadoop import HadoopSettings
from barnabas.connectors._storage.hdfs_native import (
    HdfsStorage,
    error_of_client,
    settings_of_client,
)
from barnabas.connectors._storage.storage import (
    FileMissingError,
    StorageAccessError,
    StorageError,
    StorageUnavailableError,
    TargetExistsError,
)
from barnabas.errors import ConfigError

PATH = "hdfs://n:8020/a"
DENIED = (
    'RPCError("org.apache.hadoop.security.AccessControlException", "Permission denied: user=x, '
    'access=WRITE, inode=\\"/\\":root\\n\\tat org.apache.hadoop.A.b(A.java:1)\\n")'
)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (FileNotFoundError("/a\n\tat x"), FileMissingError),
        (FileExistsError("/a"), TargetExistsError),
        (IsADirectoryError("/a"), StorageError),
        (ConnectionRefusedError("refused"), StorageUnavailableError),
        (RuntimeError(DENIED), StorageAccessError),
        (RuntimeError('DataTransferError("All nodes failed")'), StorageUnavailableError),
        (RuntimeError('SASLError("No valid token")'), StorageAccessError),
    ],
)
def test_errors_of_the_library_are_told_in_our_words(
    error: Exception, kind: type[StorageError]
) -> None:
    assert type(error_of_client(error, PATH)) is kind


def test_reason_is_what_the_name_node_said() -> None:
    reason = error_of_client(RuntimeError(DENIED), PATH).reason
    assert reason == (
        'AccessControlException: Permission denied: user=x, access=WRITE, inode="/":root'
    )


def test_kerberos_is_told_to_the_client() -> None:
    told = settings_of_client(HadoopSettings(is_kerberos=True, namenode_principal="nn/_HOST@R"))
    assert told["hadoop.security.authentication"] == "kerberos"
    assert told["dfs.namenode.kerberos.principal"] == "nn/_HOST@R"


def test_a_missing_library_is_told_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hdfs_native", None)
    with pytest.raises(ConfigError, match=r"barnabas\[hdfs\]"):
        HdfsStorage("hdfs://127.0.0.1:1")


def test_an_unknown_name_service_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"hdfs://lake .*{tmp_path}.*no NameNode"):
        HdfsStorage("hdfs://lake", HadoopSettings(conf_dir=str(tmp_path)))
