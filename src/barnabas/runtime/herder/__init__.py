# SPDX-License-Identifier: Apache-2.0
"""Herders decide which connectors and tasks run, and answer REST."""
