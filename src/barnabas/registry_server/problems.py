# SPDX-License-Identifier: Apache-2.0
"""What a request is refused for: status, error code and text of each refusal.

Source:
    Reference page *Schema Registry*, 3 (error codes and texts).
"""

from __future__ import annotations

from barnabas.errors import ConnectError

__all__ = [
    "RefusalError",
    "context_not_empty",
    "empty_schema",
    "id_taken",
    "incompatible",
    "invalid_level",
    "invalid_mode",
    "invalid_schema",
    "invalid_subject",
    "invalid_version",
    "no_subject_config",
    "no_subject_mode",
    "not_permitted",
    "reference_exists",
    "schema_not_found",
    "store_failed",
    "store_timed_out",
    "subject_not_deleted",
    "subject_not_found",
    "subject_was_deleted",
    "unreadable_body",
    "version_not_deleted",
    "version_not_found",
    "version_was_deleted",
]


class RefusalError(ConnectError):
    """The registry refuses a request."""

    def __init__(
        self, message: str | None = None, status: int = 500, error_code: int = 50001
    ) -> None:
        super().__init__(message)
        self.status = status
        """Status of the HTTP answer."""
        self.error_code = error_code
        """Confluent's code, in the body of the answer."""


def _not_found(code: int, text: str) -> RefusalError:
    return RefusalError(text, 404, code)


def _unprocessable(code: int, text: str) -> RefusalError:
    return RefusalError(text, 422, code)


def subject_not_found(subject: str) -> RefusalError:
    """No version of the subject can be seen."""
    return _not_found(40401, f"Subject '{subject}' not found.")


def version_not_found(version: int) -> RefusalError:
    """The subject has no such version; -1 is the latest."""
    return _not_found(40402, f"Version {version} not found.")


def schema_not_found(which: object = None) -> RefusalError:
    """There is no schema with this id or GUID, or none like the one of the request."""
    return _not_found(40403, "Schema not found" if which is None else f"Schema {which} not found")


def subject_was_deleted(subject: str) -> RefusalError:
    """The subject is soft-deleted already."""
    text = f"Subject '{subject}' was soft deleted.Set permanent=true to delete permanently"
    return _not_found(40404, text)


def subject_not_deleted(subject: str) -> RefusalError:
    """The subject must be soft-deleted before it is deleted for good."""
    text = f"Subject '{subject}' was not deleted first before being permanently deleted"
    return _not_found(40405, text)


def version_was_deleted(subject: str, version: int) -> RefusalError:
    """The version is soft-deleted already."""
    what = f"Subject '{subject}' Version {version}"
    return _not_found(40406, f"{what} was soft deleted.Set permanent=true to delete permanently")


def version_not_deleted(subject: str, version: int) -> RefusalError:
    """The version must be soft-deleted before it is deleted for good."""
    what = f"Subject '{subject}' Version {version}"
    return _not_found(40407, f"{what} was not deleted first before being permanently deleted")


def no_subject_config(subject: str) -> RefusalError:
    """The subject has no compatibility level of its own."""
    text = f"Subject '{subject}' does not have subject-level compatibility configured"
    return _not_found(40408, text)


def no_subject_mode(subject: str) -> RefusalError:
    """The subject has no mode of its own."""
    return _not_found(40409, f"Subject '{subject}' does not have subject-level mode configured")


def incompatible(subject: str, messages: object) -> RefusalError:
    """The schema breaks the rules of the subject's compatibility level."""
    text = (
        "Schema being registered is incompatible with an earlier schema for subject "
        f'"{subject}", details: {messages}'
    )
    return RefusalError(text, 409, 40901)


def invalid_schema(text: str) -> RefusalError:
    """The schema cannot be read, or one of its references is missing."""
    return _unprocessable(42201, text)


def empty_schema() -> RefusalError:
    """There is no text, and no earlier version to take it from."""
    return invalid_schema("Empty schema")


def invalid_version(version: object) -> RefusalError:
    """What should be a version is none."""
    text = (
        f"The specified version '{version}' is not a valid version id. Allowed values are between "
        '[1, 2^31-1] and the string "latest"'
    )
    return _unprocessable(42202, text)


def invalid_level() -> RefusalError:
    """There is no such compatibility level."""
    text = (
        "Invalid compatibility level. Valid values are none, backward, forward, full, "
        "backward_transitive, forward_transitive, and full_transitive"
    )
    return _unprocessable(42203, text)


def invalid_mode(text: str = "") -> RefusalError:
    """There is no such mode."""
    usual = "Invalid mode. Valid values are READWRITE, READONLY, IMPORT and FORWARD."
    return _unprocessable(42204, text or usual)


def not_permitted(text: str) -> RefusalError:
    """The mode does not allow this."""
    return _unprocessable(42205, text)


def reference_exists(subject: str, version: int) -> RefusalError:
    """Other schemas refer to what should be deleted."""
    key = f"{{magic=1,keytype=SCHEMA,subject={subject},version={version}}}"
    return _unprocessable(42206, f"One or more references exist to the schema {key}.")


def id_taken(schema_id: int, context: str) -> RefusalError:
    """Another schema has the id that a schema should be imported with."""
    text = f"Overwrite new schema with id {schema_id} in context {context} is not permitted."
    return _unprocessable(42205, text)


def invalid_subject(subject: str) -> RefusalError:
    """This cannot be the name of a subject."""
    return _unprocessable(42208, f"The specified subject '{subject}' is not a valid.")


def context_not_empty(context: str) -> RefusalError:
    """A context with subjects cannot be deleted."""
    return _unprocessable(42211, f"The specified context '{context}' is not empty.")


def unreadable_body(why: str) -> RefusalError:
    """The body of the request is no JSON of the expected form."""
    return RefusalError(why, 400, 400)


def store_failed(why: str) -> RefusalError:
    """The topic refused a record."""
    return RefusalError(f"The schema store failed: {why}", 500, 50001)


def store_timed_out(why: str) -> RefusalError:
    """The topic did not take a record in time, or could not be read to its end."""
    return RefusalError(f"Operation timed out: {why}", 500, 50002)
