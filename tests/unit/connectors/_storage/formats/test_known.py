# SPDX-License-Identifier: Apache-2.0
"""Formats by their names."""

from __future__ import annotations

import sys

import pytest

from barnabas.connectors._storage.formats.known import FORMATS, make_format
from barnabas.errors import ConfigError


@pytest.mark.parametrize(
    ("name", "extension"),
    [
        ("io.confluent.connect.hdfs.avro.AvroFormat", ".avro"),
        ("io.confluent.connect.hdfs.parquet.ParquetFormat", ".parquet"),
        ("io.confluent.connect.hdfs.json.JsonFormat", ".json"),
        ("io.confluent.connect.hdfs.string.StringFormat", ".txt"),
        ("io.confluent.connect.s3.format.bytearray.ByteArrayFormat", ".bin"),
    ],
)
def test_javas_class_names_are_known(name: str, extension: str) -> None:
    assert make_format(name).extension == extension
    assert name.rpartition(".")[2] in FORMATS


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"format\.class: .* ParquetFormat"):
        make_format("io.confluent.connect.hdfs.orc.OrcFormat")


@pytest.mark.parametrize(
    ("library", "name", "extra"),
    [("pyarrow", "ParquetFormat", "parquet"), ("fastavro", "AvroFormat", "avro")],
)
def test_a_missing_library_is_told_with_its_extra(
    library: str, name: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ConfigError, match=rf"{name} needs the library {library}.*\[{extra}\]"):
        make_format(name)
