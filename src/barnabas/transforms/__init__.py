# SPDX-License-Identifier: Apache-2.0
"""The built-in transformations of Kafka Connect, one per module, under Java's class names.

Import the module you need: nothing is imported here, so that a task loads only its own. Modules
named for a verb hold a transformation; the others are what several of them share.
"""
