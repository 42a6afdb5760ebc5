# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.runtime.herder.advertised import AdvertisedAddresses, is_local_only, is_wildcard


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LocalHost.",
        "127.0.0.1",
        "127.1.2.3",
        "::1",
        "[::1]",
        "0.0.0.0",
        "::",
        "a.localhost",
    ],
)
def test_these_mean_the_machine_they_are_used_on(host: str) -> None:
    assert is_local_only(host)


@pytest.mark.parametrize("host", ["worker-1", "10.0.0.1", "fe80::1%eth0", "localhost.example.com"])
def test_these_mean_one_machine(host: str) -> None:
    assert not is_local_only(host)


@pytest.mark.parametrize(
    ("host", "stands_for_all"),
    [("0.0.0.0", True), ("[::]", True), ("127.0.0.1", False), ("w", False)],
)
def test_some_are_no_address_at_all(host: str, stands_for_all: bool) -> None:
    assert is_wildcard(host) is stands_for_all


def test_the_leader_names_the_worker_whose_address_only_it_can_use(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    AdvertisedAddresses("a:8083", 10, clock).lead(
        ["http://a:8083/", "http://127.0.0.1:8083/", "https://b:8443/"]
    )
    (warning,) = caplog.messages
    assert warning.startswith("A worker of the group advertises the address 127.0.0.1:8083, ")
    assert "while others advertise a:8083, b:8443" in warning
    assert "Set rest.advertised.host.name of that worker" in warning


@pytest.mark.parametrize(
    ("own", "leader", "told"),
    [
        ("localhost:8083", "http://a:8083/", "This worker advertises the address localhost:8083"),
        ("a:8083", "http://[::1]:8083/", "A worker of the group advertises the address [::1]:8083"),
        ("a:8083", "http://b:8083/", None),
        ("127.0.0.1:1", "http://localhost:2/", None),
    ],
)
def test_a_follower_compares_itself_with_the_leader(
    own: str, leader: str, told: str | None, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    AdvertisedAddresses(own, 10, clock).follow(leader)
    assert [text.partition(", which")[0] for text in caplog.messages] == ([told] if told else [])


def test_workers_of_one_machine_may_advertise_it_by_itself(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    AdvertisedAddresses("127.0.0.1:1", 10, clock).lead(
        ["http://127.0.0.1:1/", "http://127.0.0.1:2/"]
    )
    assert caplog.messages == []


def test_an_address_two_workers_share_is_told_when_it_is_no_leftover(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    addresses = AdvertisedAddresses("a:1", 10, clock)
    both = ["http://a:1/", "http://b:1/", "http://b:1/"]
    addresses.lead(both)
    clock.now = 9.0
    addresses.lead(both)
    assert caplog.messages == []
    addresses.lead(["http://a:1/", "http://b:1/"])
    addresses.lead(both)
    clock.now = 18.0
    addresses.lead(both)
    assert caplog.messages == []
    clock.now = 20.0
    addresses.lead(both)
    (warning,) = caplog.messages
    assert warning.startswith("2 members of the group advertise the same address, b:1: ")


def test_what_lasts_is_told_now_and_then(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    addresses = AdvertisedAddresses("localhost:1", 10, clock)
    for second in range(0, 1_500, 10):
        clock.now = float(second)
        addresses.follow("http://a:1/")
    assert len(caplog.messages) == 3
