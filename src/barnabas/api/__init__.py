# SPDX-License-Identifier: Apache-2.0
"""The plugin API: everything an author of a connector, converter or transformation needs.

The names are those of Java's Connect API in Python's spelling, so the Connect developer guide reads
as ours. Plugins import this package, :mod:`barnabas.data`, :mod:`barnabas.config` and
:mod:`barnabas.errors`, and nothing else of Barnabas.
"""

from barnabas.api.config_provider import ConfigData, ConfigProvider
from barnabas.api.connector import (
    Connector,
    ConnectorContext,
    ConnectorTransactionBoundaries,
    ExactlyOnceSupport,
    Task,
)
from barnabas.api.converter import Converter, HeaderConverter
from barnabas.api.override_policy import ClientConfigOverridePolicy, ClientConfigRequest
from barnabas.api.records import (
    OffsetAndMetadata,
    RecordMetadata,
    SinkRecord,
    SourceRecord,
    TimestampType,
    TopicPartition,
)
from barnabas.api.sink import ErrantRecordReporter, SinkConnector, SinkTask, SinkTaskContext
from barnabas.api.source import (
    OffsetStorageReader,
    SourceConnector,
    SourceTask,
    SourceTaskContext,
    TransactionContext,
)
from barnabas.api.transform import (
    ExpandingTransformation,
    Expansion,
    Predicate,
    Transformation,
)

__all__ = [
    "ClientConfigOverridePolicy",
    "ClientConfigRequest",
    "ConfigData",
    "ConfigProvider",
    "Connector",
    "ConnectorContext",
    "ConnectorTransactionBoundaries",
    "Converter",
    "ErrantRecordReporter",
    "ExactlyOnceSupport",
    "ExpandingTransformation",
    "Expansion",
    "HeaderConverter",
    "OffsetAndMetadata",
    "OffsetStorageReader",
    "Predicate",
    "RecordMetadata",
    "SinkConnector",
    "SinkRecord",
    "SinkTask",
    "SinkTaskContext",
    "SourceConnector",
    "SourceRecord",
    "SourceTask",
    "SourceTaskContext",
    "Task",
    "TimestampType",
    "TopicPartition",
    "TransactionContext",
    "Transformation",
]
