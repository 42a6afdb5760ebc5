# SPDX-License-Identifier: Apache-2.0
"""What is offered to a group, and what happens when it refuses."""

from __future__ import annotations

import pytest

from barnabas.errors import ConnectError
from barnabas.kafka import layering
from barnabas.runtime.tasks.group_offer import GroupOffer
from tests.unit.runtime.tasks.doubles import WORKER, Clock

STRATEGY = "partition.assignment.strategy"
COOPERATIVE, EAGER = "cooperative-sticky", "range,roundrobin"


class Bench:
    """An offer whose group refuses it every three seconds."""

    def __init__(self, *, worker: str | None = None, **settings: str) -> None:
        self.clock = Clock()
        config = {f"consumer.override.{k.replace('_', '.')}": v for k, v in settings.items()}
        of_worker = {} if worker is None else {f"consumer.{STRATEGY}": worker}
        properties = layering.task_consumer({**WORKER, **of_worker}, config, "c", 0)
        self.offer = GroupOffer(properties, self.clock)

    @property
    def offered(self) -> str | None:
        return self.offer.properties.translate().settings.get(STRATEGY)

    def refuse(self, seconds: float) -> list[bool]:
        end, told = self.clock.time + seconds, []
        while self.clock.time < end:
            told.append(self.offer.refuse())
            self.clock.time += 3
        return told


def test_the_cooperative_way_is_offered_unless_the_user_says_otherwise() -> None:
    bench = Bench()
    assert bench.offered == COOPERATIVE
    assert bench.offer.is_incremental


@pytest.mark.parametrize(
    ("settings", "offered"),
    [
        ({"partition_assignment_strategy": "roundrobin"}, "roundrobin"),
        ({"partition_assignment_strategy": ""}, COOPERATIVE),
        ({"worker": "org.apache.kafka.clients.consumer.RangeAssignor"}, "range"),
        ({"worker": "range", "partition_assignment_strategy": COOPERATIVE}, COOPERATIVE),
        ({"partition_assignment_strategy": "RangeAssignor,CooperativeStickyAssignor"}, "range"),
    ],
)
def test_what_the_user_says_is_obeyed(settings: dict[str, str], offered: str) -> None:
    bench = Bench(**settings)
    assert bench.offered == offered
    assert bench.offer.is_incremental is (offered == COOPERATIVE)


def test_the_brokers_protocol_is_incremental_and_names_no_assignor() -> None:
    bench = Bench(group_protocol="consumer")
    assert bench.offered is None
    assert bench.offer.is_incremental
    with pytest.raises(ConnectError, match="in other ways than the broker"):
        bench.offer.refuse()


def test_members_of_another_kind_are_waited_for_and_then_joined_in_their_way() -> None:
    bench = Bench()
    assert bench.refuse(15) == [False] * 5
    assert bench.offer.refuse()
    assert bench.offered == EAGER
    assert not bench.offer.is_incremental


def test_the_first_kind_is_offered_again_when_the_second_is_refused_too() -> None:
    bench = Bench()
    assert bench.refuse(33).count(True) == 2
    assert bench.offered == COOPERATIVE


def test_a_member_that_was_taken_in_is_as_patient_as_before() -> None:
    bench = Bench()
    bench.refuse(12)
    bench.offer.accept()
    assert bench.refuse(15) == [False] * 5


def test_only_what_the_user_named_is_offered_and_a_minute_of_refusals_fails() -> None:
    bench = Bench(partition_assignment_strategy="range")
    assert bench.refuse(60) == [False] * 20
    with pytest.raises(ConnectError, match=rf"Group connect-c .* than range; .*{STRATEGY}"):
        bench.offer.refuse()


def test_a_group_that_takes_neither_kind_fails_the_task_after_a_minute() -> None:
    bench = Bench()
    bench.refuse(60)
    with pytest.raises(ConnectError, match="than cooperative-sticky and range,roundrobin"):
        bench.offer.refuse()


def test_a_great_many_partitions_are_dealt_out_eagerly_first() -> None:
    bench = Bench()
    assert bench.offer.choose(2001)
    assert bench.offered == EAGER
    bench.refuse(15)
    assert bench.offer.refuse()
    assert bench.offered == COOPERATIVE


def test_the_number_of_partitions_decides_once() -> None:
    bench = Bench()
    assert not bench.offer.choose(2000)
    assert not bench.offer.choose(9000)
    assert bench.offered == COOPERATIVE


@pytest.mark.parametrize(
    "settings", [{"partition_assignment_strategy": COOPERATIVE}, {"group_protocol": "consumer"}]
)
def test_the_number_of_partitions_does_not_matter_when_the_user_decides(
    settings: dict[str, str],
) -> None:
    bench = Bench(**settings)
    assert not bench.offer.is_open
    assert not bench.offer.choose(9000)
    assert bench.offer.is_incremental
