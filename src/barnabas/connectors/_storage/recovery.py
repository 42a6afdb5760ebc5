# SPDX-License-Identifier: Apache-2.0
"""What is done before a Kafka partition is written: finish, clean up, say where to go on.

1. Take the claim. From here on nobody else can commit.
2. A log of Java's connector is there only if that connector ran last: finish the renames it
   promises, and learn from it how far it came.
3. Files of earlier sessions: those before the claim's offset belong to a commit and are renamed to
   their places; the others are removed.
4. If nothing so far told the next offset, look for committed files (`newest`).
5. Note the offset in the claim, then remove Java's log, so that it misleads nobody later: Java's
   connector, should it come back, looks at the files.

Every step can be repeated, so a crash in any of them does no harm.

Source:
    Reference page *hdfs*, section 5, "Recovery on open".
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from barnabas.connectors._storage.claims import HeldClaim, take_claim
from barnabas.connectors._storage.java_log import (
    Move,
    last_complete_moves,
    moves_to_finish,
    read_entries,
)
from barnabas.connectors._storage.names import (
    Places,
    is_java_temporary,
    parse_claim,
    parse_committed_name,
)
from barnabas.connectors._storage.newest import LastFile, LastFileSearch
from barnabas.connectors._storage.storage import (
    Entry,
    FileMissingError,
    Storage,
    StorageError,
    TargetExistsError,
    join,
    parent_of,
)
from barnabas.errors import ProtocolError

__all__ = ["Recovered", "publish", "recover", "remove_tree", "sweep_java_temporaries"]

_MOST_LISTINGS = 500
_STALE_MS = 24 * 3600 * 1000

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovered:
    """A partition that may be written."""

    claim: HeldClaim
    """Its ``next_offset`` is None when there is no file yet."""
    last_file: str | None
    """The committed file with the last records, if it was looked for and found."""


@dataclass(frozen=True, slots=True)
class _JavaState:
    """What Java's log tells."""

    next_offset: int | None
    logs: tuple[str, ...]
    """Paths of the log files that are there."""


def recover(
    storage: Storage, places: Places, search: LastFileSearch, *, wants_last_file: bool = False
) -> Recovered:
    """Make a partition ready to be written, and find out where to go on.

    Args:
        storage: Where files are.
        places: Names the partition.
        search: Finds the last committed file when nothing else tells the offset.
        wants_last_file: Whether to look for it in any case.

    Raises:
        StorageError: Something could not be done; call it again, all of it can be repeated.
    """
    claim = take_claim(storage, places)
    java = _finish_java(storage, places)
    _settle_sessions(storage, places, claim)
    known = [offset for offset in (claim.next_offset, java.next_offset) if offset is not None]
    last: LastFile | None = None
    if wants_last_file or not known:
        last = search.find(places)
    if not known and last is not None:
        known = [last.end + 1]
    if known:
        claim.advance(max(known))
    for path in java.logs:
        storage.delete(path)
    return Recovered(claim, None if last is None else last.path)


def publish(storage: Storage, source: str, target: str) -> None:
    """Give a closed file its final name. May be called again.

    A file that is there already is kept: it holds the same offsets.

    Raises:
        FileMissingError: Neither the file nor its final one is there.
        StorageError: It is not certain whether it was renamed; call it again.
    """
    try:
        storage.rename(source, target)
    except FileMissingError:
        if storage.exists(target):
            return
        storage.make_directories(parent_of(target))
        storage.rename(source, target)
    except TargetExistsError:
        if storage.exists(source):
            _logger.warning("%s is there already; its second copy is removed", target)
            storage.delete(source)


def remove_tree(storage: Storage, directory: str) -> None:
    """Remove a directory with all that is in it.

    Raises:
        StorageError: Something cannot be removed.
    """
    for entry in storage.list(directory):
        if entry.is_directory:
            remove_tree(storage, entry.path)
        else:
            storage.delete(entry.path)
    storage.delete(directory)


def sweep_java_temporaries(storage: Storage, temporary: str, now_ms: int) -> int:
    """Remove temporary files that Java's connector left behind a day ago or earlier.

    They do not tell whose they are, so younger ones may be in use by a task that still runs on a
    Java worker.

    Returns:
        How many were removed.

    Raises:
        StorageError: A directory cannot be listed, a file cannot be removed.
    """
    removed = 0
    waiting = [temporary]
    for _ in range(_MOST_LISTINGS):
        if not waiting:
            break
        for entry in storage.list(waiting.pop()):
            if entry.is_directory:
                if not entry.name.startswith("+"):
                    waiting.append(entry.path)
            elif is_java_temporary(entry.name) and now_ms - entry.modified_ms > _STALE_MS:
                storage.delete(entry.path)
                removed += 1
    return removed


def _settle_sessions(storage: Storage, places: Places, claim: HeldClaim) -> None:
    """Finish or remove the files of earlier sessions."""
    for session in storage.list(places.work):
        if not session.is_directory or parse_claim(session.name) is not None:
            continue
        if session.name == claim.session:
            continue
        for entry in _in_order(_files_below(storage, session.path)):
            name = parse_committed_name(entry.name)
            next_offset = claim.next_offset
            if name is not None and next_offset is not None and name.end < next_offset:
                below = entry.path.removeprefix(f"{session.path}/")
                target = join(places.committed, below)
                publish(storage, entry.path, target)
                _logger.info("Finished the commit of %s", target)
            else:
                storage.delete(entry.path)
        remove_tree(storage, session.path)


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    """By start offset: readers of a directory take it that nothing appears before what is there."""

    def start(entry: Entry) -> int:
        name = parse_committed_name(entry.name)
        return -1 if name is None else name.start

    return sorted(entries, key=start)


def _files_below(storage: Storage, directory: str) -> Iterator[Entry]:
    for entry in storage.list(directory):
        if entry.is_directory:
            yield from _files_below(storage, entry.path)
        else:
            yield entry


def _finish_java(storage: Storage, places: Places) -> _JavaState:
    logs = tuple(path for path in places.java_logs if storage.exists(path))
    next_offset: int | None = None
    for path in logs:
        entries = _read_log(storage, path)
        if path == places.java_logs[0]:
            for temporary, final in moves_to_finish(entries):
                _finish_move(storage, temporary, final)
        if next_offset is None:
            next_offset = _offset_after(last_complete_moves(entries), places)
    return _JavaState(next_offset, logs)


def _read_log(storage: Storage, path: str) -> list[Move]:
    with storage.open_for_reading(path) as file:
        content = file.read()
    try:
        return read_entries(content)
    except ProtocolError as error:
        _logger.warning("Java's %s is left out: %s", path, error)
        return []


def _finish_move(storage: Storage, temporary: str, final: str) -> None:
    source, target = _relative(storage, temporary), _relative(storage, final)
    if storage.exists(target) or not storage.exists(source):
        return
    storage.make_directories(parent_of(target))
    try:
        storage.rename(source, target)
    except (FileMissingError, TargetExistsError) as error:
        _logger.debug("Somebody else finished Java's commit: %s", error)
        return
    _logger.info("Finished the commit of %s, which Java's connector had promised", target)


def _offset_after(moves: Sequence[Move], places: Places) -> int | None:
    names = [parse_committed_name(final.rpartition("/")[2]) for _, final in moves]
    ends = [
        name.end
        for name in names
        if name is not None and (name.topic, name.partition) == tuple(places.where)
    ]
    return max(ends) + 1 if ends else None


def _relative(storage: Storage, address: str) -> str:
    """Make an address as Java wrote it relative to the store's root.

    Raises:
        StorageError: It is not below the root.
    """
    root, relative = _path_in(storage.url), _path_in(address)
    if root and not relative.startswith(f"{root}/"):
        raise StorageError(path=address, reason=f"it is not below {storage.url}")
    return relative.removeprefix(f"{root}/") if root else relative


def _path_in(address: str) -> str:
    """The path of an address, without scheme and authority."""
    _, has_scheme, rest = address.partition("://")
    return join(rest.partition("/")[2] if has_scheme else address)
