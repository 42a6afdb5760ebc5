# SPDX-License-Identifier: Apache-2.0
"""What errors of S3's client mean."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)

from barnabas.connectors._storage.s3_errors import CLIENT_ERRORS, error_of_client
from barnabas.connectors._storage.storage import (
    FileMissingError,
    StorageAccessError,
    StorageError,
    StorageUnavailableError,
    TargetExistsError,
    UnknownOperationError,
)


def answer(code: str, status: int, message: str = "why.") -> ClientError:
    told = {"Error": {"Code": code, "Message": message}}
    return ClientError({**told, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutObject")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("NoSuchBucket", 404, StorageError),
        ("NoSuchKey", 404, FileMissingError),
        ("404", 404, FileMissingError),
        ("NoSuchUpload", 404, StorageUnavailableError),
        ("AccessDenied", 403, StorageAccessError),
        ("InvalidAccessKeyId", 403, StorageAccessError),
        ("SignatureDoesNotMatch", 403, StorageAccessError),
        ("ExpiredToken", 400, StorageAccessError),
        ("PreconditionFailed", 412, TargetExistsError),
        ("ConditionalRequestConflict", 409, StorageUnavailableError),
        ("SlowDown", 503, StorageUnavailableError),
        ("InternalError", 500, StorageUnavailableError),
        ("RequestTimeout", 400, StorageUnavailableError),
        ("NotImplemented", 501, UnknownOperationError),
        ("MethodNotAllowed", 405, UnknownOperationError),
        ("EntityTooSmall", 400, StorageError),
    ],
)
def test_answers_are_sorted(code: str, status: int, kind: type[StorageError]) -> None:
    error = error_of_client(answer(code, status), "s3://lake/a")
    assert type(error) is kind
    assert error.path == "s3://lake/a"
    assert code in str(error)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("NoSuchBucket", "Non-existent S3 bucket: create it, or correct s3.bucket.name"),
        ("InvalidAccessKeyId", "correct aws.access.key.id"),
        ("SignatureDoesNotMatch", "correct aws.secret.access.key"),
        ("NotImplemented", "enable.conditional.writes"),
    ],
)
def test_what_a_person_can_mend_comes_with_advice(code: str, advice: str) -> None:
    assert advice in str(error_of_client(answer(code, 400), "a"))


def test_missing_credentials_are_told_with_the_places_that_were_searched() -> None:
    error = error_of_client(NoCredentialsError(), "s3://lake")
    assert isinstance(error, StorageAccessError)
    assert "aws.access.key.id" in str(error)


def test_a_server_that_is_away_may_come_back() -> None:
    away = EndpointConnectionError(endpoint_url="http://x")
    assert isinstance(away, CLIENT_ERRORS)
    assert type(error_of_client(away, "a")) is StorageUnavailableError
    assert type(error_of_client(TimeoutError(), "a")) is StorageUnavailableError


def test_a_request_that_makes_no_sense_is_not_tried_again() -> None:
    assert type(error_of_client(ParamValidationError(report="x"), "a")) is StorageError
