# SPDX-License-Identifier: Apache-2.0
"""Settings all converters with a Schema Registry have in common, under Java's names.

A converter's own settings extend `SchemaRegistryConfig`. Settings of the client may also be written
with ``schema.registry.`` before their name; those of TLS must be.

Source:
    Reference page *Schema Registry*, sections 2 and 3.
"""

from __future__ import annotations

from typing import Final

from barnabas import config
from barnabas.config import Importance, Password
from barnabas.registry import subjects

__all__ = ["PREFIX", "SchemaRegistryConfig"]

PREFIX: Final = "schema.registry."
_MOST_INT: Final = 2**31 - 1

HIGH, MEDIUM, LOW = Importance.HIGH, Importance.MEDIUM, Importance.LOW
_REGISTRY: Final = "Schema Registry"
_SCHEMAS: Final = "Schemas"
_LOGIN: Final = "Login"


class SchemaRegistryConfig(config.Config):
    """Which registry, how to log in to it, and which schema to write with.

    The class itself declares what all three converters share.
    """

    schema_registry_url = config.Option(
        "schema.registry.url",
        list,
        config.NO_DEFAULT,
        "Addresses of the Schema Registry, such as http://registry:8081, with commas between them."
        " mock://name is a registry within this process, for tests.",
        importance=HIGH,
        group=_REGISTRY,
    )
    max_retries = config.Option(
        "max.retries",
        int,
        3,
        "How often a request is repeated that got no answer or 408, 429 or 5xx.",
        importance=LOW,
        group=_REGISTRY,
        validator=config.at_least(0),
    )
    retries_wait_ms = config.Option(
        "retries.wait.ms",
        int,
        1000,
        "Longest wait before the first repetition, in milliseconds; it doubles with each.",
        importance=LOW,
        group=_REGISTRY,
        validator=config.at_least(0),
    )
    retries_max_wait_ms = config.Option(
        "retries.max.wait.ms",
        int,
        20000,
        "Longest wait before any repetition, in milliseconds.",
        importance=LOW,
        group=_REGISTRY,
        validator=config.at_least(0),
    )
    http_connect_timeout_ms = config.Option(
        "http.connect.timeout.ms",
        int,
        60000,
        "How long a connection to the registry may take, in milliseconds.",
        importance=LOW,
        group=_REGISTRY,
        validator=config.at_least(1),
    )
    http_read_timeout_ms = config.Option(
        "http.read.timeout.ms",
        int,
        60000,
        "How long an answer of the registry may take, in milliseconds.",
        importance=LOW,
        group=_REGISTRY,
        validator=config.at_least(1),
    )
    url_randomize = config.Option(
        "url.randomize",
        bool,
        False,
        "Whether to begin with any address of schema.registry.url instead of the first.",
        importance=LOW,
        group=_REGISTRY,
    )
    proxy_host = config.Option(
        "proxy.host",
        str,
        "",
        "Host of an HTTP proxy on the way to the registry; none when empty.",
        importance=LOW,
        group=_REGISTRY,
    )
    proxy_port = config.Option(
        "proxy.port",
        int,
        -1,
        "Port of that proxy.",
        importance=LOW,
        group=_REGISTRY,
    )
    missing_id_cache_ttl_sec = config.Option(
        "missing.id.cache.ttl.sec",
        config.ConfigType.LONG,
        0,
        "For how many seconds an id the registry does not know is not asked for again.",
        importance=LOW,
        group=_REGISTRY,
    )
    missing_version_cache_ttl_sec = config.Option(
        "missing.version.query.cache.ttl.sec",
        config.ConfigType.LONG,
        0,
        "For how many seconds a version the registry does not know is not asked for again.",
        importance=LOW,
        group=_REGISTRY,
    )
    missing_schema_cache_ttl_sec = config.Option(
        "missing.schema.cache.ttl.sec",
        config.ConfigType.LONG,
        0,
        "For how many seconds a schema the registry does not know is not asked for again.",
        importance=LOW,
        group=_REGISTRY,
    )
    missing_cache_size = config.Option(
        "missing.cache.size",
        int,
        10000,
        "How many such unknown things are remembered.",
        importance=LOW,
        group=_REGISTRY,
        validator=config.at_least(0),
    )
    cache_directory = config.Option(
        "schema.registry.cache.directory",
        str,
        None,
        "Folder for copies of the schemas used, read only while the registry cannot be reached, so"
        " that a task can start then. A folder in the user's cache folder when absent, no copies"
        " when empty. Barnabas only.",
        importance=LOW,
        group=_REGISTRY,
    )

    basic_auth_credentials_source = config.Option(
        "basic.auth.credentials.source",
        str,
        "URL",
        "Where name and password are: URL (within schema.registry.url), USER_INFO"
        " (basic.auth.user.info) or SASL_INHERIT (sasl.jaas.config).",
        group=_LOGIN,
        validator=config.valid_string("URL", "USER_INFO", "SASL_INHERIT"),
    )
    basic_auth_user_info = config.Option(
        "basic.auth.user.info",
        Password,
        "",
        "Name and password with a colon between them, for USER_INFO.",
        group=_LOGIN,
    )
    sasl_jaas_config = config.Option(
        "sasl.jaas.config",
        Password,
        None,
        "Login module with username and password, for SASL_INHERIT.",
        importance=LOW,
        group=_LOGIN,
    )
    bearer_auth_credentials_source = config.Option(
        "bearer.auth.credentials.source",
        str,
        None,
        "Where a token comes from: STATIC_TOKEN (bearer.auth.token) or OAUTHBEARER (fetched from"
        " bearer.auth.issuer.endpoint.url).",
        group=_LOGIN,
    )
    bearer_auth_token = config.Option(
        "bearer.auth.token", Password, None, "The token, for STATIC_TOKEN.", group=_LOGIN
    )
    bearer_auth_issuer_endpoint_url = config.Option(
        "bearer.auth.issuer.endpoint.url",
        str,
        None,
        "Where tokens are fetched with client credentials, for OAUTHBEARER.",
        group=_LOGIN,
    )
    bearer_auth_client_id = config.Option(
        "bearer.auth.client.id", str, None, "Client id for fetching tokens.", group=_LOGIN
    )
    bearer_auth_client_secret = config.Option(
        "bearer.auth.client.secret",
        Password,
        None,
        "Client secret for fetching tokens.",
        group=_LOGIN,
    )
    bearer_auth_scope = config.Option(
        "bearer.auth.scope", str, None, "Scope of the tokens to fetch.", group=_LOGIN
    )
    bearer_auth_scope_claim_name = config.Option(
        "bearer.auth.scope.claim.name",
        str,
        "scope",
        "Name of the claim that holds the scope. Taken for compatibility; tokens are not read"
        " here.",
        importance=LOW,
        group=_LOGIN,
    )
    bearer_auth_sub_claim_name = config.Option(
        "bearer.auth.sub.claim.name",
        str,
        "sub",
        "Name of the claim that holds the subject. Taken for compatibility; tokens are not read"
        " here.",
        importance=LOW,
        group=_LOGIN,
    )
    bearer_auth_logical_cluster = config.Option(
        "bearer.auth.logical.cluster",
        str,
        None,
        "Logical cluster of the registry, sent along with a token.",
        group=_LOGIN,
    )
    bearer_auth_identity_pool_id = config.Option(
        "bearer.auth.identity.pool.id",
        str,
        None,
        "Identity pool, sent along with a token.",
        group=_LOGIN,
    )
    bearer_auth_cache_expiry_buffer_seconds = config.Option(
        "bearer.auth.cache.expiry.buffer.seconds",
        config.ConfigType.SHORT,
        300,
        "How many seconds before its end a token is replaced.",
        importance=LOW,
        group=_LOGIN,
        validator=config.at_least(0),
    )

    auto_register_schemas = config.Option(
        "auto.register.schemas",
        bool,
        True,
        "Whether schemas that are written with are registered; otherwise they must be there.",
        group=_SCHEMAS,
    )
    normalize_schemas = config.Option(
        "normalize.schemas",
        bool,
        False,
        "Whether the registry compares normal forms of schemas instead of their texts.",
        group=_SCHEMAS,
    )
    use_schema_id = config.Option(
        "use.schema.id",
        int,
        -1,
        "Id of the schema to write with, instead of the record's own; -1 for none. Needs"
        " auto.register.schemas=false.",
        importance=LOW,
        group=_SCHEMAS,
    )
    use_schema_guid = config.Option(
        "use.schema.guid",
        str,
        None,
        "GUID of the schema to write with, likewise.",
        importance=LOW,
        group=_SCHEMAS,
    )
    id_compatibility_strict = config.Option(
        "id.compatibility.strict",
        bool,
        True,
        "Whether the schema of use.schema.id must be able to read what the record's schema writes.",
        importance=LOW,
        group=_SCHEMAS,
    )
    use_latest_version = config.Option(
        "use.latest.version",
        bool,
        False,
        "Whether to write with the subject's latest schema instead of the record's own. Needs"
        " auto.register.schemas=false.",
        importance=LOW,
        group=_SCHEMAS,
    )
    use_latest_with_metadata = config.Option(
        "use.latest.with.metadata",
        str,
        None,
        "Write with the subject's latest schema that has these metadata: name=value, with commas"
        " between them. Needs auto.register.schemas=false.",
        importance=LOW,
        group=_SCHEMAS,
    )
    latest_compatibility_strict = config.Option(
        "latest.compatibility.strict",
        bool,
        True,
        "Whether the latest schema must be able to read what the record's schema writes.",
        importance=LOW,
        group=_SCHEMAS,
    )
    latest_cache_size = config.Option(
        "latest.cache.size",
        int,
        1000,
        "How many latest schemas are remembered.",
        importance=LOW,
        group=_SCHEMAS,
        validator=config.at_least(0),
    )
    latest_cache_ttl_sec = config.Option(
        "latest.cache.ttl.sec",
        int,
        -1,
        "For how many seconds a latest schema is remembered; -1 for as long as the task runs.",
        importance=LOW,
        group=_SCHEMAS,
    )
    max_schemas_per_subject = config.Option(
        "max.schemas.per.subject",
        int,
        1000,
        "How many schemas are remembered in each direction.",
        importance=LOW,
        group=_SCHEMAS,
        validator=config.range_between(1, _MOST_INT),
    )
    key_subject_name_strategy = config.Option(
        "key.subject.name.strategy",
        str,
        subjects.DEFAULT,
        "How the subject of a key's schema is named: TopicNameStrategy, RecordNameStrategy,"
        " TopicRecordNameStrategy or AssociatedNameStrategy, with or without Java's package.",
        group=_SCHEMAS,
        validator=subjects.valid_strategy(),
    )
    value_subject_name_strategy = config.Option(
        "value.subject.name.strategy",
        str,
        subjects.DEFAULT,
        "How the subject of a value's schema is named, likewise.",
        group=_SCHEMAS,
        validator=subjects.valid_strategy(),
    )
    fallback_type = config.Option(
        "subject.name.strategy.fallback.type",
        str,
        "TOPIC",
        "What AssociatedNameStrategy does for a topic nothing is associated with: TOPIC, RECORD,"
        " TOPIC_RECORD or NONE (fail).",
        importance=LOW,
        group=_SCHEMAS,
        validator=config.case_insensitive_valid_string("TOPIC", "RECORD", "TOPIC_RECORD", "NONE"),
    )
    association_cluster_id = config.Option(
        "subject.name.strategy.kafka.cluster.id",
        str,
        None,
        "Id of the Kafka cluster whose associations AssociatedNameStrategy uses; any when absent.",
        importance=LOW,
        group=_SCHEMAS,
    )
    association_cache_size = config.Option(
        "subject.name.strategy.cache.size",
        int,
        1000,
        "How many associations are remembered.",
        importance=LOW,
        group=_SCHEMAS,
        validator=config.at_least(0),
    )
    association_cache_expiry_secs = config.Option(
        "subject.name.strategy.cache.expiry.secs",
        int,
        -1,
        "For how many seconds an association is remembered; -1 for as long as the task runs.",
        importance=LOW,
        group=_SCHEMAS,
    )
    context_name_strategy = config.Option(
        "context.name.strategy",
        str,
        "io.confluent.kafka.serializers.context.NullContextNameStrategy",
        "How a context is chosen. Only NullContextNameStrategy, which chooses none, is there; a"
        " context for all can be part of the address: http://registry:8081/contexts/.name",
        importance=LOW,
        group=_SCHEMAS,
        validator=subjects.valid_context_strategy(),
    )
    key_schema_id_serializer = config.Option(
        "key.schema.id.serializer",
        str,
        "io.confluent.kafka.serializers.schema.id.PrefixSchemaIdSerializer",
        "Where a key's schema is told: PrefixSchemaIdSerializer (its id before the key) or"
        " HeaderSchemaIdSerializer (its GUID in a header), with or without Java's package.",
        importance=LOW,
        group=_SCHEMAS,
        validator=subjects.valid_id_serializer(),
    )
    value_schema_id_serializer = config.Option(
        "value.schema.id.serializer",
        str,
        "io.confluent.kafka.serializers.schema.id.PrefixSchemaIdSerializer",
        "Where a value's schema is told, likewise.",
        importance=LOW,
        group=_SCHEMAS,
        validator=subjects.valid_id_serializer(),
    )

    def uses_headers(self, *, is_key: bool) -> bool:
        """Whether the schema is told in a header."""
        name = self.key_schema_id_serializer if is_key else self.value_schema_id_serializer
        return subjects.simple_name(name) == subjects.HEADER_SERIALIZER
