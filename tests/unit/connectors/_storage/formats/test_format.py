# SPDX-License-Identifier: Apache-2.0
"""Defaults of the format settings are those of the connector."""

from __future__ import annotations

from barnabas.connectors._storage.formats.format import FormatSettings


def test_logical_types_are_kept_by_default() -> None:
    assert FormatSettings().keeps_logical_types


def test_codecs_default_to_those_of_java() -> None:
    assert (FormatSettings().avro_codec, FormatSettings().parquet_codec) == ("null", "snappy")
