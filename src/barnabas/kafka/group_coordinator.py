# SPDX-License-Identifier: Apache-2.0
"""Membership in a group of Kafka's classic protocol, of any protocol type: the requests, in order.

A member finds the group's *coordinator*, a broker; *joins* with what it has to tell; hears, when it
is the leader, what the others told, and *syncs*, which gives each member what the leader decided.
Between rounds it sends *heartbeats*. All of it runs on one event loop, several calls at a time:
heartbeats go over a connection of their own, since a broker reads nothing more from a connection
while it holds back the answer to a JoinGroup.

What is decided lies elsewhere: this module knows nothing of connectors, retries nothing but the
search for the coordinator's address, and says with the class of an error what became of the
membership.

Source:
    Kafka protocol guide; KIP-394 (member ids), KIP-800 (reasons); Apache Kafka's group
    coordinator.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import random
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from kafka.protocol.consumer import (
    HeartbeatRequest,
    JoinGroupRequest,
    LeaveGroupRequest,
    SyncGroupRequest,
)
from kafka.protocol.metadata import FindCoordinatorRequest, MetadataRequest

from barnabas.errors import ConfigError, ConnectError, ProtocolError
from barnabas.kafka.broker_connection import (
    Address,
    BrokerConnection,
    Doorman,
    LoginRefusedError,
    UnreachableError,
    error_word,
)
from barnabas.kafka.connection_security import connection_security
from barnabas.kafka.group_errors import (
    REBALANCE_IN_PROGRESS,
    CoordinatorLostError,
    GenerationLostError,
    GroupRefusedError,
    MembershipLostError,
    group_error,
)
from barnabas.kafka.layering import ClientProperties

__all__ = [
    "CoordinatorSettings",
    "GroupCoordinator",
    "Heartbeat",
    "Joined",
    "Synced",
]

NO_GENERATION: Final = -1
_MEMBER_ID_REQUIRED: Final = 79
_MARGIN_S: Final = 5.0
_CONNECT_S: Final = 10.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CoordinatorSettings:
    """What a member is to its group; times in ms."""

    group_id: str
    protocol_type: str
    """Kind of the group, the same for all members."""
    session_timeout_ms: int
    rebalance_timeout_ms: int
    heartbeat_timeout_ms: int
    """How long a heartbeat may take, a new connection included."""
    client: ClientProperties
    """Addresses, TLS and login."""
    client_id: str
    """Name that brokers see, and begin the member id with."""


@dataclasses.dataclass(frozen=True, slots=True)
class Joined:
    """The members have come together."""

    generation: int
    member_id: str
    protocol: str
    """Name of the protocol all members offered."""
    leader_id: str
    members: Mapping[str, bytes]
    """What each member told, by member id; empty unless this member leads."""
    sent_at_s: float

    @property
    def is_leader(self) -> bool:
        """Whether this member decides for all."""
        return self.member_id == self.leader_id


@dataclasses.dataclass(frozen=True, slots=True)
class Synced:
    """What the leader decided for this member."""

    assignment: bytes
    sent_at_s: float


@dataclasses.dataclass(frozen=True, slots=True)
class Heartbeat:
    """The coordinator took a sign of life."""

    sent_at_s: float
    """Monotonic second at which it was sent: the session lasts from then at least."""
    took_s: float
    generation: int
    """The round this member followed when it was sent."""
    is_rebalancing: bool
    """Whether the members are joining again."""


class GroupCoordinator:
    """One member's side of the group. One event loop; makes no connection before the first call.

    Args:
        settings: The group and the way there.
        now: Monotonic seconds.

    Raises:
        ConfigError: A setting for the connection is wrong.
    """

    def __init__(
        self, settings: CoordinatorSettings, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.settings = settings
        self.member_id = ""
        """The coordinator's name of this member; empty when it has none."""
        self.generation = NO_GENERATION
        """The round whose outcome this member follows."""
        self._protocol = ""
        self._now = now
        translated = settings.client.translate().settings
        self._bootstrap = _addresses(translated.get("bootstrap.servers", ""))
        self._request_s = int(translated.get("socket.timeout.ms", "40000")) / 1000
        self._doorman = Doorman(connection_security(settings.client), settings.client_id)
        self._known: tuple[Address, ...] = ()
        self._address: Address | None = None
        self._finding = asyncio.Lock()
        self._beating: BrokerConnection | None = None
        self._is_joining = False
        self._round: BrokerConnection | None = None

    @property
    def address(self) -> Address | None:
        """Where the coordinator is, as far as known."""
        return self._address

    @property
    def is_member(self) -> bool:
        """Whether there is a round this member took part in and a name it has."""
        return self.generation != NO_GENERATION and bool(self.member_id)

    async def find(self) -> None:
        """Find the coordinator when it is not known.

        Raises:
            CoordinatorLostError: No broker can be reached, or none knows it yet.
            GroupRefusedError: The principal may not see the group, or may not log in.
        """
        async with self._finding:
            if self._address is None:
                self._address = await self._ask_around()

    async def join(self, offers: Callable[[], Sequence[tuple[str, bytes]]], reason: str) -> Joined:
        """Join, or join again, and wait until all members have.

        That takes as long as other members take, at most about ``rebalance.timeout.ms``. May be
        cancelled; the next join then replaces this one.

        Args:
            offers: Asked right before the request goes out: protocols, the preferred one first,
                with what this member has to tell in each.
            reason: Why, for the coordinator's log.

        Raises:
            CoordinatorLostError: The coordinator moved or went away; the membership lasts on.
            MembershipLostError: This member's name is void; the next join gets a new one.
            RebalanceUnderWayError: It did not work out; join again.
            GroupRefusedError: The coordinator does not let this member in.
        """
        self._is_joining = True
        try:
            async with self._round_connection() as connection:
                answer, sent_at_s = await self._ask_to_join(connection, offers, reason)
                if answer.error_code == _MEMBER_ID_REQUIRED:
                    self.member_id = answer.member_id
                    answer, sent_at_s = await self._ask_to_join(connection, offers, reason)
        finally:
            self._is_joining = False
        if answer.error_code:
            self._end_round()
        self._raise_for(answer.error_code)
        self.member_id, self.generation = answer.member_id, answer.generation_id
        self._protocol = answer.protocol_name or ""
        members = {member.member_id: bytes(member.metadata) for member in answer.members}
        return Joined(
            self.generation, self.member_id, self._protocol, answer.leader, members, sent_at_s
        )

    async def sync(self, assignments: Mapping[str, bytes]) -> Synced:
        """Tell what the leader decided, and wait for it.

        Args:
            assignments: What each member gets, by member id; empty unless this member leads.

        Raises:
            As :meth:`join`; and GenerationLostError: the group went on in the meantime.
        """
        request = SyncGroupRequest(
            group_id=self.settings.group_id,
            generation_id=self.generation,
            member_id=self.member_id,
            group_instance_id=None,
            protocol_type=self.settings.protocol_type,
            protocol_name=self._protocol,
            assignments=list(assignments.items()),
        )
        async with self._round_connection() as connection:
            sent_at_s = self._now()
            answer = await connection.ask(request, self._round_s)
        self._end_round()
        self._raise_for(answer.error_code)
        return Synced(bytes(answer.assignment), sent_at_s)

    async def heartbeat(self) -> Heartbeat | None:
        """Give a sign of life. One at a time, beside a join or sync.

        Returns:
            None when the answer means nothing, because this member was joining meanwhile.

        Raises:
            CoordinatorLostError, MembershipLostError, GenerationLostError, GroupRefusedError: See
                the classes.
        """
        timeout_s = self.settings.heartbeat_timeout_ms / 1000
        generation = self.generation
        request = HeartbeatRequest(
            group_id=self.settings.group_id,
            generation_id=generation,
            member_id=self.member_id,
            group_instance_id=None,
        )
        with self._telling_of_loss():
            async with self._within(timeout_s, "a heartbeat"):
                connection = await self._beating_connection()
                sent_at_s = self._now()
                answer = await connection.ask(request, timeout_s)
        if answer.error_code not in {0, REBALANCE_IN_PROGRESS}:
            if self._is_joining or generation != self.generation:
                return None
            self._raise_for(answer.error_code)
        took_s = self._now() - sent_at_s
        return Heartbeat(sent_at_s, took_s, generation, answer.error_code == REBALANCE_IN_PROGRESS)

    async def leave(self, reason: str, timeout_s: float) -> bool:
        """Leave the group, so that the others need not wait until the session ends.

        Afterwards this member has no name any more.

        Args:
            reason: Why, for the coordinator's log.
            timeout_s: For everything.

        Returns:
            Whether the coordinator heard of it.
        """
        member_id, self.member_id, self.generation = self.member_id, "", NO_GENERATION
        if not member_id:
            return True
        identity = LeaveGroupRequest.MemberIdentity(
            member_id=member_id, group_instance_id=None, reason=reason[:255]
        )
        request = LeaveGroupRequest(
            group_id=self.settings.group_id, member_id=member_id, members=[identity]
        )
        try:
            async with asyncio.timeout(timeout_s):
                await self.find()
                connection = await self._opened(None)
                try:
                    answer = await connection.ask(request, timeout_s)
                finally:
                    connection.close()
        except (TimeoutError, ConnectError):
            return False
        return not answer.error_code

    def forget(self, *, member_id: bool = True) -> None:
        """Forget the round, and this member's name unless told otherwise."""
        self.generation = NO_GENERATION
        if member_id:
            self.member_id = ""

    def close(self) -> None:
        """Close what is open. The group is not told; see :meth:`leave`."""
        self._end_round()
        if self._beating is not None:
            self._beating.close()
            self._beating = None

    @property
    def _round_s(self) -> float:
        """How long the coordinator may hold back an answer, with room to spare.

        kafka-python gives a SyncGroup its usual request time only, but it too waits for others.
        """
        return max(self._request_s, self.settings.rebalance_timeout_ms / 1000 + _MARGIN_S)

    async def _ask_to_join(
        self,
        connection: BrokerConnection,
        offers: Callable[[], Sequence[tuple[str, bytes]]],
        reason: str,
    ) -> tuple[Any, float]:
        request = JoinGroupRequest(
            group_id=self.settings.group_id,
            session_timeout_ms=self.settings.session_timeout_ms,
            rebalance_timeout_ms=self.settings.rebalance_timeout_ms,
            member_id=self.member_id,
            group_instance_id=None,
            protocol_type=self.settings.protocol_type,
            protocols=list(offers()),
            reason=reason[:255],
        )
        sent_at_s = self._now()
        return await connection.ask(request, self._round_s), sent_at_s

    @contextlib.asynccontextmanager
    async def _round_connection(self) -> AsyncIterator[BrokerConnection]:
        """Open a connection to the coordinator, kept from the join to the sync of a round."""
        try:
            with self._telling_of_loss():
                await self.find()
                self._round = await self._opened(self._round)
                yield self._round
        except BaseException:
            self._end_round()
            raise

    def _end_round(self) -> None:
        if self._round is not None:
            self._round.close()
            self._round = None

    async def _beating_connection(self) -> BrokerConnection:
        await self.find()
        self._beating = await self._opened(self._beating)
        return self._beating

    async def _opened(self, kept: BrokerConnection | None) -> BrokerConnection:
        """Use a connection again, or open one in its place."""
        assert self._address is not None
        if kept is not None:
            if kept.is_usable and kept.address == self._address:
                return kept
            kept.close()
        return await self._doorman.open(self._address, _CONNECT_S)

    @contextlib.contextmanager
    def _telling_of_loss(self) -> Iterator[None]:
        """Turn the loss of the connection into the loss of the coordinator."""
        try:
            yield
        except (UnreachableError, ProtocolError) as error:
            self._address = None
            raise CoordinatorLostError(error.message) from error
        except (LoginRefusedError, ConfigError) as error:
            self._address = None
            raise GroupRefusedError(error.message) from error

    @contextlib.asynccontextmanager
    async def _within(self, timeout_s: float, what: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(timeout_s):
                yield
        except TimeoutError:
            where = self._address or ", ".join(str(address) for address in self._bootstrap)
            message = f"The broker at {where} did not answer {what} within {timeout_s:g} s"
            raise UnreachableError(message) from None

    async def _ask_around(self) -> Address:
        """Ask one broker after the other until one names the coordinator."""
        candidates = list(dict.fromkeys([*_shuffled(self._known), *_shuffled(self._bootstrap)]))
        failures = []
        for address in candidates:
            try:
                return await self._ask_for_coordinator(address)
            except (UnreachableError, ProtocolError, CoordinatorLostError) as error:
                failures.append(error.message)
            except (LoginRefusedError, ConfigError) as error:
                raise GroupRefusedError(error.message) from error
        message = "; ".join(sorted(failures)) or "bootstrap.servers names no broker"
        raise CoordinatorLostError(message)

    async def _ask_for_coordinator(self, address: Address) -> Address:
        connection = await self._doorman.open(address, _CONNECT_S)
        timeout_s = min(self._request_s, _CONNECT_S)
        try:
            brokers = await connection.ask(MetadataRequest(topics=[]), timeout_s)
            self._known = tuple(Address(item.host, item.port) for item in brokers.brokers)
            group_id = self.settings.group_id
            request = FindCoordinatorRequest(key=group_id, key_type=0, coordinator_keys=[group_id])
            answer = await connection.ask(request, timeout_s)
        finally:
            connection.close()
        found = answer.coordinators[0] if answer.coordinators else answer
        self._raise_for(found.error_code)
        return Address(found.host, found.port)

    def _raise_for(self, code: int) -> None:
        if code == 0:
            return
        error = group_error(
            code,
            error_word(code),
            self.settings.group_id,
            session_ms=self.settings.session_timeout_ms,
            servers=self.settings.client.bootstrap_servers,
        )
        if isinstance(error, CoordinatorLostError):
            self._address = None
        elif isinstance(error, MembershipLostError):
            self.forget()
        elif isinstance(error, GenerationLostError):
            self.forget(member_id=False)
        raise error


def _addresses(servers: str) -> tuple[Address, ...]:
    """Read ``bootstrap.servers``, which is known to be well-formed."""
    found = []
    for item in servers.split(","):
        host, _, port = item.strip().rpartition("://")[2].rpartition(":")
        if host:
            found.append(Address(host.strip("[]"), int(port)))
    return tuple(found)


def _shuffled(addresses: Iterable[Address]) -> list[Address]:
    mixed = list(addresses)
    random.shuffle(mixed)
    return mixed
