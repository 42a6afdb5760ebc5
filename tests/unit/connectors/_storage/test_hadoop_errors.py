# SPDX-License-Identifier: Apache-2.0
"""Exceptions of Java become errors that say whether trying again may help."""

from __future__ import annotations

import pytest

from barnabas.connectors._storage.hadoop_errors import error_of_exception
from barnabas.connectors._storage.storage import (
    FileMissingError,
    LeaseHeldError,
    StorageAccessError,
    StorageError,
    StorageFullError,
    StorageUnavailableError,
    TargetExistsError,
)
from barnabas.errors import RetriableError

PATH = "hdfs://n:8020/a"


@pytest.mark.parametrize(
    ("exception", "kind"),
    [
        ("org.apache.hadoop.hdfs.server.namenode.SafeModeException", StorageUnavailableError),
        ("org.apache.hadoop.ipc.StandbyException", StorageUnavailableError),
        ("org.apache.hadoop.security.AccessControlException", StorageAccessError),
        ("org.apache.hadoop.hdfs.protocol.NSQuotaExceededException", StorageFullError),
        ("org.apache.hadoop.hdfs.protocol.DSQuotaExceededException", StorageFullError),
        ("org.apache.hadoop.hdfs.protocol.AlreadyBeingCreatedException", LeaseHeldError),
        ("org.apache.hadoop.fs.FileAlreadyExistsException", TargetExistsError),
        ("FileNotFoundException", FileMissingError),
        ("a.b.FSLimitException$PathComponentTooLongException", StorageError),
    ],
)
def test_kind_follows_the_exception(exception: str, kind: type[StorageError]) -> None:
    assert type(error_of_exception(exception, "no", PATH)) is kind


def test_an_unknown_exception_may_pass() -> None:
    assert isinstance(error_of_exception("org.example.OddException", "odd", PATH), RetriableError)


def test_plain_exceptions_are_told_apart_by_their_text() -> None:
    error = error_of_exception(
        "java.io.IOException", "Source /a and destination /b must both be directories", PATH
    )
    assert type(error) is TargetExistsError


def test_message_names_path_and_reason_without_the_stack() -> None:
    error = error_of_exception(
        "x.SafeModeException", "Cannot create.\nOn.\n\tat a.B.c(B.java:1)", PATH
    )
    assert error.path == PATH
    assert error.reason == "SafeModeException: Cannot create. On."
    assert error.message.endswith(
        "Path: hdfs://n:8020/a. Reason: SafeModeException: Cannot create. On."
    )


def test_a_block_that_no_data_node_takes_is_explained() -> None:
    """HDFS says the same of disks that are full and of nodes that are away."""
    told = (
        "File /a could only be written to 0 of the 1 minReplication nodes. There are 1 datanode(s)"
        " running and 1 node(s) are excluded in this operation.\n\tat org.apache.Hadoop"
    )
    error = error_of_exception("java.io.IOException", told, "hdfs://n/a")
    assert type(error) is StorageUnavailableError
    assert (
        "1 node(s) are excluded in this operation. No DataNode takes the block: they are full"
        in (error.message)
    )
