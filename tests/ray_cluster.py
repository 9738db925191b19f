"""A two-node Ray cluster on this machine, as a process of its own: python -m tests.ray_cluster.

Prints one JSON line {"address": …, "nodes": [process id of each node's raylet]} when it is up, and ends, cluster and
all, when its standard input closes. So nobody has to call `ray stop`, which ends every cluster of the machine.
"""

import json
import os
import sys

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nothing is sent anywhere

from ray.cluster_utils import Cluster


def main() -> None:
    node = {"num_cpus": 1, "object_store_memory": 100 * 2**20}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    other = cluster.add_node(**node)
    raylets = [n.all_processes["raylet"][0].process.pid for n in (cluster.head_node, other)]
    print(json.dumps({"address": cluster.address, "nodes": raylets}), flush=True)
    try:
        sys.stdin.read()
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main()
