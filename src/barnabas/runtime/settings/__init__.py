# SPDX-License-Identifier: Apache-2.0
"""Settings of workers and connectors: definitions, worker files, validation of connectors."""
