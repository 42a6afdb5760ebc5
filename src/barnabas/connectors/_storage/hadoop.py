# SPDX-License-Identifier: Apache-2.0
"""What a client of HDFS is told besides the address of the store."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["HadoopSettings"]


@dataclass(frozen=True, slots=True)
class HadoopSettings:
    """Where the Hadoop configuration is and who logs in."""

    conf_dir: str = ""
    """Directory of ``core-site.xml`` and ``hdfs-site.xml``; empty: the client's own search."""
    home: str = ""
    """Hadoop's installation directory; empty: none."""
    is_kerberos: bool = False
    principal: str = ""
    """Who logs in; ``_HOST`` stands for the local host name."""
    keytab: str = ""
    """File with the key of the principal."""
    namenode_principal: str = ""
    ticket_renew_ms: int = 3_600_000
    """How often to log in anew, in milliseconds."""
