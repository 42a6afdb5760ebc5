# SPDX-License-Identifier: Apache-2.0
"""Real HDFS for the tests: a NameNode and DataNodes, each a process, on free loopback ports."""

from tests.services.hdfs.cluster import HdfsCluster, HdfsClusterFactory
from tests.services.hdfs.node import HdfsNode, fetch_hdfs

__all__ = ["HdfsCluster", "HdfsClusterFactory", "HdfsNode", "fetch_hdfs"]
