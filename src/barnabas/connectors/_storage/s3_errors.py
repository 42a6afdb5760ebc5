# SPDX-License-Identifier: Apache-2.0
"""What the errors of S3's client mean to a writer of files."""

from __future__ import annotations

from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)

from barnabas.connectors._storage.storage import (
    FileMissingError,
    StorageAccessError,
    StorageError,
    StorageUnavailableError,
    TargetExistsError,
    UnknownOperationError,
)

__all__ = ["CLIENT_ERRORS", "error_of_client"]

CLIENT_ERRORS: Final[tuple[type[Exception], ...]] = (BotoCoreError, ClientError, OSError)
"""What calls of the client raise."""

_KINDS: Final[dict[str, type[StorageError]]] = {
    "NoSuchBucket": StorageError,
    "NoSuchKey": FileMissingError,
    "NoSuchUpload": StorageUnavailableError,
    "PreconditionFailed": TargetExistsError,
    "ConditionalRequestConflict": StorageUnavailableError,
    "OperationAborted": StorageUnavailableError,
    "RequestTimeout": StorageUnavailableError,
    "SlowDown": StorageUnavailableError,
    "Throttling": StorageUnavailableError,
    "ExpiredToken": StorageAccessError,
    "NotImplemented": UnknownOperationError,
    "MethodNotAllowed": UnknownOperationError,
}
_STATUSES: Final[dict[int, type[StorageError]]] = {
    401: StorageAccessError,
    403: StorageAccessError,
    404: FileMissingError,
    405: UnknownOperationError,
    408: StorageUnavailableError,
    409: StorageUnavailableError,
    412: TargetExistsError,
    429: StorageUnavailableError,
    501: UnknownOperationError,
}
_ADVICE: Final = {
    "NoSuchBucket": "Non-existent S3 bucket: create it, or correct s3.bucket.name",
    "InvalidAccessKeyId": "correct aws.access.key.id",
    "SignatureDoesNotMatch": "correct aws.secret.access.key",
    "NoSuchUpload": "somebody ended the upload: another task writes this partition, or a rule of"
    " the bucket",
    "NotImplemented": "the server lacks something that a setting asks for:"
    " enable.conditional.writes, s3.acl.canned, s3.ssea.name or s3.object.tagging",
    "RequestTimeTooSkewed": "set the clock of this machine",
}


def error_of_client(error: Exception, path: str) -> StorageError:
    """Return the error for one of the client's; no secret is in its text.

    Args:
        error: A ``ClientError`` for an answer of S3, or another one of the library's.
        path: Address of what was touched.
    """
    if isinstance(error, ClientError):
        return _error_of_answer(error, path)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        reason = (
            "no credentials were found: set aws.access.key.id and aws.secret.access.key, or"
            " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the worker's environment, or a"
            " profile, or a role of the machine"
        )
        return StorageAccessError(path=path, reason=reason)
    kind = StorageError if isinstance(error, ParamValidationError) else StorageUnavailableError
    return kind(path=path, reason=str(error))


def _error_of_answer(error: ClientError, path: str) -> StorageError:
    told = error.response.get("Error", {})
    code, text = str(told.get("Code", "")), str(told.get("Message", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    kind = _KINDS.get(code) or _STATUSES.get(status)
    if kind is None:
        kind = StorageUnavailableError if status >= 500 or not status else StorageError
    reason = f"{code}: {text}" if text else code
    if advice := _ADVICE.get(code):
        reason = f"{reason.rstrip('.')}; {advice}"
    return kind(path=path, reason=reason)
