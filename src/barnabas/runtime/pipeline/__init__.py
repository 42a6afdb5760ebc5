# SPDX-License-Identifier: Apache-2.0
"""What happens to records between a task and Kafka: transform, convert, tolerate.

One object per task, made at its start, works on whole batches: :class:`SourcePipeline` turns source
records into columns of bytes to produce, :class:`SinkPipeline` turns consumed messages into sink
records. Both are row lanes; a lane of Arrow columns can stand beside them behind the same methods.
"""

from barnabas.runtime.pipeline.chain import Chain, ChainLink, make_links
from barnabas.runtime.pipeline.converters import Converters, choose_converter, make_converters
from barnabas.runtime.pipeline.dead_letter import DeadLetter, DeadLetterForm
from barnabas.runtime.pipeline.error_counts import ErrorCounts
from barnabas.runtime.pipeline.error_handling import (
    ErrorHandling,
    FailureReporter,
    StopWaitingError,
)
from barnabas.runtime.pipeline.error_log import ErrorLog
from barnabas.runtime.pipeline.error_settings import ErrorSettings
from barnabas.runtime.pipeline.failure import FailFast, Failure, LeaveOut, Stage, Tolerance
from barnabas.runtime.pipeline.java_names import JavaNames
from barnabas.runtime.pipeline.plugins import PluginKind, PluginLoader
from barnabas.runtime.pipeline.sink import ConsumedMessage, SinkBatch, SinkPipeline
from barnabas.runtime.pipeline.source import ProduceBatch, SourcePipeline

__all__ = [
    "Chain",
    "ChainLink",
    "ConsumedMessage",
    "Converters",
    "DeadLetter",
    "DeadLetterForm",
    "ErrorCounts",
    "ErrorHandling",
    "ErrorLog",
    "ErrorSettings",
    "FailFast",
    "Failure",
    "FailureReporter",
    "JavaNames",
    "LeaveOut",
    "PluginKind",
    "PluginLoader",
    "ProduceBatch",
    "SinkBatch",
    "SinkPipeline",
    "SourcePipeline",
    "Stage",
    "StopWaitingError",
    "Tolerance",
    "choose_converter",
    "make_converters",
    "make_links",
]
