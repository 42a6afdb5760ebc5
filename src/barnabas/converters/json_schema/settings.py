# SPDX-License-Identifier: Apache-2.0
"""Settings of JsonSchemaConverter."""

from __future__ import annotations

import dataclasses
from typing import Final

from barnabas import config
from barnabas.converters.registered import RegisteredConverterConfig

__all__ = ["JsonSchemaConverterConfig", "Rules"]

_DATA: Final = "Data"
_JAVA_ONLY: Final = " Accepted for compatibility; has no effect in Connect."


@dataclasses.dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say about single schemas and values."""

    additional_properties: bool = True
    optional_for_nonrequired: bool = False
    ignore_modern_dialects: bool = False
    decimals_are_numbers: bool = False
    flatten_singleton_unions: bool = True
    preserve_additional_properties: bool = False
    generalized_sum_types: bool = False
    ignore_default_for_nullables: bool = False


class JsonSchemaConverterConfig(RegisteredConverterConfig):
    """Settings of JsonSchemaConverter.

    Source:
        Reference page *Schema Registry*, sections 2 and 4.
    """

    object_additional_properties = config.Option(
        "object.additional.properties",
        bool,
        True,
        "Whether schemas written allow properties they do not name.",
        importance=config.Importance.MEDIUM,
        group=_DATA,
    )
    use_optional_for_nonrequired = config.Option(
        "use.optional.for.nonrequired",
        bool,
        False,
        "Whether properties that a schema read does not list as required become optional fields.",
        importance=config.Importance.MEDIUM,
        group=_DATA,
    )
    ignore_modern_dialects = config.Option(
        "ignore.modern.dialects",
        bool,
        False,
        "Whether schemas of drafts after 7 are read as if they were of draft 7.",
        importance=config.Importance.LOW,
        group=_DATA,
    )
    decimal_format = config.Option(
        "decimal.format",
        str,
        "BASE64",
        "How decimals are written: BASE64 (their unscaled bytes) or NUMERIC (a JSON number), in"
        " upper or lower case. Both are always read.",
        importance=config.Importance.LOW,
        group=_DATA,
        validator=config.case_insensitive_valid_string("BASE64", "NUMERIC"),
    )
    flatten_singleton_unions = config.Option(
        "flatten.singleton.unions",
        bool,
        True,
        "Whether oneOf, anyOf and allOf of a single schema are read as that schema.",
        importance=config.Importance.LOW,
        group=_DATA,
    )
    preserve_additional_properties = config.Option(
        "preserve.additional.properties",
        bool,
        False,
        "Whether properties a schema allows but does not name are kept, in the field"
        " __connect_additional_properties__; otherwise they are dropped.",
        importance=config.Importance.MEDIUM,
        group=_DATA,
    )
    json_fail_invalid_schema = config.Option(
        "json.fail.invalid.schema",
        bool,
        False,
        "Whether each message, read or written, is validated against its JSON Schema; costs time.",
        importance=config.Importance.MEDIUM,
        group=_DATA,
    )
    json_indent_output = config.Option(
        "json.indent.output",
        bool,
        False,
        "Whether messages are written with line feeds and indented by two spaces.",
        importance=config.Importance.LOW,
        group=_DATA,
    )
    json_fail_unknown_properties = config.Option(
        "json.fail.unknown.properties",
        bool,
        True,
        "Whether Java classes must have a member for each property." + _JAVA_ONLY,
        importance=config.Importance.LOW,
        group=_DATA,
    )
    json_oneof_for_nullables = config.Option(
        "json.oneof.for.nullables",
        bool,
        True,
        "How schemas of Java classes express null." + _JAVA_ONLY,
        importance=config.Importance.MEDIUM,
        group=_DATA,
    )
    json_schema_spec_version = config.Option(
        "json.schema.spec.version",
        str,
        "draft_7",
        "Draft of the schemas of Java classes." + _JAVA_ONLY,
        importance=config.Importance.MEDIUM,
        group=_DATA,
    )
    json_schema_scan_packages = config.Option(
        "json.schema.scan.packages",
        list,
        "",
        "Packages searched for annotations of Java classes." + _JAVA_ONLY,
        importance=config.Importance.LOW,
        group=_DATA,
    )
    json_write_dates_iso8601 = config.Option(
        "json.write.dates.iso8601",
        bool,
        False,
        "Whether dates of Java classes are written as texts." + _JAVA_ONLY,
        importance=config.Importance.MEDIUM,
        group=_DATA,
    )
    json_default_property_inclusion = config.Option(
        "json.default.property.inclusion",
        str,
        None,
        "Which members of Java classes are written." + _JAVA_ONLY,
        importance=config.Importance.MEDIUM,
        group=_DATA,
    )
    json_envelope_detection = config.Option(
        "json.envelope.detection",
        bool,
        True,
        "Whether values of Java classes may bring their schema." + _JAVA_ONLY,
        importance=config.Importance.LOW,
        group=_DATA,
    )
    json_validate_before_domain_rules = config.Option(
        "json.validate.before.domain.rules",
        bool,
        False,
        "Whether validation comes before rules of data contracts." + _JAVA_ONLY,
        importance=config.Importance.LOW,
        group=_DATA,
    )

    @property
    def rules(self) -> Rules:
        """What the settings say about single schemas and values."""
        return Rules(
            additional_properties=self.object_additional_properties,
            optional_for_nonrequired=self.use_optional_for_nonrequired,
            ignore_modern_dialects=self.ignore_modern_dialects,
            decimals_are_numbers=self.decimal_format.upper() == "NUMERIC",
            flatten_singleton_unions=self.flatten_singleton_unions,
            preserve_additional_properties=self.preserve_additional_properties,
            generalized_sum_types=self.generalized_sum_type_support,
            ignore_default_for_nullables=self.ignore_default_for_nullables,
        )
