# SPDX-License-Identifier: Apache-2.0
"""The kinds of plugins: their names over REST, entry point groups, base classes and suffixes."""

from __future__ import annotations

import enum

__all__ = ["CONNECTOR_KINDS", "LISTED_KINDS", "PluginKind"]


class PluginKind(enum.Enum):
    """A kind of plugin; the value is the ``type`` of ``GET /connector-plugins``."""

    SINK = "sink"
    SOURCE = "source"
    TRANSFORMATION = "transformation"
    PREDICATE = "predicate"
    CONVERTER = "converter"
    HEADER_CONVERTER = "header_converter"
    CONFIG_PROVIDER = "configprovider"
    REST_EXTENSION = "rest_extension"
    OVERRIDE_POLICY = "connector_client_config_override_policy"

    @property
    def group(self) -> str:
        """Entry point group in which packages offer plugins of this kind."""
        return f"barnabas.{_GROUPS[self]}"

    @property
    def suffix(self) -> str:
        """What a short name may leave out: ``Connector``, ``Transformation`` …."""
        return _SUFFIXES[self]

    @property
    def base(self) -> str | None:
        """Class a plugin must extend, as ``module:Class``; None when any class will do."""
        return _BASES.get(self)


CONNECTOR_KINDS = (PluginKind.SINK, PluginKind.SOURCE)
"""What ``connector.class`` may name."""

LISTED_KINDS = (
    PluginKind.SINK,
    PluginKind.SOURCE,
    PluginKind.TRANSFORMATION,
    PluginKind.PREDICATE,
    PluginKind.CONVERTER,
    PluginKind.HEADER_CONVERTER,
)
"""The kinds REST lists, in Java's order."""

_GROUPS = {
    PluginKind.SINK: "sink_connectors",
    PluginKind.SOURCE: "source_connectors",
    PluginKind.TRANSFORMATION: "transformations",
    PluginKind.PREDICATE: "predicates",
    PluginKind.CONVERTER: "converters",
    PluginKind.HEADER_CONVERTER: "header_converters",
    PluginKind.CONFIG_PROVIDER: "config_providers",
    PluginKind.REST_EXTENSION: "rest_extensions",
    PluginKind.OVERRIDE_POLICY: "override_policies",
}
_SUFFIXES = {
    PluginKind.SINK: "Connector",
    PluginKind.SOURCE: "Connector",
    PluginKind.TRANSFORMATION: "Transformation",
    PluginKind.PREDICATE: "Predicate",
    PluginKind.CONVERTER: "Converter",
    PluginKind.HEADER_CONVERTER: "HeaderConverter",
    PluginKind.CONFIG_PROVIDER: "ConfigProvider",
    PluginKind.REST_EXTENSION: "ConnectRestExtension",
    PluginKind.OVERRIDE_POLICY: "ConnectorClientConfigOverridePolicy",
}
_BASES = {
    PluginKind.SINK: "barnabas.api:SinkConnector",
    PluginKind.SOURCE: "barnabas.api:SourceConnector",
    PluginKind.TRANSFORMATION: "barnabas.api:Transformation",
    PluginKind.PREDICATE: "barnabas.api:Predicate",
    PluginKind.CONVERTER: "barnabas.api:Converter",
    PluginKind.HEADER_CONVERTER: "barnabas.api:HeaderConverter",
    PluginKind.CONFIG_PROVIDER: "barnabas.api:ConfigProvider",
    PluginKind.OVERRIDE_POLICY: "barnabas.api:ClientConfigOverridePolicy",
}
