# SPDX-License-Identifier: Apache-2.0
"""Membership in a group of Kafka's classic group protocol, of any protocol type."""

from __future__ import annotations

import kafka

__all__: list[str] = []

assert kafka.__version__
