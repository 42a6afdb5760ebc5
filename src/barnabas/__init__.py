# SPDX-License-Identifier: Apache-2.0
"""Barnabas: Kafka Connect for people who live in Python."""

__all__ = ["CONNECT_VERSION", "__version__"]

__version__ = "0.1.0"

CONNECT_VERSION = "4.1.0"
"""The Kafka Connect whose answers and plugins ours stand for.

Clients read it at ``/``, and configurations that name the version of a plugin
(``connector.plugin.version``) mean this one for the plugins that come with Barnabas.
"""
