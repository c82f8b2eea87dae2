"""Replays the recorded calls of DynamoDB on MiniStack.

Usage: ministack_items.py TEMPLATE RECORDING …. Writes one JSON object: `looked`, what was compared, and `findings` with `rule`,
`where`, `message`.
"""

import json
import sys
import tempfile

import items
from ministack import STACK, MiniStack
from wire import Emulator, recorded


def main():
    template, *recordings = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="slipway-ministack-") as directory:
        ministack = MiniStack(directory)
        try:
            with open(template, encoding="utf-8") as file:
                replay = items.Replay(Emulator(ministack.url), json.load(file), STACK)
            for recording in recordings:
                replay.run(list(recorded(recording)))
        finally:
            ministack.close()
    json.dump({"looked": replay.looked, "findings": list(replay.findings.of.values())}, sys.stdout)


if __name__ == "__main__":
    main()
