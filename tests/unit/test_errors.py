# SPDX-License-Identifier: Apache-2.0
"""The error tree."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from barnabas import errors

ALL = [getattr(errors, name) for name in errors.__all__]


@pytest.mark.parametrize("error", ALL)
def test_every_error_is_a_connect_error_and_survives_a_pipe(error: type[Exception]) -> None:
    copy = pickle.loads(pickle.dumps(error("the file is gone")))

    assert isinstance(copy, errors.ConnectError)
    assert (type(copy), copy.message) == (error, "the file is gone")


@pytest.mark.parametrize("error", ALL)
def test_an_error_without_message_says_what_its_class_says(error: type[Exception]) -> None:
    assert str(error()) == inspect.getdoc(error)


def test_an_empty_message_stays_empty() -> None:
    assert str(errors.DataError("")) == ""


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = re.findall(r"(?m)^ {4}([│├└─ ]*)(\w+Error)\b", errors.__doc__ or "")
    parents: list[str] = []
    for indent, name in drawn:
        depth = len(indent) // 4
        parents[depth:] = [name]
        parent = parents[depth - 1] if depth else "Exception"
        assert getattr(errors, name).__base__.__name__ == parent
    assert sorted(name for _, name in drawn) == sorted(errors.__all__)


def test_what_an_error_knows_survives_a_pipe() -> None:
    for error, known in (
        (errors.NotLeaderError("x", "http://b:8083/"), {"forward_url": "http://b:8083/"}),
        (errors.RebalanceError("x", 7.5), {"retry_after_s": 7.5}),
        (errors.PeerUnreachableError("x", may_pass=False), {"may_pass": False}),
        (
            errors.RegistryAnswerError("x", status=409, error_code=1, subject="s", schema_id=7),
            {"status": 409, "error_code": 1, "subject": "s", "schema_id": 7},
        ),
    ):
        assert vars(pickle.loads(pickle.dumps(error))) == known
