# SPDX-License-Identifier: Apache-2.0
"""The ``barnabas`` command.

Each command is a module of this package, imported when it is called; :mod:`barnabas.cli.app` lists
them.
"""

from barnabas.cli.app import main

__all__ = ["main"]
