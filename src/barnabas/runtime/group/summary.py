# SPDX-License-Identifier: Apache-2.0
"""What a round of rebalancing does, in the words of a log line.

A line tells who came and went, what starts, stops and moves between whom, what waits until when,
and why. It stays short in a large cluster: amounts, the first few names, the first few workers.

Workers are called by host and port of their REST API, as in the ``worker_id`` of states.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from barnabas.runtime.group.assignors.incremental import Plan
from barnabas.runtime.group.protocol import ConnectProtocol, Item, Work
from barnabas.runtime.model import TaskId

__all__ = [
    "Amount",
    "Changes",
    "Origins",
    "describe_downgrade",
    "describe_eager",
    "describe_incremental",
    "describe_mismatch",
    "in_words",
    "worker_name",
]

Origins = Mapping[Item, str]
"""Connector or task to the url of the worker that had it last."""

_MOST_NAMES = 3
_MOST_WORKERS = 3


@dataclass(frozen=True, slots=True)
class Changes:
    """Who is in the group, compared with the round before."""

    generation: int
    urls: Mapping[str, str]
    """Member id to worker url, now."""
    leader: str
    previous_urls: Mapping[str, str] | None = None
    """The same of the leader's round before; None when this is its first one."""
    missed: Collection[str] = ()
    """Urls of workers that left earlier and whose work waits for them."""
    behind: Mapping[str, int] = field(default_factory=dict)
    """Member to how far it has read the config topic, of those that must read more."""
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Member to why what it told cannot be understood."""

    def worker(self, member: str) -> str:
        """Return the name of a member's worker; the member id when it told no url."""
        url = self.urls.get(member) or (self.previous_urls or {}).get(member) or ""
        return worker_name(url) or member


def worker_name(url: str) -> str:
    """Return host and port of a worker's url."""
    return urlsplit(url).netloc or url


def describe_incremental(changes: Changes, plan: Plan, origins: Origins, now_ms: int) -> str:
    """Tell what a cooperative round does.

    Args:
        changes: Who came and went.
        plan: What was decided.
        origins: Who had what before this round.
        now_ms: The time, in ms since the epoch.
    """
    events = [
        *_starts(changes, plan, origins),
        *_stops(changes, plan),
        *_waits(plan, origins, now_ms),
        *_troubles(changes),
    ]
    assigned, owned = (_total(each.values()) for each in (plan.assigned, plan.owned))
    undisturbed = Amount(owned.connectors - assigned.connectors, owned.tasks - assigned.tasks)
    if not events and undisturbed:
        events = [f"Nothing starts, stops or moves: {undisturbed} run on"]
    elif undisturbed:
        events.append(f"Undisturbed: {undisturbed}")
    events += _spread(plan.owned)
    return ". ".join([_who(changes), *(events or ["There is nothing to run"])]) + "."


def describe_eager(changes: Changes, shares: Mapping[str, Work]) -> str:
    """Tell what an eager round does."""
    everything = _total(shares.values())
    what = f"Everything stopped and starts anew, because the protocol is eager: {everything}"
    events = [*([what] if everything else []), *_troubles(changes), *_spread(shares)]
    return ". ".join([_who(changes), *(events or ["There is nothing to run"])]) + "."


def describe_mismatch(changes: Changes, leader_offset: int, wanted_offset: int) -> str:
    """Tell why a round hands out nothing: the leader has read too little of the config topic."""
    reason = (
        f"No work is handed out: the leader {changes.worker(changes.leader)} has read the config"
        f" topic up to offset {leader_offset}, another worker up to {wanted_offset}; all read on"
        " and join again at once (if that goes on, they do not have the same config.storage.topic"
        " or bootstrap.servers)"
    )
    return ". ".join([_who(changes), reason, *_troubles(changes)]) + "."


def describe_downgrade(used: ConnectProtocol, preferred: ConnectProtocol) -> str:
    """Tell what it means that the group uses a lesser protocol than this worker would.

    Args:
        used: What the group agreed on.
        preferred: What ``connect.protocol`` of this worker says.
    """
    wanted = preferred.name.lower()
    effects = []
    if preferred.is_signed and not used.is_signed:
        effects.append(
            "what workers ask of each other is not signed, so whoever reaches their REST API can"
            " change task configurations"
        )
    if not used.is_cooperative:
        effects.append("each rebalance stops all connectors and tasks")
    return (
        f"its workers use the protocol {used.name.lower()} although connect.protocol={wanted} here,"
        " because one of them, most likely one that has just joined, offers no more. For as long as"
        f" it is a member {', and '.join(effects)}. Set connect.protocol={wanted} on all workers"
    )


def _who(changes: Changes) -> str:
    """Say who leads, at first, and then who came and went."""
    generation = f"Generation {changes.generation}"
    count = _plural(len(changes.urls), "worker")
    if changes.previous_urls is None:
        names = _listed(sorted(map(changes.worker, changes.urls)))
        return f"{generation}: {changes.worker(changes.leader)} now leads {count}: {names}"
    known = {worker_name(url) for url in changes.missed}
    left = {changes.worker(member) for member in changes.previous_urls.keys() - changes.urls}
    came = {changes.worker(member) for member in changes.urls.keys() - changes.previous_urls}
    back = came & (left | known)
    kinds = ((back, "came back"), (came - back, "joined"), (left - back, "left"))
    events = [f"{_listed(sorted(names))} {verb}" for names, verb in kinds if names]
    return f"{generation}, {count}: {', '.join(events) or 'nobody came or left'}"


def _starts(changes: Changes, plan: Plan, origins: Origins) -> list[str]:
    """Say what starts where, what was elsewhere before first."""
    groups: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for member, work in plan.assigned.items():
        for item in work.items:
            groups[origins.get(item, ""), changes.urls[member]].append(item)
    moved, back, new = [], [], []
    for (origin, url), items in groups.items():
        route = _Route(_work_of(items), worker_name(url), worker_name(origin))
        if not origin:
            new.append(route)
        elif origin == url:
            back.append(route)
        else:
            moved.append(route)
    return [
        *_told("Moves", moved, "from {origins} to {targets}"),
        *_told("Back where it was", back, "on {targets}"),
        *_told("Starts", new, "on {targets}"),
    ]


def _stops(changes: Changes, plan: Plan) -> list[str]:
    deleted = [
        _Route(work, changes.worker(member))
        for member, revoked in plan.revoked.items()
        if (work := revoked.also_in(plan.deleted))
    ]
    surplus = [_Route(work, changes.worker(member)) for member, work in plan.surplus.items()]
    sentences = _told("Stops, no longer configured", deleted, "on {targets}")
    if plan.duplicated:
        sentences.append(
            f"Stops everywhere, as several workers ran it: {in_words(plan.duplicated)};"
            " the next round, at once, starts it on one"
        )
    for sentence in _told("Stops, to even out the load", surplus, "on {targets}"):
        sentences.append(f"{sentence}; the next round, at once, starts it elsewhere")
    return sentences


def _waits(plan: Plan, origins: Origins, now_ms: int) -> list[str]:
    sentences = []
    until = f"until {_clock(now_ms + plan.delay_ms)} ({_duration(plan.delay_ms)})"
    if plan.waiting:
        had = {origins.get(item) for item in plan.waiting.items}
        names = sorted(worker_name(url) for url in had if url)
        sentences.append(
            f"Waits {until} for {_listed(names) or 'its worker'} to come back, then goes to others"
            f" (scheduled.rebalance.max.delay.ms): {in_words(plan.waiting)}"
        )
    if plan.postponed:
        sentences.append(
            f"Evening out the load is put off {until}, because the round before moved work too:"
            f" {plan.postponed} of the connectors and tasks are on workers that have too many"
        )
    elif plan.delay_ms and not plan.waiting:
        sentences.append(f"The load is not evened out {until}")
    return sentences


def _troubles(changes: Changes) -> list[str]:
    sentences = []
    if changes.behind:
        names = [f"{changes.worker(m)} (at {offset})" for m, offset in changes.behind.items()]
        sentences.append(f"Must read more of the config topic first: {_listed(names)}")
    if changes.unreadable:
        names = [f"{member} ({reason})" for member, reason in changes.unreadable.items()]
        sentences.append(f"Gets no work, as what it told cannot be read: {_listed(names)}")
    return sentences


@dataclass(frozen=True, slots=True)
class _Route:
    """What goes where, and from where if from anywhere."""

    work: Work
    target: str
    origin: str = ""


def _told(lead: str, routes: Sequence[_Route], pattern: str) -> list[str]:
    """Make one sentence of routes, each for itself while they are few; none of none."""
    if not routes:
        return []
    if len(routes) > _MOST_WORKERS:
        work = _work_of(item for route in routes for item in route.work.items)
        routes_told = [_route_told(work, routes, pattern)]
    else:
        routes_told = [_route_told(route.work, [route], pattern) for route in routes]
    return [f"{lead}: {'; '.join(routes_told)}"]


def _route_told(work: Work, routes: Iterable[_Route], pattern: str) -> str:
    origins = _listed(sorted({route.origin for route in routes}))
    targets = _listed(sorted({route.target for route in routes}))
    return f"{in_words(work)} {pattern.format(origins=origins, targets=targets)}"


def _spread(owned: Mapping[str, Work]) -> list[str]:
    """Say how evenly work is spread, if there is any."""
    if not any(owned.values()):
        return []
    connectors = [len(work.connectors) for work in owned.values()]
    tasks = [len(work.tasks) for work in owned.values()]
    each = f"{_range(connectors, 'connector')} and {_range(tasks, 'task')}"
    return [f"Each worker then has {each}"]


class Amount(NamedTuple):
    """So many connectors and tasks."""

    connectors: int
    tasks: int

    def __bool__(self) -> bool:
        return self != (0, 0)

    def __str__(self) -> str:
        counted = ((self.connectors, "connector"), (self.tasks, "task"))
        return " and ".join(_plural(count, noun) for count, noun in counted if count) or "nothing"


def _total(shares: Iterable[Work]) -> Amount:
    sizes = [(len(work.connectors), len(work.tasks)) for work in shares]
    return Amount(sum(size[0] for size in sizes), sum(size[1] for size in sizes))


def in_words(work: Work) -> str:
    """Say how much work it is and how the first of it is called."""
    first = [str(item) for item in work.items[: _MOST_NAMES + 1]]
    if len(work) > len(first):
        first[-1] = "…"
    return f"{_total([work])} ({', '.join(first)})" if work else "nothing"


def _work_of(items: Iterable[Item]) -> Work:
    connectors, tasks = [], []
    for item in items:
        if isinstance(item, TaskId):
            tasks.append(item)
        else:
            connectors.append(item)
    return Work(tuple(connectors), tuple(tasks))


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _range(counts: Sequence[int], noun: str) -> str:
    least, most = min(counts), max(counts)
    return _plural(most, noun) if least == most else f"{least} to {_plural(most, noun)}"


def _listed(parts: Sequence[str]) -> str:
    """List the first few; one more than allowed is shorter named than counted."""
    if len(parts) <= _MOST_WORKERS + 1:
        return ", ".join(parts)
    return f"{', '.join(parts[:_MOST_WORKERS])} and {len(parts) - _MOST_WORKERS} more"


def _clock(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%H:%M:%SZ")


def _duration(span_ms: int) -> str:
    if span_ms < 1000:
        return f"{span_ms} ms"
    if span_ms < 60_000:
        return f"{span_ms / 1000:.3g} s"
    minutes, seconds = divmod(round(span_ms / 1000), 60)
    return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
