# SPDX-License-Identifier: Apache-2.0
"""Measure the batch forms of the converters: records a second on one core, no broker involved.

::

    .venv/bin/python benchmarks/converters.py [--seconds 1.0] [--batch 2000] [--json FILE]

Each case converts the same batch again and again and reports the best of five runs. Strings are
100 bytes of text, as in the tables of the Java worker; the struct has eight flat columns (int64,
string, double, int32, timestamp, string, boolean, decimal).

Avro is measured beside fastavro alone, which writes and reads the same values one by one with its
own logical types, in the same run and in turns; what counts is the ratio: 1.00 is fastavro's speed,
less is what the mapping costs. It does more work in batches than fastavro, so it may be above 1.
"""

from __future__ import annotations

import argparse
import datetime
import io
import json
import random
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import fastavro

from barnabas.api.converter import Converter
from barnabas.converters.avro import AvroConverter, Rules
from barnabas.converters.avro.model import text_of
from barnabas.converters.avro.to_avro import to_avro
from barnabas.converters.byte_array import ByteArrayConverter
from barnabas.converters.json import JsonConverter
from barnabas.converters.numbers import LongConverter
from barnabas.converters.string import StringConverter
from barnabas.data import (
    BOOLEAN,
    BYTES,
    FLOAT64,
    INT32,
    INT64,
    OPTIONAL_STRING,
    STRING,
    TIMESTAMP,
    Schema,
    decimal_schema,
)

ROW = Schema.struct(
    {
        "id": INT64,
        "name": STRING,
        "price": FLOAT64,
        "quantity": INT32,
        "created": TIMESTAMP,
        "city": OPTIONAL_STRING,
        "active": BOOLEAN,
        "total": decimal_schema(2),
    },
    name="shop.Order",
)
NESTED = Schema.struct(
    {
        "id": INT64,
        "tags": Schema.array(STRING),
        "counts": Schema.map(STRING, INT32),
        "place": Schema.struct({"city": STRING, "zip": OPTIONAL_STRING}, optional=True),
    },
    name="shop.Visit",
)


NULLABLE_ROW = Schema.struct(
    {field.name: field.schema.with_attributes(optional=True) for field in ROW.fields},
    name="shop.NullableOrder",
)


def rows(count: int) -> list[dict[str, Any]]:
    pick = random.Random(7)
    start = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    return [
        {
            "id": number,
            "name": f"customer {pick.randrange(10**6)}",
            "price": pick.randrange(10**6) / 100,
            "quantity": pick.randrange(1000),
            "created": start + datetime.timedelta(milliseconds=pick.randrange(10**10)),
            "city": pick.choice(["Prague", "Vienna", "Plzeň", None]),
            "active": pick.random() < 0.5,
            "total": Decimal(pick.randrange(10**8)).scaleb(-2),
        }
        for number in range(count)
    ]


def visits(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "tags": ["a", "b", "c"],
            "counts": {"x": number % 100, "y": 2},
            "place": {"city": "Prague", "zip": "11000"},
        }
        for number in range(count)
    ]


def plain_rows(count: int) -> list[dict[str, Any]]:
    return [
        {**row, "created": int(row["created"].timestamp()), "total": float(row["total"])}
        for row in rows(count)
    ]


def json_converter(**changes: str) -> JsonConverter:
    converter = JsonConverter()
    converter.configure({name.replace("_", "."): v for name, v in changes.items()}, is_key=False)
    return converter


def avro_converter() -> AvroConverter:
    converter = AvroConverter()
    converter.configure({"schema.registry.url": "mock://benchmark"}, is_key=False)
    return converter


def cases(count: int) -> list[tuple[str, Converter, Schema | None, list[Any]]]:
    texts = [f"{number:08d} " + "x" * 91 for number in range(count)]
    return [
        ("String", StringConverter(), STRING, texts),
        ("ByteArray", ByteArrayConverter(), BYTES, [text.encode() for text in texts]),
        ("Long", LongConverter(), INT64, list(range(count))),
        ("JSON schemas, string", json_converter(), STRING, texts),
        ("JSON schemas, struct of 8", json_converter(), ROW, rows(count)),
        (
            "JSON schemas, decimals NUMERIC",
            json_converter(decimal_format="NUMERIC"),
            ROW,
            rows(count),
        ),
        ("JSON schemas, nested", json_converter(), NESTED, visits(count)),
        ("Avro, string", avro_converter(), STRING, texts),
        ("Avro, struct of 8", avro_converter(), ROW, rows(count)),
        ("Avro, nested", avro_converter(), NESTED, visits(count)),
        ("JSON bare, string", json_converter(schemas_enable="false"), None, texts),
        ("JSON bare, map of 8", json_converter(schemas_enable="false"), None, plain_rows(count)),
    ]


def best_rate(convert: Callable[[], object], count: int, seconds: float) -> float:
    best = 0.0
    for _ in range(5):
        done, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds / 5:
            convert()
            done += count
        best = max(best, done / spent)
    return best


def measure(count: int, seconds: float) -> dict[str, dict[str, float]]:
    results = {}
    for name, converter, schema, values in cases(count):
        data = converter.from_connect_batch("t", schema, values)
        results[name] = {
            "from": best_rate(
                lambda c=converter, s=schema, v=values: c.from_connect_batch("t", s, v),
                count,
                seconds,
            ),
            "to": best_rate(lambda c=converter, d=data: c.to_connect_batch("t", d), count, seconds),
        }
    return results


def best_of_turns(
    alone: Callable[[], object], ours: Callable[[], object], seconds: float
) -> tuple[float, float]:
    """Call both in turns; return the least time each took, in seconds of the processor.

    The clock of the wall would count what other programs take meanwhile.
    """
    least = [float("inf"), float("inf")]
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for side, call in enumerate((alone, ours)):
            start = time.process_time()
            call()
            least[side] = min(least[side], time.process_time() - start)
    return least[0], least[1]


def measure_avro(count: int, seconds: float) -> dict[str, dict[str, float]]:
    """Measure AvroConverter and fastavro alone, batch by batch in turns."""
    results = {}
    for name, schema in (("struct of 8", ROW), ("nullable struct of 8", NULLABLE_ROW)):
        values = rows(count)
        converter = avro_converter()
        topic = schema.name or ""
        data = converter.from_connect_batch(topic, schema, values)
        payloads = [item[5:] for item in data if item is not None]
        parsed = fastavro.parse_schema(json.loads(text_of(to_avro(schema, Rules()))))
        assert fastavro_written(parsed, values) == payloads
        pairs = {
            "from": (
                lambda p=parsed, v=values: fastavro_written(p, v),
                lambda c=converter, t=topic, s=schema, v=values: c.from_connect_batch(t, s, v),
            ),
            "to": (
                lambda p=parsed, d=payloads: fastavro_read(p, d),
                lambda c=converter, t=topic, d=data: c.to_connect_batch(t, d),
            ),
        }
        for direction, (alone, ours) in pairs.items():
            spent_alone, spent = best_of_turns(alone, ours, seconds)
            results[f"{name}, {direction}"] = {
                "fastavro": count / spent_alone,
                "AvroConverter": count / spent,
                "ratio": spent_alone / spent,
            }
    return results


def fastavro_written(parsed: Any, values: list[Any]) -> list[bytes]:
    written = []
    for value in values:
        target = io.BytesIO()
        fastavro.schemaless_writer(target, parsed, value)
        written.append(target.getvalue())
    return written


def fastavro_read(parsed: Any, payloads: list[bytes]) -> list[Any]:
    return [fastavro.schemaless_reader(io.BytesIO(item), parsed, None) for item in payloads]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the batch forms of the converters.")
    parser.add_argument("--seconds", type=float, default=1.0, help="time for each case")
    parser.add_argument("--batch", type=int, default=2000, help="records in a batch")
    parser.add_argument("--json", metavar="FILE", help="write the rates there, too")
    parser.add_argument("--bootstrap-servers", help=argparse.SUPPRESS)  # given to every program
    parser.add_argument("--java-libs", help=argparse.SUPPRESS)
    options = parser.parse_args()
    beside = measure_avro(options.batch, options.seconds)
    print(f"{'records a second':32} {'fastavro':>14} {'AvroConverter':>14} {'ratio':>8}")
    for name, rates in beside.items():
        alone, ours, ratio = rates.values()
        print(f"{name:32} {alone:14,.0f} {ours:14,.0f} {ratio:8.2f}")
    print()
    results = measure(options.batch, options.seconds)
    print(f"{'records a second':32} {'from connect':>14} {'to connect':>14}")
    for name, rates in results.items():
        print(f"{name:32} {rates['from']:14,.0f} {rates['to']:14,.0f}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({**results, **beside}, file, indent=2)


if __name__ == "__main__":
    main()
