# SPDX-License-Identifier: Apache-2.0
"""Which plugins there are, found without importing any of them.

A package offers plugins by entry points. The *name* of an entry point is the plugin's class name as
configurations and ``GET /connector-plugins`` know it, a Java class name for those that stand for a
Java class; its *value* is the Python class::

    [project.entry-points."barnabas.source_connectors"]
    "com.example.OrdersSourceConnector" = "orders.connector:OrdersSourceConnector"

The groups are those of :class:`~barnabas.runtime.plugins.kinds.PluginKind`. Sources and sinks have
a group each, because a listing must tell them apart without an import. The version of a plugin is
that of the package that brings it.

Source:
    Reference page *Worker and connector configuration*, section 8; KIP-891.
"""

from barnabas.runtime.plugins.kinds import PluginKind
from barnabas.runtime.plugins.plugin import Plugin
from barnabas.runtime.plugins.registry import PluginRegistry

__all__ = ["Plugin", "PluginKind", "PluginRegistry"]
