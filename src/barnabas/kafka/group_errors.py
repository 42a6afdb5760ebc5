# SPDX-License-Identifier: Apache-2.0
"""What a group's coordinator answers when it does not do what was asked, as errors with a mend."""

from __future__ import annotations

from typing import Final

from barnabas.errors import ConnectError, RetriableError

__all__ = [
    "REBALANCE_IN_PROGRESS",
    "CoordinatorLostError",
    "GenerationLostError",
    "GroupRefusedError",
    "MembershipLostError",
    "RebalanceUnderWayError",
    "group_error",
]

REBALANCE_IN_PROGRESS: Final = 27
_ILLEGAL_GENERATION: Final = 22
_UNKNOWN_MEMBER_ID: Final = 25


class CoordinatorLostError(RetriableError):
    """The group's coordinator is not there; it has to be found again."""


class MembershipLostError(ConnectError):
    """The coordinator does not know this member any more."""


class GenerationLostError(ConnectError):
    """The group went on without this member; it has to join again."""


class RebalanceUnderWayError(ConnectError):
    """The members are joining again; so must this one."""


class GroupRefusedError(ConnectError):
    """The coordinator does not let this member in, and will not before somebody changes something.

    Its message says what.
    """


_LOST = {
    14: "the coordinator is still loading the group",
    15: "the group's coordinator is not available",
    16: "the broker is not the group's coordinator any more",
}

_MENDS = {
    23: (
        "group.id={group} is in use by a group of another kind, such as a consumer group, or by "
        "workers that share no connect.protocol with this one; give this cluster a group.id of its "
        "own, or all its workers the same connect.protocol"
    ),
    24: "group.id={group} is not accepted; it must not be empty",
    26: (
        "session.timeout.ms={session_ms} is not accepted by the coordinator of group {group}; "
        "choose a value between the broker's group.min.session.timeout.ms (usually 6000) and "
        "group.max.session.timeout.ms"
    ),
    30: (
        "Group {group} is not open to this worker's principal; give it READ on the group: "
        "kafka-acls.sh --bootstrap-server {servers} --add --allow-principal User:NAME --operation "
        "Read --group {group}"
    ),
    31: "This worker's principal has no rights on the cluster, which group {group} is part of",
    81: "Group {group} has as many members as it may; raise the broker's group.max.size",
}


def group_error(
    code: int, word: str, group: str, *, session_ms: int = 0, servers: str = ""
) -> ConnectError:
    """Make the error for an answer.

    Args:
        code: Kafka's number of the error; not 0.
        word: Kafka's name of it.
        group: The ``group.id``.
        session_ms: The ``session.timeout.ms``.
        servers: The ``bootstrap.servers``.
    """
    if code == _UNKNOWN_MEMBER_ID:
        message = f"The coordinator of group {group} has given up this member ({word})"
        return MembershipLostError(message)
    if code == _ILLEGAL_GENERATION:
        return GenerationLostError(f"Group {group} went on without this member ({word})")
    if code == REBALANCE_IN_PROGRESS:
        return RebalanceUnderWayError(f"Group {group} is being rebalanced ({word})")
    if code in _MENDS:
        mend = _MENDS[code].format(group=group, session_ms=session_ms, servers=servers)
        return GroupRefusedError(f"{mend} ({word})")
    what = _LOST.get(code, "the coordinator cannot do it now")
    return CoordinatorLostError(f"Group {group}: {what} ({word})")
