# SPDX-License-Identifier: Apache-2.0
"""Settings of AvroConverter."""

from __future__ import annotations

from barnabas import config
from barnabas.converters.avro.rules import Rules
from barnabas.converters.registered import RegisteredConverterConfig

__all__ = ["AvroConverterConfig"]

_GROUP = "Avro"


class AvroConverterConfig(RegisteredConverterConfig):
    """Settings of AvroConverter."""

    connect_meta_data = config.Option(
        "connect.meta.data",
        bool,
        True,
        "Whether Avro schemas tell in connect.* properties what only Connect knows: types of its"
        " own, versions, docs, parameters and defaults. Without, less can be read back.",
        importance=config.Importance.LOW,
        group=_GROUP,
    )
    enhanced_avro_schema_support = config.Option(
        "enhanced.avro.schema.support",
        bool,
        False,
        "Whether enums stay enums and the members of unions are called by their full names.",
        group=_GROUP,
    )
    scrub_invalid_names = config.Option(
        "scrub.invalid.names",
        bool,
        False,
        "Whether characters Avro does not allow in names are replaced.",
        group=_GROUP,
    )
    discard_type_doc_default = config.Option(
        "discard.type.doc.default",
        bool,
        False,
        "Whether docs and defaults of Avro fields are those of Connect, in place of the parameters"
        " that keep docs of records, fields and enums apart.",
        group=_GROUP,
    )
    allow_optional_map_keys = config.Option(
        "allow.optional.map.keys",
        bool,
        False,
        "Whether a map with optional text keys is an Avro map; otherwise it is a list of entries.",
        group=_GROUP,
    )
    flatten_singleton_unions = config.Option(
        "flatten.singleton.unions",
        bool,
        True,
        "Whether a union of one member is read as that member.",
        group=_GROUP,
    )
    avro_fail_on_trailing_data = config.Option(
        "avro.fail.on.trailing.data",
        bool,
        False,
        "Whether bytes behind a record are an error; otherwise they are ignored.",
        importance=config.Importance.LOW,
        group=_GROUP,
    )
    avro_use_logical_type_converters = config.Option(
        "avro.use.logical.type.converters",
        bool,
        False,
        "Taken for compatibility: Java hands other classes on between its layers, Connect's values"
        " stay the same.",
        importance=config.Importance.LOW,
        group=_GROUP,
    )
    avro_remove_java_properties = config.Option(
        "avro.remove.java.properties",
        bool,
        False,
        "Whether properties such as avro.java.string are left out of schemas written.",
        importance=config.Importance.LOW,
        group=_GROUP,
    )
    avro_reflection_allow_null = config.Option(
        "avro.reflection.allow.null",
        bool,
        False,
        "Taken for compatibility: only Java objects are reflected.",
        importance=config.Importance.LOW,
        group=_GROUP,
    )
    schema_reflection = config.Option(
        "schema.reflection",
        bool,
        False,
        "Taken for compatibility: only Java objects are reflected.",
        importance=config.Importance.LOW,
        group=_GROUP,
    )

    @property
    def rules(self) -> Rules:
        """What the settings say about the translation of schemas and values."""
        return Rules(
            connect_meta_data=self.connect_meta_data,
            generalized=self.generalized_sum_type_support,
            enhanced=self.enhanced_avro_schema_support,
            scrub_names=self.scrub_invalid_names,
            discard_type_doc_default=self.discard_type_doc_default,
            allow_optional_map_keys=self.allow_optional_map_keys,
            flatten_singleton_unions=self.flatten_singleton_unions,
            ignore_default_for_nullables=self.ignore_default_for_nullables,
            remove_java_properties=self.avro_remove_java_properties,
        )
