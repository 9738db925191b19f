"""A two-node Ray cluster on this machine, one core a node, as a process of its own that knows which ones are its.

So nobody has to call `ray stop`, which ends every cluster of the machine.
"""

import json
import os
import subprocess
import sys

from lib.files import ROOT


class Cluster:
    """A running cluster: its address, and the process id of each node's raylet."""

    def __init__(self):
        command = [sys.executable, "-m", "tests.ray_cluster"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        up = json.loads(self._process.stdout.readline())
        self.address, self.nodes = up["address"], up["nodes"]

    def workers(self) -> list[int]:
        """The process ids of Ray's processes that are at a cell."""
        named = [
            subprocess.run(["pgrep", "-P", str(node), "-f", "_on_node"], capture_output=True) for node in self.nodes
        ]
        return [int(pid) for found in named for pid in found.stdout.split()]

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(60)


def main() -> None:
    """Start a cluster, print where it is as one JSON line, and end, cluster and all, when standard input closes."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nothing is sent anywhere
    from ray import cluster_utils

    node = {"num_cpus": 1, "object_store_memory": 100 * 2**20}
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    other = cluster.add_node(**node)
    raylets = [one.all_processes["raylet"][0].process.pid for one in (cluster.head_node, other)]
    print(json.dumps({"address": cluster.address, "nodes": raylets}), flush=True)
    try:
        sys.stdin.read()
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main()
