# SPDX-License-Identifier: Apache-2.0
"""Measure the batch forms of the converters: records a second on one core, no broker involved.

::

    .venv/bin/python benchmarks/converters.py [--seconds 1.0] [--batch 2000] [--json FILE]

Each case converts the same batch again and again and reports the best of five runs. Strings are
100 bytes of text, as in the tables of the Java worker; the struct has eight flat columns (int64,
string, double, int32, timestamp, string, boolean, decimal).
"""

from __future__ import annotations

import argparse
import datetime
import json
import random
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from barnabas.api.converter import Converter
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


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the batch forms of the converters.")
    parser.add_argument("--seconds", type=float, default=1.0, help="time for each case")
    parser.add_argument("--batch", type=int, default=2000, help="records in a batch")
    parser.add_argument("--json", metavar="FILE", help="write the rates there, too")
    parser.add_argument("--bootstrap-servers", help=argparse.SUPPRESS)  # given to every program
    parser.add_argument("--java-libs", help=argparse.SUPPRESS)
    options = parser.parse_args()
    results = measure(options.batch, options.seconds)
    print(f"{'records a second':32} {'from connect':>14} {'to connect':>14}")
    for name, rates in results.items():
        print(f"{name:32} {rates['from']:14,.0f} {rates['to']:14,.0f}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=2)


if __name__ == "__main__":
    main()
