# SPDX-License-Identifier: Apache-2.0
"""Child processes for user code: how they are started, talked to, watched and ended.

User code never runs in the worker process. Each task has a *runner*, a process of its own; the
connectors of one plugin share one; validation and other short questions go to *inspection* runners.
Read in this order: :mod:`~barnabas.runtime.runners.messages` (what is said),
:mod:`~barnabas.runtime.runners.supervisor` (the worker's end) and
:mod:`~barnabas.runtime.runners.child` (the runner's end).
"""
