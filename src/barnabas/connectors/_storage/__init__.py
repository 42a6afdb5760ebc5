# SPDX-License-Identifier: Apache-2.0
"""What sinks that write files have in common: layout, rotation, formats, exactly once.

A connector picks a `Storage` by the address it is given; everything else here knows only that
interface. `settings` declares the shared settings, `partitioners` say which directory a record goes
to, `rotation` decides when files end, `partition_writer` drives one Kafka partition from buffered
records to committed files.
"""
