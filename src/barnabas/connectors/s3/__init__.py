# SPDX-License-Identifier: Apache-2.0
"""Kafka topics as objects of S3, or of a server that speaks its protocol.

Names follow from offsets: a task that was killed writes the same objects again. So each record is
in exactly one of them, as long as the rules that end files do not look at the clock.
"""
