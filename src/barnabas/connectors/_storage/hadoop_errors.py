# SPDX-License-Identifier: Apache-2.0
"""What exceptions of Java, as HDFS answers with them, mean to a writer of files."""

from __future__ import annotations

from typing import Final

from barnabas.connectors._storage.storage import (
    FileMissingError,
    LeaseHeldError,
    StorageAccessError,
    StorageError,
    StorageFullError,
    StorageUnavailableError,
    TargetExistsError,
)

__all__ = ["error_of_exception"]

_KINDS: Final[dict[str, type[StorageError]]] = {
    "AccessControlException": StorageAccessError,
    "SecurityException": StorageAccessError,
    "InvalidToken": StorageAccessError,
    "AuthorizationException": StorageAccessError,
    "FileNotFoundException": FileMissingError,
    "FileAlreadyExistsException": TargetExistsError,
    "AlreadyBeingCreatedException": LeaseHeldError,
    "RecoveryInProgressException": LeaseHeldError,
    "LeaseExpiredException": LeaseHeldError,
    "NSQuotaExceededException": StorageFullError,
    "DSQuotaExceededException": StorageFullError,
    "QuotaByStorageTypeExceededException": StorageFullError,
    "QuotaExceededException": StorageFullError,
    "DiskOutOfSpaceException": StorageFullError,
    "PathIsNotEmptyDirectoryException": StorageError,
    "ParentNotDirectoryException": StorageError,
    "InvalidPathException": StorageError,
    "UnresolvedPathException": StorageError,
    "MaxDirectoryItemsExceededException": StorageError,
    "PathComponentTooLongException": StorageError,
    "IllegalArgumentException": StorageError,
    "UnsupportedOperationException": StorageError,
}
# Exceptions of the plain kind are told apart by what NameNodes write into them.
_TEXTS: Final[dict[str, type[StorageError]]] = {
    "must both be directories": TargetExistsError,
    "already exists": TargetExistsError,
    "out of space": StorageFullError,
    "No space left on device": StorageFullError,
}
_NO_DATA_NODE: Final = "could only be written to 0 of"
_WHY_NO_DATA_NODE: Final = (
    " No DataNode takes the block: they are full, away or too busy; `hdfs dfsadmin -report` tells"
)


def error_of_exception(name: str, message: str, path: str) -> StorageError:
    """Return the error for an exception of Java.

    An exception nobody here has heard of may pass, as a safe mode or a change of the active
    NameNode does: it becomes a `StorageUnavailableError`.

    Args:
        name: Name of the class, with its package or not.
        message: What it says; lines after the first, where it was thrown, are left out.
        path: Path that was touched, with the address of the store.
    """
    simple = name.rpartition(".")[2].rpartition("$")[2]
    reason = message.strip().partition("\n\tat ")[0].replace("\n", " ")
    kind = _KINDS.get(simple)
    if kind is None:
        found = (kind for text, kind in _TEXTS.items() if text in reason)
        kind = next(found, StorageUnavailableError)
    if _NO_DATA_NODE in reason:
        reason += _WHY_NO_DATA_NODE
    return kind(path=path, reason=f"{simple}: {reason}")
