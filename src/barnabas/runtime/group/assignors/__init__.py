# SPDX-License-Identifier: Apache-2.0
"""Who of a group runs which connectors and tasks.

`eager` shares everything out anew; `incremental` moves as little as it can and remembers, from one
round to the next, what it gave to whom. Both decide the same as Java's leader would, so that the
leadership can go from one to the other at any time.
"""
