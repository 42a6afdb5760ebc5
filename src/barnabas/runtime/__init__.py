# SPDX-License-Identifier: Apache-2.0
"""The Connect runtime: decides what runs, runs it in processes of its own, and answers for it."""
