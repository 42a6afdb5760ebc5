# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from barnabas.converters.string import StringConverter
from barnabas.converters.value_and_header import ValueAndHeaderConverter
from barnabas.data import OPTIONAL_STRING, SchemaAndValue


class Shouting(ValueAndHeaderConverter):
    """Writes in capitals, whatever it is given."""

    def from_connect_data(self, topic, headers, schema, value):
        return f"{topic}:{value}".upper().encode()

    def to_connect_data(self, topic, headers, data):
        return SchemaAndValue(OPTIONAL_STRING, f"{topic}:{data.decode()}")


def test_headers_are_written_and_read_as_values_are():
    converter = Shouting()
    assert converter.from_connect_header("t", "k", None, "v") == b"T:V"
    assert converter.to_connect_header("t", "k", b"v") == (OPTIONAL_STRING, "t:v")


def test_shipped_converters_have_both_forms():
    assert issubclass(StringConverter, ValueAndHeaderConverter)
