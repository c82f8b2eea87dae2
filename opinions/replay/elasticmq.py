"""Replays the recorded calls of SQS on ElasticMQ.

Usage: elasticmq.py JARS RECORDING …. Writes one JSON object: `looked`, what was compared, and `findings` with `rule`, `where`, `message`.
"""

import json
import socket
import subprocess
import sys
import time

import queues
from wire import Emulator, recorded

STARTS_WITHIN = 180


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def wait_for(port, process):
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("ElasticMQ did not start")


def main():
    jars, *recordings = sys.argv[1:]
    port = free_port()
    settings = {"rest-sqs.bind-port": port, "rest-sqs.bind-hostname": "127.0.0.1", "rest-stats.enabled": "false", "aws.region": "us-east-1", "aws.accountId": "000000000000"}
    flags = [f"-D{name}={value}" for name, value in settings.items()]
    server = subprocess.Popen(["java", "-Xmx256m", *flags, "-cp", f"{jars}/*", "org.elasticmq.server.Main"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, server)
        replay = queues.Replay(Emulator(f"http://127.0.0.1:{port}"))
        for recording in recordings:
            replay.run(list(recorded(recording)))
    finally:
        server.kill()
        server.wait()
    json.dump({"looked": replay.looked, "findings": list(replay.findings.of.values())}, sys.stdout)


if __name__ == "__main__":
    main()
