# SPDX-License-Identifier: Apache-2.0
"""Where the worker keeps configurations, statuses and source offsets."""

from barnabas.runtime.stores.configs import (
    ConfigListener,
    ConfigState,
    ConfigStore,
    MemoryConfigStore,
)
from barnabas.runtime.stores.file_offsets import FileOffsetStore
from barnabas.runtime.stores.offsets import MemoryOffsetStore, OffsetStore
from barnabas.runtime.stores.statuses import MemoryStatusStore, StatusStore

__all__ = [
    "ConfigListener",
    "ConfigState",
    "ConfigStore",
    "FileOffsetStore",
    "MemoryConfigStore",
    "MemoryOffsetStore",
    "MemoryStatusStore",
    "OffsetStore",
    "StatusStore",
]
