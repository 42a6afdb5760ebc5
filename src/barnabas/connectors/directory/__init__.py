# SPDX-License-Identifier: Apache-2.0
"""Files of a local directory, in the layout of the sinks of files, read into topics."""
