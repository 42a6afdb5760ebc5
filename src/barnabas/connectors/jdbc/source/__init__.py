# SPDX-License-Identifier: Apache-2.0
"""Rows of a relational database as records.

Each table, or one query, is polled: all its rows each time, or those that are new by a column that
only grows, by timestamps, or by both. Delivery is at least once. An offset never stands on a
timestamp before all rows of that timestamp were sent, and where the database tells which
transactions are open (PostgreSQL, MySQL, MariaDB) nothing is read that one of them could still put
a row in front of. Memory does not grow with the table: rows come through a server-side cursor, a
batch at a time.
"""
