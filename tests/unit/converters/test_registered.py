# SPDX-License-Identifier: Apache-2.0
"""What the converters of a Schema Registry share."""

from __future__ import annotations

import pytest

from barnabas.converters.registered import (
    RegisteredConverterConfig,
    check_type,
    converting,
    load_library,
    naming,
)
from barnabas.errors import ConfigError, DataError, RetriableError, SchemaBuilderError
from barnabas.registry import Framed, SchemaDefinition


def test_a_missing_library_is_named_with_the_command_that_installs_it():
    with pytest.raises(ConfigError, match=r"no_such_lib.*pip install 'barnabas\[avro\]'"):
        load_library("no_such_lib.inner", extra="avro", converter="AvroConverter")


def test_a_library_that_is_there_is_returned():
    assert load_library("json.decoder", extra="x", converter="X").__name__ == "json.decoder"


def test_a_schema_another_converter_wrote_is_refused_with_what_to_do():
    check_type(SchemaDefinition("{}", "JSON"), "JSON")
    with pytest.raises(DataError, match="of type JSON, not AVRO: use the converter for that type"):
        check_type(SchemaDefinition("{}", "JSON"), "AVRO")


def test_a_data_error_names_the_topic_and_keeps_its_class():
    odd = SchemaBuilderError("it is odd")
    pattern = r"^Failed on topic orders: it is odd$"
    with pytest.raises(SchemaBuilderError, match=pattern), converting("Failed on topic", "orders"):
        raise odd


def test_a_topic_is_named_once():
    outer, inner = (converting("Failed on topic", "t") for _ in "ab")
    with pytest.raises(DataError, match=r"^Failed on topic t: odd$"), outer, inner:
        raise DataError("odd")


def test_errors_that_may_pass_are_left_alone():
    with pytest.raises(RetriableError, match=r"^later$"), converting("Failed on topic", "t"):
        raise RetriableError("later")


def test_a_data_error_names_the_schema_last():
    framed = Framed(b"", None, SchemaDefinition('"int"'), 7, "t-value")
    with pytest.raises(DataError, match=r"^odd \(subject t-value, schema id 7\)$"), naming(framed):
        raise DataError("odd")
    with pytest.raises(DataError, match=r"^odd \(schema 7 of the registry\)$"), naming(7):
        raise DataError("odd")


def test_the_shared_settings_have_javas_defaults():
    config = RegisteredConverterConfig(
        {"schema.registry.url": "mock://x", "converter.type": "value"}
    )
    assert config.schemas_cache_config == 1000
    assert not config.generalized_sum_type_support
    assert not config.ignore_default_for_nullables
