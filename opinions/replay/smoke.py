"""Has `npm run smoke` install and uninstall an installation on MiniStack, with the CDK's own command.

Usage: smoke.py CHECKOUT. Writes one JSON object: `looked`, how many steps there were, and `findings` with `rule`, `where`, `message`.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

from ministack import ACCOUNT, REGION, MiniStack
from wire import Findings

WITHIN = 900


def bootstrap(ministack):
    """What `cdk bootstrap` leaves, as far as a deployment asks for it."""
    ministack.client("s3").create_bucket(Bucket=f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}")
    ministack.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")


def repository(directory):
    """A repository that can be read without credentials; nothing builds it."""
    identity = ["-c", "user.name=Slipway", "-c", "user.email=slipway@example.com"]
    git = lambda *words: subprocess.run(["git", *identity, *words], cwd=directory, check=True, stdout=subprocess.DEVNULL)
    git("init", "--quiet", "--initial-branch=main")
    git("commit", "--quiet", "--allow-empty", "--message", "First")
    return directory


def main():
    checkout, findings = sys.argv[1], Findings()
    with tempfile.TemporaryDirectory(prefix="slipway-smoke-") as directory:
        below = lambda name: tempfile.mkdtemp(prefix=f"{name}-", dir=directory)
        ministack = MiniStack(below("ministack"), "wider_ministack:app")
        try:
            bootstrap(ministack)
            env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
            env |= {"AWS_ENDPOINT_URL": ministack.url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "CI": "true"}
            command = ["node", "--no-warnings", "bin/smoke.ts", "--yes", "--region", REGION, "--repo", repository(below("repository")), "--data", below("data")]
            ran = subprocess.run(command, cwd=checkout, env=env, capture_output=True, text=True, timeout=WITHIN)
        finally:
            ministack.close()
    steps = re.findall(r"^([✓✗–]) ([a-z-]+)(?: \(\d+ s\))?: (.*)", ran.stdout, re.MULTILINE)
    if not steps:
        raise RuntimeError(f"npm run smoke tried nothing out:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    for mark, name, came in steps:
        if mark == "✗":
            findings.add("step", name, came)
    count = lambda wanted: sum(mark == wanted for mark, _, _ in steps)
    looked = {"steps passed": count("✓"), "steps failed": count("✗"), "steps not run": count("–")}
    json.dump({"looked": looked, "findings": list(findings.of.values())}, sys.stdout)


if __name__ == "__main__":
    main()
