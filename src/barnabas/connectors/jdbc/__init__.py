# SPDX-License-Identifier: Apache-2.0
"""Rows of relational databases as records, and records as rows."""
