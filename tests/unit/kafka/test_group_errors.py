# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConnectError, RetriableError
from barnabas.kafka.group_errors import (
    CoordinatorLostError,
    GenerationLostError,
    GroupRefusedError,
    MembershipLostError,
    RebalanceUnderWayError,
    group_error,
)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (14, CoordinatorLostError),
        (15, CoordinatorLostError),
        (16, CoordinatorLostError),
        (22, GenerationLostError),
        (23, GroupRefusedError),
        (25, MembershipLostError),
        (26, GroupRefusedError),
        (27, RebalanceUnderWayError),
        (30, GroupRefusedError),
        (81, GroupRefusedError),
        (-1, CoordinatorLostError),
    ],
)
def test_the_class_says_what_became_of_the_membership(code: int, kind: type[ConnectError]) -> None:
    assert type(group_error(code, "WORD", "g")) is kind


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        (23, "give this cluster a group.id of its own"),
        (26, "session.timeout.ms=1234 is not accepted"),
        (26, "group.min.session.timeout.ms"),
        (30, "give it READ on the group: kafka-acls.sh --bootstrap-server broker:9092"),
        (81, "raise the broker's group.max.size"),
    ],
)
def test_a_refusal_names_the_group_and_what_to_change(code: int, mend: str) -> None:
    message = group_error(
        code, "KAFKAS_WORD", "lake", session_ms=1234, servers="broker:9092"
    ).message
    assert "lake" in message
    assert "KAFKAS_WORD" in message
    assert mend in message


def test_only_what_time_mends_is_retriable() -> None:
    assert isinstance(group_error(15, "", "g"), RetriableError)
    assert not isinstance(group_error(30, "", "g"), RetriableError)
