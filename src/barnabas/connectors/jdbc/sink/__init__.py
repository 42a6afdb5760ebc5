# SPDX-License-Identifier: Apache-2.0
"""Records into tables: insert, upsert, update and delete, each ``put`` in one transaction.

A record is written at least once. With ``insert.mode=upsert`` a record that comes again changes
nothing, so the table ends as the topic says; offsets are committed only behind what the database
has committed.

Read in this order: `config` (settings), `routing` (which table), `record_rules` (which records),
`fields` (which columns), `batches` (what goes together), `structure` (CREATE and ALTER), `binding`
(values), `plans` and `planning` (all that for one table), `writer` (statements and transactions),
`copying` (PostgreSQL's faster way), `isolation` (the records to blame), `task`.
"""
