# SPDX-License-Identifier: Apache-2.0
"""Who writes the files of a Kafka partition, and up to which offset they are committed.

Both are in the name of one empty directory, ``claim+{next offset}+{session}``. Renaming it is the
only way to take a partition over and the only way to commit, and of several clients that rename the
same directory the store lets one win. So

- a commit and a takeover cannot both succeed: the task that lost its partition without noticing (a
  *zombie*) finds its claim gone when it commits, and none of its files becomes visible;
- after a crash one name tells which of the closed files belong to a commit: those whose records lie
  before its offset.

A claim costs one rename a commit. No log is written or read, no lease is held.
"""

from __future__ import annotations

import logging
import uuid

from barnabas.connectors._storage.names import Claim, Places, parse_claim
from barnabas.connectors._storage.storage import (
    FileMissingError,
    Storage,
    StorageError,
    StorageUnavailableError,
    TargetExistsError,
)

__all__ = ["ClaimLostError", "HeldClaim", "take_claim"]

_MOST_ROUNDS = 20

_logger = logging.getLogger(__name__)


class ClaimLostError(StorageError):
    """Another task writes this partition now; nothing of this one was committed."""


class HeldClaim:
    """The claim of a partition, as its writer holds it.

    Args:
        storage: Where it is.
        places: Names its partition.
        claim: What its name says now.
    """

    def __init__(self, storage: Storage, places: Places, claim: Claim) -> None:
        self._storage = storage
        self._places = places
        self._claim = claim

    @property
    def session(self) -> str:
        """Name of the directory for the files of this writer."""
        return self._claim.session

    @property
    def next_offset(self) -> int | None:
        """First offset that is in no committed file; None when nobody knows."""
        return self._claim.next_offset

    def advance(self, next_offset: int | None) -> None:
        """Commit all closed files whose records lie before this offset. May be called again.

        None forgets what was committed: the next one to take the claim looks at the files.

        Raises:
            ClaimLostError: Somebody else has taken the partition over.
            StorageError: It is not certain whether it happened; call it again.
        """
        target = Claim(self._claim.session, next_offset)
        if target == self._claim:
            return
        work = self._places.work
        try:
            self._storage.rename(f"{work}/{self._claim.name}", f"{work}/{target.name}")
        except (FileMissingError, TargetExistsError) as error:
            # An earlier call may have succeeded without our hearing of it.
            if not self._storage.exists(f"{work}/{target.name}"):
                raise ClaimLostError(
                    path=f"{work}/{self._claim.name}", reason=str(error)
                ) from error
        self._claim = target


def take_claim(storage: Storage, places: Places) -> HeldClaim:
    """Become the only writer of a partition.

    Raises:
        StorageError: That failed; a retriable one when others keep on taking it, too.
    """
    mine = uuid.uuid4().hex
    work = places.work
    for _ in range(_MOST_ROUNDS):
        claims = list_claims(storage, places)
        if not claims:
            storage.make_directories(f"{work}/{Claim(mine, None).name}")
            continue
        if len(claims) == 1 and claims[0].session == mine:
            return HeldClaim(storage, places, claims[0])
        newest = max(claims, key=lambda claim: (_rank(claim), claim.session == mine))
        if newest.session != mine and not _take_over(storage, work, newest, mine):
            continue
        for other in claims:
            if other != newest and _rank(other) <= _rank(newest):
                storage.delete(f"{work}/{other.name}")
    raise StorageUnavailableError(
        path=f"{storage.url}/{work}", reason="other tasks keep on taking this partition over"
    )


def list_claims(storage: Storage, places: Places) -> list[Claim]:
    """Read all claims of a partition: one, but while it changes hands."""
    names = [entry.name for entry in storage.list(places.work) if entry.is_directory]
    return [claim for claim in map(parse_claim, names) if claim is not None]


def _take_over(storage: Storage, work: str, claim: Claim, session: str) -> bool:
    try:
        target = Claim(session, claim.next_offset).name
        storage.rename(f"{work}/{claim.name}", f"{work}/{target}")
    except (FileMissingError, TargetExistsError):
        return False
    _logger.debug("Took over %s in %s", claim.name, work)
    return True


def _rank(claim: Claim) -> int:
    return -1 if claim.next_offset is None else claim.next_offset
