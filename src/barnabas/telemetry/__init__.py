# SPDX-License-Identifier: Apache-2.0
"""What Barnabas tells about itself: logs."""
