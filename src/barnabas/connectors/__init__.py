# SPDX-License-Identifier: Apache-2.0
"""Connectors that come with Barnabas; one folder each, none knows another."""
