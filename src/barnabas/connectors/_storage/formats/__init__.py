# SPDX-License-Identifier: Apache-2.0
"""File formats: records of one schema in, a file in a store out."""
