# SPDX-License-Identifier: Apache-2.0
"""The way back: files that sinks wrote, read into topics again, each record once."""
