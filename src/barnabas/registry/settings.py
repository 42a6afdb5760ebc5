# SPDX-License-Identifier: Apache-2.0
"""Settings all converters with a Schema Registry have in common, under Java's names.

A converter's own settings extend `SchemaRegistryConfig`.

Source:
    Reference page *Schema Registry*, sections 2 and 3.
"""

from __future__ import annotations

from typing import Final

from barnabas import config
from barnabas.config import Importance
from barnabas.registry import subjects
from barnabas.registry.connection_settings import ConnectionConfig

__all__ = ["SchemaRegistryConfig"]

_MOST_INT: Final = 2**31 - 1

LOW = Importance.LOW
_SCHEMAS: Final = "Schemas"


class SchemaRegistryConfig(ConnectionConfig):
    """Which registry, how to log in to it, and which schema to write with.

    The class itself declares what all three converters share.
    """

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
