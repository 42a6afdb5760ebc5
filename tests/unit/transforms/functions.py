# SPDX-License-Identifier: Apache-2.0
"""Functions of a user's own, as tests name them."""

from __future__ import annotations

from typing import ClassVar

from barnabas.api import SinkRecord
from barnabas.errors import RetriableError

NUMBER = 7


def keep(record):
    return record


def change(record):
    """Trims in place, drops what is empty, splits at the bars, refuses some."""
    words = record.value["text"].strip().split("|")
    if words == ["bad"]:
        raise KeyError("price")
    if words == [""]:
        return None
    if len(words) > 1:
        return [record.replace(value={**record.value, "text": word}) for word in words]
    record.value["text"] = words[0]
    record.value["path"].append("trimmed")
    return record


def change_all(records):
    return [change(record) for record in records]


def only_new(records):
    """As many would write a filter."""
    return [record for record in records if record.value["text"] != "old"]


def split_all(records):
    """All words of all records, one list."""
    return [r.replace(value=word) for r in records for word in r.value.split()]


def backwards(records):
    return records[::-1]


def generate(record):
    for word in record.value.split():
        yield record.replace(value=word)


def take_value(record):
    return record.value


def in_list(record):
    return [record.value]


def forgetful(records):
    records[0].value = "x"


def busy(record):
    raise RetriableError("come back")


def add(record, amount, unit="kg"):
    return record.replace(value=f"{record.value} {amount} {unit}")


def anew(record):
    return SinkRecord(topic="other", kafka_partition=0, kafka_offset=0, value=record.value)


def moved(record):
    record.topic = "moved"
    return record


async def wait(record):
    return record


def promise(record):
    return wait(record)


def nothing():
    return None


class Counter:
    """Numbers records."""

    closed: ClassVar[list[str]] = []

    def __init__(self, start="0"):
        self.number = int(start)

    def __call__(self, record):
        self.number += 1
        return record.replace(value=self.number)

    def close(self):
        self.closed.append("closed")

    @staticmethod
    def twice(record):
        return [record, record]


class Mute:
    """Cannot be called."""
