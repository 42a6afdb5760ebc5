# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConfigError
from barnabas.registry.settings import SchemaRegistryConfig

URL = {"schema.registry.url": "http://a:1,http://b:2"}


def test_several_addresses_are_a_list() -> None:
    assert SchemaRegistryConfig(URL).schema_registry_url == ["http://a:1", "http://b:2"]


def test_address_is_required() -> None:
    with pytest.raises(ConfigError, match=r'configuration "schema\.registry\.url"'):
        SchemaRegistryConfig({})


def test_defaults_are_those_of_java() -> None:
    config = SchemaRegistryConfig(URL)
    assert config.auto_register_schemas
    assert config.latest_compatibility_strict
    assert (config.use_schema_id, config.max_schemas_per_subject) == (-1, 1000)
    assert (config.max_retries, config.retries_wait_ms, config.retries_max_wait_ms) == (
        3,
        1000,
        20000,
    )


@pytest.mark.parametrize(
    "name",
    [
        "HeaderSchemaIdSerializer",
        "io.confluent.kafka.serializers.schema.id.HeaderSchemaIdSerializer",
    ],
)
def test_headers_are_chosen_for_keys_and_values_each(name: str) -> None:
    config = SchemaRegistryConfig({**URL, "key.schema.id.serializer": name})
    assert config.uses_headers(is_key=True)
    assert not config.uses_headers(is_key=False)


def test_secrets_are_not_shown() -> None:
    secrets = {
        "basic.auth.user.info": "me:s3",
        "bearer.auth.token": "s3",
        "bearer.auth.client.secret": "s3",
    }
    assert "s3" not in repr(SchemaRegistryConfig(URL | secrets))
