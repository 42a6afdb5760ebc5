# SPDX-License-Identifier: Apache-2.0
"""What the converters of a Schema Registry share."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.converters.registered import (
    RegisteredConverterConfig,
    Run,
    converting,
    load_library,
    runs_of_one_schema,
)
from barnabas.errors import ConfigError, DataError, RetriableError, SchemaBuilderError

PREFIXES = [b"\0\0\0\0\1", b"\0\0\0\0\2", b"\1", b""]


def test_a_missing_library_is_named_with_the_command_that_installs_it():
    with pytest.raises(ConfigError, match=r"no_such_lib.*pip install 'barnabas\[avro\]'"):
        load_library("no_such_lib.inner", extra="avro", converter="AvroConverter")


def test_a_library_that_is_there_is_returned():
    assert load_library("json.decoder", extra="x", converter="X").__name__ == "json.decoder"


def test_a_data_error_names_the_topic_and_keeps_its_class():
    odd = SchemaBuilderError("it is odd")
    pattern = r"^Failed on topic orders: it is odd$"
    with pytest.raises(SchemaBuilderError, match=pattern), converting("Failed on topic", "orders"):
        raise odd


def test_a_topic_is_named_once():
    outer = converting("Failed on topic", "t")
    with pytest.raises(DataError, match=r"^Failed on topic t: odd$"), outer:
        with converting("Failed on topic", "t"):
            raise DataError("odd")


def test_errors_that_may_pass_are_left_alone():
    with pytest.raises(RetriableError, match=r"^later$"), converting("Failed on topic", "t"):
        raise RetriableError("later")


def test_a_batch_of_one_schema_is_one_run():
    assert runs_of_one_schema([PREFIXES[0] + b"a", PREFIXES[0]]) == [Run(PREFIXES[0], 0, 2)]


@given(st.lists(st.none() | st.builds(bytes.__add__, st.sampled_from(PREFIXES), st.binary())))
def test_runs_cover_the_batch_and_neighbours_differ(data):
    runs = runs_of_one_schema(data)
    assert [data[i] for run in runs for i in range(run.start, run.end)] == data
    for run in runs:
        for item in data[run.start : run.end]:
            assert (item if item is None else item[:5]) == run.prefix
    assert all(one.prefix != other.prefix for one, other in itertools.pairwise(runs))


def test_the_shared_settings_have_javas_defaults():
    config = RegisteredConverterConfig(
        {"schema.registry.url": "mock://x", "converter.type": "value"}
    )
    assert config.schemas_cache_config == 1000
    assert not config.generalized_sum_type_support
    assert not config.ignore_default_for_nullables
