# SPDX-License-Identifier: Apache-2.0
"""What a function of the user's own may answer, and which record each answer belongs to. Pure."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from barnabas.api import Expansion, SinkRecord, SourceRecord
from barnabas.api.transform import Record
from barnabas.errors import ConfigError, DataError

__all__ = ["align", "answers_of", "check"]

_ORIGINS: Final = ("original_topic_partition", "original_kafka_offset")
_SINK_FIELDS: Final = [name for name in SinkRecord.__struct_fields__ if name not in _ORIGINS]


def check(name: str, given: Record, answer: object) -> Expansion[Record]:
    """Return what a function made of one record.

    Args:
        name: Of the function, for errors.
        given: The record it was given.
        answer: What it returned.

    Raises:
        DataError: That is neither a record of this kind, nor None, nor a list of records.
    """
    if answer is given or answer is None:
        return answer
    if isinstance(answer, list | tuple):
        return [_record(name, given, each) for each in answer]
    return _record(name, given, answer)


def answers_of(name: str, answer: object, count: int) -> list[Any]:
    """Return the answers a function gave to a batch.

    Raises:
        ConfigError: It returned no list.
    """
    if isinstance(answer, list | tuple):
        return list(answer)
    _forget(answer)
    message = (
        f"{name} returned {_kind(answer)} for {count} records; with batch=true it is given a list "
        "of records and must return a list"
    )
    raise ConfigError(message)


def align(name: str, given: Sequence[SourceRecord | SinkRecord], answers: list[Any]) -> list[Any]:
    """Say which answer belongs to which record: item ``i`` of the result to record ``i``.

    Usually item ``i`` was made of record ``i``. Else, as after a filter, each must be one of the
    records or made of one with ``replace``, in their order.

    Raises:
        ConfigError: That cannot be told.
    """
    if len(answers) == len(given) and all(map(_may_be_of, answers, given)):
        return answers
    places = {_origin(record): place for place, record in enumerate(given)}
    aligned: list[Any] = [None] * len(given)
    last = -1
    for answer in answers:
        if answer is None:
            continue
        place = places.get(_origin(answer)) if _is_record(answer) else None
        if place is None or place < last or len(places) < len(given):
            raise ConfigError(_lost(name, len(answers), len(given)))
        aligned[place] = answer if place > last else [*_listed(aligned[place]), answer]
        last = place
    return aligned


def _lost(name: str, answers: int, given: int) -> str:
    return (
        f"{name} returned {answers} items for {given} records, and it cannot be told which was "
        "made of which. Return one item for each record, in the same order: the record or a "
        "changed one (record.replace(...)), None to drop it, or a list of records"
    )


def _listed(answer: Any) -> list[Any]:
    return answer if isinstance(answer, list) else [answer]


def _is_record(answer: object) -> bool:
    return isinstance(answer, SourceRecord | SinkRecord)


def _may_be_of(answer: Any, given: SourceRecord | SinkRecord) -> bool:
    """Say whether an answer contradicts that it was made of a record."""
    if answer is given or not _is_record(answer):
        return not isinstance(answer, list) or all(_may_be_of(each, given) for each in answer)
    if isinstance(answer, SourceRecord) and isinstance(given, SourceRecord):
        offset = answer.source_offset
        return offset is None or offset is given.source_offset or offset == given.source_offset
    return _is_new(answer) or _origin(answer) == _origin(given)


def _is_new(record: SourceRecord | SinkRecord) -> bool:
    """Say whether the function made a sink's record anew; all it is given know their origin."""
    return isinstance(record, SinkRecord) and record.original_kafka_offset is None


def _origin(record: SourceRecord | SinkRecord) -> object:
    """What only records that were made of the same one have in common."""
    if isinstance(record, SinkRecord):
        return record.original_topic_partition, record.original_kafka_offset
    return None if record.source_offset is None else id(record.source_offset)


def _record(name: str, given: Record, answer: object) -> Record:
    kind = SinkRecord if isinstance(given, SinkRecord) else SourceRecord
    if not isinstance(answer, kind):
        _forget(answer)
        message = (
            f"{name} returned {_kind(answer)}; it must return a {kind.__name__} "
            "(record.replace(...) makes a changed one), None to drop the record, or a list of "
            "records"
        )
        raise DataError(message)
    made: Record = answer
    if _is_new(made):
        changes = {field: getattr(made, field) for field in _SINK_FIELDS}
        return msgspec.structs.replace(given, **changes)
    return made


def _forget(answer: object) -> None:
    """Close a coroutine, for which Python would warn that nobody waited for it."""
    if inspect.iscoroutine(answer):
        answer.close()


def _kind(answer: object) -> str:
    return "None" if answer is None else f"a value of type {type(answer).__name__}"
