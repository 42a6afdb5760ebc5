# SPDX-License-Identifier: Apache-2.0
"""A Schema Registry for development: the REST API of Confluent's, in memory or on a topic.

One process, one writer. A request that changes something becomes records of the ``_schemas`` topic;
the state changes when those records are read back, as in the original, so that a real registry that
is given the topic goes on from there.

::

    resources ──▶ Registry ──▶ changes (pure: state + request → records) ──▶ log (topic or memory)
        ▲                                                                       │ read back
        └────────────────────── state (pure) ◀──────────────────────────────────┘

Differs:
    No leader election, no forwarding, no authentication, no TLS, no data contracts (metadata and
    rules are kept, not carried out), no associations. Meant for development.

Source:
    Reference page *Schema Registry*, 3 and 8.
"""
