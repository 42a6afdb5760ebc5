# SPDX-License-Identifier: Apache-2.0
"""Random faults against a cluster, and what was lost: ``python -m benchmarks.chaos``.

`plan` says from a seed what happens when; `lines` makes files grow and reads lines back; `cluster`
does what the plan says to brokers, workers and connectors; `checks` finds what is wrong afterwards.
"""
