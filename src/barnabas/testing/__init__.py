# SPDX-License-Identifier: Apache-2.0
"""Doubles for tests of plug-ins and of Barnabas itself."""

from barnabas.testing.memory_log import MemoryLog, MemoryTopic
from barnabas.testing.task_link import MemoryTaskLink

__all__ = ["MemoryLog", "MemoryTaskLink", "MemoryTopic"]
