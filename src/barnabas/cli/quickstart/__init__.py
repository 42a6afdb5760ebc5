# SPDX-License-Identifier: Apache-2.0
"""``barnabas quickstart``: rows of a database become Parquet files before your eyes.

SQLite → JDBC source → Avro, with a Schema Registry → broker → HDFS sink → Parquet in a directory.
Broker and registry are embedded; everything else is what ``barnabas standalone`` runs anywhere.
"""

from barnabas.cli.quickstart.command import quickstart

__all__ = ["quickstart"]
