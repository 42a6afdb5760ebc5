# SPDX-License-Identifier: Apache-2.0
"""Lines of text files: the connectors of Kafka Connect's quick start.

The source turns each line of a file, or of standard input, into a record and follows the file as it
grows; the sink appends each value to a file, or prints it. Both deliver at least once. Meant for
trying things out and for tests: a file lives on one machine, a worker may not.
"""
