# SPDX-License-Identifier: Apache-2.0
"""Paths and errors of stores."""

from __future__ import annotations

import pickle

import pytest

from barnabas.connectors._storage import storage
from barnabas.errors import NotFoundError, RetriableError


def test_paths_are_joined_without_empty_parts() -> None:
    assert storage.join("/topics//+tmp/", "", "clicks") == "topics/+tmp/clicks"
    assert storage.join("", "/") == ""


def test_the_parent_of_a_file_at_the_root_is_the_root() -> None:
    assert storage.parent_of("a/b/c") == "a/b"
    assert storage.parent_of("a") == ""


def test_an_error_says_path_and_reason() -> None:
    error = storage.StorageFullError(path="hdfs://nn/a", reason="quota of /a is used up")
    assert str(error).endswith("Path: hdfs://nn/a. Reason: quota of /a is used up")
    assert "no room left" in str(error)


def test_errors_survive_pickling() -> None:
    error = pickle.loads(pickle.dumps(storage.FileMissingError("gone", path="a", reason="b")))
    assert (str(error), error.path, error.reason) == ("gone", "a", "b")


@pytest.mark.parametrize(
    ("kind", "retriable"),
    [
        (storage.StorageUnavailableError, True),
        (storage.LeaseHeldError, True),
        (storage.StorageFullError, True),
        (storage.StorageAccessError, False),
        (storage.FileMissingError, False),
    ],
)
def test_what_may_pass_is_retriable(kind: type[storage.StorageError], retriable: bool) -> None:
    assert issubclass(kind, RetriableError) is retriable


def test_a_missing_file_is_something_not_found() -> None:
    assert issubclass(storage.FileMissingError, NotFoundError)
