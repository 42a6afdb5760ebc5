# SPDX-License-Identifier: Apache-2.0
"""The loops of source and sink tasks; they run on the main thread of a runner process."""
