# SPDX-License-Identifier: Apache-2.0
"""Kafka topics as files in HDFS: the sink of the lake.

Each record is in exactly one file, whatever is killed and whenever: files appear under their final
names all at once, and their names say which offsets they hold. The address may also be that of a
local directory (``file://``) or of HDFS's REST interface (``webhdfs://``).
"""
