# SPDX-License-Identifier: Apache-2.0
"""Barnabas: Kafka Connect for people who live in Python."""

__all__ = ["__version__"]

__version__ = "0.1.0"
