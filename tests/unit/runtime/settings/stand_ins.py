# SPDX-License-Identifier: Apache-2.0
"""Plugins with the names and settings of Java's, that do nothing."""

from collections.abc import Mapping

from barnabas.api import (
    Connector,
    ConnectorTransactionBoundaries,
    Converter,
    ExactlyOnceSupport,
    HeaderConverter,
    Predicate,
    SinkConnector,
    SourceConnector,
    Transformation,
)
from barnabas.config import (
    NO_DEFAULT,
    Config,
    Importance,
    Option,
    Width,
    case_insensitive_valid_string,
    composite,
    non_empty,
    valid_regex,
)
from barnabas.runtime.plugins import Plugin, PluginKind, PluginRegistry

HERE = "tests.unit.runtime.settings.stand_ins"
CONNECT = "org.apache.kafka.connect."
HIGH, LOW = Importance.HIGH, Importance.LOW


class Idle(Connector):
    task_class = object

    def start(self, props):
        raise AssertionError

    def task_configs(self, max_tasks):
        raise AssertionError

    def stop(self):
        raise AssertionError


class SourceSettings(Config):
    file = Option("file", str, None, "File.", importance=HIGH)
    topic = Option(
        "topic",
        str,
        NO_DEFAULT,
        "Topic.",
        importance=HIGH,
        validator=composite(non_empty()),
    )
    batch_size = Option("batch.size", int, 2000, "Lines.", importance=LOW)


class FileStreamSourceConnector(Idle, SourceConnector):
    config_class = SourceSettings

    def exactly_once_support(self, props: Mapping[str, str]) -> ExactlyOnceSupport:
        return ExactlyOnceSupport.SUPPORTED


class SinkSettings(Config):
    file = Option("file", str, None, "File.", importance=HIGH)


class FileStreamSinkConnector(Idle, SinkConnector):
    config_class = SinkSettings


class ForgetfulSourceConnector(Idle, SourceConnector):
    def can_define_transaction_boundaries(self, props):
        return ConnectorTransactionBoundaries.SUPPORTED

    def validate(self, props):
        return None


class Plain(Converter, HeaderConverter):
    def from_connect_data(self, topic, headers, schema, value):
        raise AssertionError

    def to_connect_data(self, topic, headers, data):
        raise AssertionError

    def from_connect_header(self, topic, key, schema, value):
        raise AssertionError

    def to_connect_header(self, topic, key, data):
        raise AssertionError


class ConverterSettings(Config):
    converter_type = Option("converter.type", str, NO_DEFAULT, "Role.", importance=LOW)


class StringSettings(ConverterSettings):
    encoding = Option(
        "converter.encoding",
        str,
        "UTF-8",
        "Encoding.",
        importance=HIGH,
        width=Width.MEDIUM,
        display_name="Encoding",
    )


class StringConverter(Plain):
    config_class = StringSettings


class JsonSettings(ConverterSettings):
    schemas_enable = Option(
        "schemas.enable",
        bool,
        True,
        "Schemas.",
        importance=HIGH,
        group="Schemas",
        width=Width.MEDIUM,
        display_name="Enable Schemas",
    )
    cache = Option(
        "schemas.cache.size",
        int,
        1000,
        "Cache.",
        importance=HIGH,
        group="Schemas",
        width=Width.MEDIUM,
        display_name="Schema Cache Size",
    )
    decimals = Option(
        "decimal.format",
        str,
        "BASE64",
        "Decimals.",
        importance=LOW,
        validator=case_insensitive_valid_string("NUMERIC", "BASE64"),
        group="Serialization",
        width=Width.MEDIUM,
        display_name="Decimal Format",
    )
    defaults = Option(
        "replace.null.with.default",
        bool,
        True,
        "Defaults.",
        importance=LOW,
        group="Serialization",
        width=Width.MEDIUM,
        display_name="Replace null with default",
    )


class JsonConverter(Plain):
    config_class = JsonSettings


class OtherConverter(Plain):
    config_class = ConverterSettings


class SimpleHeaderConverter(HeaderConverter):
    def from_connect_header(self, topic, key, schema, value):
        raise AssertionError

    def to_connect_header(self, topic, key, data):
        raise AssertionError


class Unchanged(Transformation):
    def apply(self, record):
        return record


class RouterSettings(Config):
    regex = Option("regex", str, NO_DEFAULT, "Regex.", importance=HIGH, validator=valid_regex())
    replacement = Option("replacement", str, NO_DEFAULT, "Text.", importance=HIGH)


class RegexRouter(Unchanged):
    config_class = RouterSettings


class Filter(Unchanged):
    pass


class FlattenSettings(Config):
    delimiter = Option("delimiter", str, ".", "Delimiter.")


class Flatten(Unchanged):
    config_class = FlattenSettings


class HoistSettings(Config):
    field = Option("field", str, NO_DEFAULT, "Field.")


class Hoist(Unchanged):
    config_class = HoistSettings


class Never(Predicate):
    def test(self, record):
        return False


class PatternSettings(Config):
    pattern = Option("pattern", str, NO_DEFAULT, "Pattern.", validator=valid_regex())


class TopicNameMatches(Never):
    config_class = PatternSettings


class RecordIsTombstone(Never):
    pass


def plugin(kind: PluginKind, name: str, cls: str | None = None, version: str = "4.1.0") -> Plugin:
    simple = name.rpartition(".")[2]
    return Plugin(CONNECT + name, kind, f"{HERE}:{cls or simple}", version, "stand-ins")


CONVERTERS = {
    "storage.StringConverter": "StringConverter",
    "json.JsonConverter": "JsonConverter",
    **{
        f"converters.{name}Converter": "OtherConverter"
        for name in ("ByteArray", "Boolean", "Double", "Float", "Integer", "Long", "Short")
    },
}

PLUGINS = [
    plugin(PluginKind.SOURCE, "file.FileStreamSourceConnector"),
    plugin(PluginKind.SINK, "file.FileStreamSinkConnector"),
    *(plugin(PluginKind.CONVERTER, name, cls) for name, cls in CONVERTERS.items()),
    *(plugin(PluginKind.HEADER_CONVERTER, name, cls) for name, cls in CONVERTERS.items()),
    plugin(PluginKind.HEADER_CONVERTER, "storage.SimpleHeaderConverter"),
    plugin(PluginKind.TRANSFORMATION, "transforms.RegexRouter"),
    plugin(PluginKind.TRANSFORMATION, "transforms.Filter"),
    plugin(PluginKind.TRANSFORMATION, "transforms.Flatten$Key", "Flatten"),
    plugin(PluginKind.TRANSFORMATION, "transforms.Flatten$Value", "Flatten"),
    plugin(PluginKind.TRANSFORMATION, "transforms.HoistField$Key", "Hoist"),
    plugin(PluginKind.TRANSFORMATION, "transforms.HoistField$Value", "Hoist"),
    plugin(PluginKind.PREDICATE, "transforms.predicates.TopicNameMatches"),
    plugin(PluginKind.PREDICATE, "transforms.predicates.RecordIsTombstone"),
]


def registry(*more: Plugin) -> PluginRegistry:
    return PluginRegistry([*PLUGINS, *more])
