# SPDX-License-Identifier: Apache-2.0
"""The kinds of schemas: how each is checked, written and compared. Pure.

Kinds are looked up in :mod:`barnabas.registry_server.formats.known`; the library of a kind is
imported when the first schema of the kind comes.
"""
