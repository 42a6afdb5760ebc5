# SPDX-License-Identifier: Apache-2.0
"""The errors Barnabas raises, in one tree.

::

    ConnectError                      anything that went wrong inside Kafka Connect
    ├── DataError                     a value or schema breaks the data model
    │   ├── SchemaBuilderError        a schema is put together against the rules
    │   └── SchemaProjectorError      a value cannot be projected to another schema
    ├── RetriableError                may succeed when tried again
    ├── NotFoundError                 named thing does not exist            (REST 404)
    ├── AlreadyExistsError            name is taken                         (REST 409)
    ├── ConflictError                 another operation is in the way       (REST 409)
    │   ├── RebalanceError            the cluster is being balanced anew
    │   └── RequestTargetError        another worker has to do it           (REST forwards)
    │       ├── NotLeaderError        the leader has to do it
    │       └── NotOwnerError         the worker that runs it has to do it
    ├── BadRequestError               the request makes no sense            (REST 400)
    ├── ForbiddenError                switched off by the worker's settings (REST 403)
    ├── UnavailableError              the worker cannot do it yet           (REST 503)
    ├── IllegalStateError             called at the wrong time
    ├── UnsupportedError              this plugin or worker cannot do that
    ├── DeadlineError                 a call did not answer in time
    ├── GroupBusyError                a consumer group has members, whose offsets they are
    ├── PrivilegedWriteError          this worker lost the right to write configurations
    ├── ConfigError                   a setting is missing or wrong
    ├── PeerError                     another worker was asked and did not answer
    │   ├── PeerUnreachableError      it cannot have got the request
    │   └── PeerLostError             it may have got the request
    ├── RegistryError                 a Schema Registry was asked in vain
    │   ├── RegistryAnswerError       it does not know or take a schema     (also a DataError)
    │   ├── RegistryAccessError       it wants other credentials            (also a ConfigError)
    │   └── RegistryUnavailableError  it cannot be asked at the moment      (also a RetriableError)
    ├── PluginError                   a plugin is unknown, ambiguous or cannot be loaded
    │   └── PluginVersionError        no installed version of it fits the wanted range
    └── ProtocolError                 bytes from elsewhere do not follow their format

Every error keeps its message as its only positional argument, so that it survives pickling. The
docstring of a class is its message when none is given.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "AlreadyExistsError",
    "BadRequestError",
    "ConfigError",
    "ConflictError",
    "ConnectError",
    "DataError",
    "DeadlineError",
    "ForbiddenError",
    "GroupBusyError",
    "IllegalStateError",
    "NotFoundError",
    "NotLeaderError",
    "NotOwnerError",
    "PeerError",
    "PeerLostError",
    "PeerUnreachableError",
    "PluginError",
    "PluginVersionError",
    "PrivilegedWriteError",
    "ProtocolError",
    "RebalanceError",
    "RegistryAccessError",
    "RegistryAnswerError",
    "RegistryError",
    "RegistryUnavailableError",
    "RequestTargetError",
    "RetriableError",
    "SchemaBuilderError",
    "SchemaProjectorError",
    "UnavailableError",
    "UnsupportedError",
]


class ConnectError(Exception):
    """Kafka Connect failed."""

    is_logged = False
    """Whether it is in the log, with all that is known, so that who hears of it need not log it."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message if message is not None else (type(self).__doc__ or ""))

    @property
    def message(self) -> str:
        """The text of the error."""
        return str(self.args[0])


class DataError(ConnectError):
    """A value or schema breaks the data model."""


class SchemaBuilderError(DataError):
    """A schema is put together against the rules."""


class SchemaProjectorError(DataError):
    """A value cannot be projected to the target schema."""


class RetriableError(ConnectError):
    """The operation failed but may succeed when tried again."""


class NotFoundError(ConnectError):
    """The named thing does not exist."""


class AlreadyExistsError(ConnectError):
    """The name is taken."""


class ConflictError(ConnectError):
    """Another operation is in the way."""


class RebalanceError(ConflictError):
    """The cluster is being balanced anew; try again in a moment."""

    def __init__(self, message: str | None = None, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        """When it is worth to try again, in seconds from now."""


class RequestTargetError(ConflictError):
    """Another worker of the cluster has to answer this request."""

    def __init__(self, message: str | None = None, forward_url: str | None = None) -> None:
        super().__init__(message)
        self.forward_url = forward_url
        """Advertised address of that worker; None while it is not known."""


class NotLeaderError(RequestTargetError):
    """Only the leader of the cluster can do this."""


class NotOwnerError(RequestTargetError):
    """Only the worker that runs the connector or task can do this."""


class BadRequestError(ConnectError):
    """The request makes no sense."""

    notices: Sequence[str] = ()
    """What the user should know besides; the REST API puts it into a header."""


class ForbiddenError(ConnectError):
    """The worker's settings do not allow this."""


class UnavailableError(ConnectError):
    """The worker is still starting up."""


class IllegalStateError(ConnectError):
    """The call came at the wrong time."""


class UnsupportedError(ConnectError):
    """The operation is not supported here."""


class DeadlineError(ConnectError):
    """A call did not answer in time."""


class GroupBusyError(ConnectError):
    """The consumer group has members, so that its offsets are theirs."""


class PrivilegedWriteError(ConnectError):
    """Another worker took over the right to write configurations."""


class ConfigError(ConnectError):
    """A setting is missing or wrong."""


class PeerError(ConnectError):
    """Another worker was asked and did not answer."""


class PeerUnreachableError(PeerError):
    """Another worker cannot be reached; it has not got the request."""

    def __init__(self, message: str | None = None, *, may_pass: bool = True) -> None:
        super().__init__(message)
        self.may_pass = may_pass
        """Whether it may be reached later with the settings as they are."""


class PeerLostError(PeerError):
    """Another worker was lost before it answered; it may have got the request."""


class RegistryError(ConnectError):
    """A Schema Registry was asked in vain."""

    def __init__(
        self,
        message: str | None = None,
        *,
        status: int | None = None,
        error_code: int | None = None,
        subject: str | None = None,
        schema_id: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        """HTTP status of the answer; None when there was none."""
        self.error_code = error_code
        """The registry's own code, such as 40403; None when it gave none."""
        self.subject = subject
        """The subject it was about, if any."""
        self.schema_id = schema_id
        """The schema id it was about, if any."""


class RegistryAnswerError(RegistryError, DataError):
    """The Schema Registry does not know the schema or refuses it."""

    @property
    def is_not_found(self) -> bool:
        """Whether the registry does not know the schema, subject or version."""
        return self.status == 404 and self.error_code != 50005  # which means: no registry


class RegistryAccessError(RegistryError, ConfigError):
    """The Schema Registry wants other credentials or forbids the request."""


class RegistryUnavailableError(RegistryError, RetriableError):
    """The Schema Registry cannot be asked at the moment."""

    retry_after_s = 0.0
    """When it asked to be asked again, in seconds from its answer; 0 when it did not say."""


class PluginError(ConnectError):
    """A plugin is unknown, ambiguous or cannot be loaded."""


class PluginVersionError(PluginError):
    """No installed version of the plugin fits the wanted range."""

    def __init__(self, message: str | None = None, available: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.available = tuple(available)
        """The versions that are installed, oldest first."""


class ProtocolError(ConnectError):
    """Bytes from elsewhere do not follow their format."""
