# SPDX-License-Identifier: Apache-2.0
"""Names of files and directories, which say what has been written.

::

    {topics.dir}/{topic}/{encoded partition}/{topic}+{partition}+{start}+{end}{extension}
    {topics.dir}/+tmp/{topic}/+{partition}/claim+{next}+{session}       an empty directory
    {topics.dir}/+tmp/{topic}/+{partition}/{session}/{encoded partition}/{number}_tmp{extension}
    {logs.dir}/{topic}/{partition}/log                                  of Java's connector

Source:
    Reference page *hdfs*, section 2. Java's connector keeps temporary files, which are nobody
    else's business, in ``+tmp/{topic}/{encoded partition}``.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from barnabas.api import TopicPartition
from barnabas.connectors._storage.storage import join

__all__ = [
    "Claim",
    "CommittedName",
    "Places",
    "committed_name",
    "is_java_temporary",
    "parse_claim",
    "parse_committed_name",
]

_COMMITTED: Final = re.compile(r"([a-zA-Z0-9._\-]+)\+(\d+)\+(\d+)\+(\d+)(.\w+)?", re.ASCII)
_CLAIM: Final = re.compile(r"claim\+(none|\d+)\+([0-9a-f]+)", re.ASCII)
_JAVA_TEMPORARY: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}_tmp(\.\w+)*", re.ASCII
)


class CommittedName(NamedTuple):
    """What the name of a committed file says."""

    topic: str
    partition: int
    start: int
    """Offset of its first record."""
    end: int
    """Offset of its last record."""
    extension: str


class Claim(NamedTuple):
    """What the name of a claim says: who writes a partition and what has been committed."""

    session: str
    next_offset: int | None
    """First offset that is in no file yet; None when nobody knows."""

    @property
    def name(self) -> str:
        """Name of the claim's directory."""
        offset = "none" if self.next_offset is None else f"{self.next_offset:010d}"
        return f"claim+{offset}+{self.session}"


def committed_name(
    where: TopicPartition, start: int, end: int, *, width: int, extension: str
) -> str:
    """Make the name of a committed file.

    Args:
        where: Kafka partition whose records it holds.
        start: Offset of its first record.
        end: Offset of its last record.
        width: Digits to fill offsets up to, with zeros.
        extension: With its dot.
    """
    return f"{where.topic}+{where.partition}+{start:0{width}d}+{end:0{width}d}{extension}"


def parse_committed_name(name: str) -> CommittedName | None:
    """Read the name of a committed file; None when it is something else."""
    found = _COMMITTED.fullmatch(name)
    if found is None:
        return None
    topic, partition, start, end, extension = found.groups()
    return CommittedName(topic, int(partition), int(start), int(end), extension or "")


def parse_claim(name: str) -> Claim | None:
    """Read the name of a claim; None when it is something else."""
    found = _CLAIM.fullmatch(name)
    if found is None:
        return None
    offset, session = found.groups()
    return Claim(session, None if offset == "none" else int(offset))


def is_java_temporary(name: str) -> bool:
    """Whether Java's connector names its temporary files like that."""
    return _JAVA_TEMPORARY.fullmatch(name) is not None


class Places(NamedTuple):
    """Where the files of one Kafka partition are; paths are relative to the store's root."""

    where: TopicPartition
    topics_dir: str
    """With everything in it that stands for parts of the topic's name filled in."""
    logs_dir: str

    @property
    def committed(self) -> str:
        """Directory of the topic, for committed files."""
        return join(self.topics_dir, self.where.topic)

    @property
    def temporary(self) -> str:
        """Directory of all temporary files of the topic."""
        return join(self.topics_dir, "+tmp", self.where.topic)

    @property
    def work(self) -> str:
        """Directory of the claim and the sessions of this partition."""
        return f"{self.temporary}/+{self.where.partition}"

    @property
    def java_logs(self) -> tuple[str, str]:
        """Java's log of commits and the one before it."""
        directory = join(self.logs_dir, self.where.topic, str(self.where.partition))
        return f"{directory}/log", f"{directory}/log.1"
