# SPDX-License-Identifier: Apache-2.0
"""How the workers of a group share connectors and tasks, in Java Connect's own terms.

Read in this order:

1. `protocol`: what workers tell each other, as values.
2. `wire`: the same as bytes.
3. `assignors`: who gets what.
4. `leader`: a round of the group's leader, from the bytes of the members to the bytes for them.
5. `summary`: what a round does, in words.
6. `session_keys`: how workers sign what they ask of each other.

All of these are pure: what happens outside, the time included, comes as an argument.

Source:
    KIP-415 (incremental cooperative rebalancing), KIP-507 (signed internal requests); reference
    page *Worker group protocol and distributed herder*.
"""
