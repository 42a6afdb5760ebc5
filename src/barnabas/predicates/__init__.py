# SPDX-License-Identifier: Apache-2.0
"""The built-in predicates of Kafka Connect, one per module, under Java's class names.

Import the module you need: nothing is imported here, so that a task loads only its own.
"""
