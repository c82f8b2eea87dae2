"""Replays recorded calls on moto.

Usage: moto_replay.py items|releases TEMPLATE RECORDING …. Writes one JSON object: `looked`, what was compared, and `findings` with
`rule`, `where`, `message`.
"""

import json
import logging
import os
import sys

os.environ["MOTO_ACCOUNT_ID"] = "000000000000"
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"

from moto.server import ThreadedMotoServer  # noqa: E402: it reads the environment

import items  # noqa: E402
import releases  # noqa: E402
from wire import Emulator, recorded  # noqa: E402

STACK = "Slipway"


def main():
    what, template, *recordings = sys.argv[1:]
    # Lines for each request, and stacks for operations that moto does not have, would be thrown away.
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        emulator = Emulator("http://{}:{}".format(*server.get_host_and_port()))
        with open(template, encoding="utf-8") as file:
            made = json.load(file)
        # An update that makes an item is two records in moto's streams, after which nothing is where it should be.
        replay = items.Replay(emulator, made, STACK, has_streams=False) if what == "items" else releases.Replay(emulator, made)
        for recording in recordings:
            replay.run(list(recorded(recording)))
    finally:
        server.stop()
    json.dump({"looked": replay.looked, "findings": list(replay.findings.of.values())}, sys.stdout)


if __name__ == "__main__":
    main()
