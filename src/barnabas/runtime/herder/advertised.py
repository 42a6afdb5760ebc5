# SPDX-License-Identifier: Apache-2.0
"""Whether the addresses workers advertise can be those the others reach them by.

A worker asks another one at the address that one advertised when it joined. Whether that leads
anywhere is only known when somebody asks; but an address that means *this machine* to everybody, or
one that two workers share, is wrong as soon as there are several machines. The leader knows all
addresses of the group, the others their own and the leader's.

On the event loop only.
"""

from __future__ import annotations

import collections
import ipaddress
import logging
import time
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import urlsplit

from barnabas.runtime.group.listener import Assigned
from barnabas.runtime.group.summary import worker_name

__all__ = ["AdvertisedAddresses", "is_local_only", "is_wildcard"]

_log = logging.getLogger(__name__)

_QUIET_S: Final = 600.0
"""Time in which the same is not told again."""


def is_wildcard(host: str) -> bool:
    """Say whether this is no address to connect to, but stands for all of a machine's."""
    address = _ip(host)
    return address is not None and address.is_unspecified


def is_local_only(host: str) -> bool:
    """Say whether a host means the machine it is used on, whichever that is."""
    address = _ip(host)
    if address is not None:
        return address.is_loopback or address.is_unspecified
    name = host.lower().rstrip(".")
    return name in ("localhost", "localhost.localdomain") or name.endswith(".localhost")


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


class AdvertisedAddresses:
    """Warns of addresses that others cannot use.

    Args:
        own: ``host:port`` this worker advertises.
        session_s: Time after which the group forgets a worker that died.
        clock: Tells the time in seconds.
    """

    def __init__(
        self, own: str, session_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._own = own
        self._session_s = session_s
        self._clock = clock
        self._told: dict[str, float] = {}
        self._shared: dict[str, float] = {}

    def on_assigned(self, assigned: Assigned) -> None:
        """Look at the addresses this worker knows after a round."""
        if assigned.owners is not None:
            self.lead(assigned.owners.urls.values())
        else:
            self.follow(assigned.assignment.leader_url)

    def follow(self, leader_url: str) -> None:
        """Hear where the leader is; called after a round another worker leads."""
        leader = worker_name(leader_url)
        if is_local_only(_host(leader)) != is_local_only(_host(self._own)):
            self._compare([self._own, leader])

    def lead(self, urls: Iterable[str]) -> None:
        """Hear where all members are; called after a round this worker leads."""
        workers = [worker_name(url) for url in urls if url]
        self._compare(workers)
        now = self._clock()
        counts = collections.Counter(workers)
        shared = {worker for worker, count in counts.items() if count > 1}
        self._shared = {worker: self._shared.get(worker, now) for worker in shared}
        for worker, since in self._shared.items():
            # A worker that died and was started again has two memberships for a while.
            if now - since > self._session_s:
                self._tell(
                    f"{counts[worker]} members of the group advertise the same address, {worker}: "
                    "what is sent on to one of them reaches any of them. Give each worker a "
                    "rest.advertised.host.name, or rest.advertised.port, of its own"
                )

    def _compare(self, workers: Iterable[str]) -> None:
        local = sorted({worker for worker in workers if is_local_only(_host(worker))})
        others = sorted({worker for worker in workers if not is_local_only(_host(worker))})
        for worker in local if others else ():
            who = "This worker" if worker == self._own else "A worker of the group"
            self._tell(
                f"{who} advertises the address {worker}, which means another machine to each "
                f"machine, while others advertise {', '.join(others[:3])}: what is sent on to it "
                "gets lost. Set rest.advertised.host.name of that worker to the name or address "
                "the others reach it by"
            )

    def _tell(self, text: str) -> None:
        now = self._clock()
        if now - self._told.get(text, -_QUIET_S) >= _QUIET_S:
            self._told[text] = now
            _log.warning("%s", text)


def _host(worker: str) -> str:
    return urlsplit(f"//{worker}").hostname or worker
