# SPDX-License-Identifier: Apache-2.0
"""``python -m barnabas`` is the ``barnabas`` command."""

from barnabas.cli import main

if __name__ == "__main__":
    main()
