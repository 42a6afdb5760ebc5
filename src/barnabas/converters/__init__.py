# SPDX-License-Identifier: Apache-2.0
"""Converters: between bytes on a topic and Connect's data model.

Each module holds one converter of Apache Kafka Connect under its own name; `json` is a package.
Import the module you need: nothing is imported here, so that a task loads only its own converters.
"""
