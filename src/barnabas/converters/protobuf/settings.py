# SPDX-License-Identifier: Apache-2.0
"""Settings of ProtobufConverter, under Java's names.

Source:
    Reference page *Schema Registry*, sections 2 and 4.
"""

from __future__ import annotations

from typing import Final

from barnabas import config
from barnabas.config import Importance
from barnabas.converters.protobuf.rules import Rules
from barnabas.converters.registered import RegisteredConverterConfig

__all__ = ["QUALIFIED_STRATEGY", "ProtobufConverterConfig"]

_DATA: Final = "Data"
_REFERENCES: Final = "References"
_SUBJECTS: Final = "io.confluent.kafka.serializers.subject."
_DEFAULT_STRATEGY: Final = "DefaultReferenceSubjectNameStrategy"
QUALIFIED_STRATEGY: Final = "QualifiedReferenceSubjectNameStrategy"


class ProtobufConverterConfig(RegisteredConverterConfig):
    """Settings of ProtobufConverter."""

    enhanced_protobuf_schema_support = config.Option(
        "enhanced.protobuf.schema.support",
        bool,
        False,
        "Whether names of schemas read hold their package and outer messages.",
        group=_DATA,
    )
    scrub_invalid_names = config.Option(
        "scrub.invalid.names",
        bool,
        False,
        "Whether characters Protobuf forbids in names are replaced.",
        group=_DATA,
    )
    int_for_enums = config.Option(
        "int.for.enums", bool, False, "Whether enums are read as their numbers.", group=_DATA
    )
    optional_for_nullables = config.Option(
        "optional.for.nullables",
        bool,
        False,
        "Whether fields that may be null are marked optional, so that null is not read as 0 or"
        " empty text.",
        group=_DATA,
    )
    optional_for_proto2 = config.Option(
        "optional.for.proto2",
        bool,
        True,
        "Whether optional fields of the syntax proto2 that are not there are null.",
        group=_DATA,
    )
    wrapper_for_nullables = config.Option(
        "wrapper.for.nullables",
        bool,
        False,
        "Whether fields that may be null are written in wrapper messages such as"
        " google.protobuf.StringValue.",
        group=_DATA,
    )
    wrapper_for_raw_primitives = config.Option(
        "wrapper.for.raw.primitives",
        bool,
        True,
        "Whether a wrapper message such as google.protobuf.StringValue, a record or a field, is"
        " read as what it wraps.",
        group=_DATA,
    )
    generate_struct_for_nulls = config.Option(
        "generate.struct.for.nulls",
        bool,
        False,
        "Whether messages that are not there are read as structs of defaults.",
        group=_DATA,
    )
    generate_index_for_unions = config.Option(
        "generate.index.for.unions",
        bool,
        True,
        "Whether the field that stands for a oneof has its index behind its name.",
        importance=Importance.LOW,
        group=_DATA,
    )
    flatten_unions = config.Option(
        "flatten.unions",
        bool,
        False,
        "Whether members of a oneof are read as fields beside the others.",
        importance=Importance.LOW,
        group=_DATA,
    )
    schema_format = config.Option(
        "schema.format",
        str,
        None,
        "Form in which schemas are registered: text, or with serialized a descriptor in Base64.",
        importance=Importance.LOW,
        group=_REFERENCES,
    )
    reference_lookup_only = config.Option(
        "reference.lookup.only",
        bool,
        False,
        "Whether imported schemas must be in the registry, whatever holds for the others.",
        group=_REFERENCES,
    )
    skip_known_types = config.Option(
        "skip.known.types",
        bool,
        True,
        "Whether Google's and Confluent's own files are imported without being registered.",
        importance=Importance.LOW,
        group=_REFERENCES,
    )
    reference_subject_name_strategy = config.Option(
        "reference.subject.name.strategy",
        str,
        _SUBJECTS + _DEFAULT_STRATEGY,
        "How the subject of an imported file is named: DefaultReferenceSubjectNameStrategy (its"
        " path) or QualifiedReferenceSubjectNameStrategy (with dots, without .proto).",
        importance=Importance.LOW,
        group=_REFERENCES,
        validator=config.valid_string(
            *(_DEFAULT_STRATEGY, QUALIFIED_STRATEGY),
            *(_SUBJECTS + _DEFAULT_STRATEGY, _SUBJECTS + QUALIFIED_STRATEGY),
        ),
    )

    @property
    def rules(self) -> Rules:
        """What the settings say about schemas and values."""
        return Rules(
            generalized_sum_type_support=self.generalized_sum_type_support,
            ignore_default_for_nullables=self.ignore_default_for_nullables,
            enhanced_schema_support=self.enhanced_protobuf_schema_support,
            scrub_invalid_names=self.scrub_invalid_names,
            int_for_enums=self.int_for_enums,
            optional_for_nullables=self.optional_for_nullables,
            optional_for_proto2=self.optional_for_proto2,
            wrapper_for_nullables=self.wrapper_for_nullables,
            wrapper_for_raw_primitives=self.wrapper_for_raw_primitives,
            generate_struct_for_nulls=self.generate_struct_for_nulls,
            generate_index_for_unions=self.generate_index_for_unions,
            flatten_unions=self.flatten_unions,
        )
